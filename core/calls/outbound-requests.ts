import { type Recorded, rowOf } from '../basics/messages.ts';
import type { AnyCalls, Call } from './calls.ts';

/** A call with its recipient and its keys. */
export interface OutboundCall extends Call {
  /** The third party's name. */
  readonly to: string;
  /** The event's id, `payment-42@1`; the same in every try. */
  readonly idempotencyKey: string;
  readonly correlationId: string;
}

export interface ThirdParties {
  /** The names of the third parties that have an endpoint. */
  readonly known: ReadonlySet<string>;
  /**
   * Resolves when the third party has accepted the call. The call may be made again, with the same key.
   * @throws Unavailable if it did not answer: it may have acted or not. CallRefused if it refused for good.
   */
  call(call: OutboundCall): Promise<void>;
}

/** The third party refuses this call for good: one of the two sides has a bug, or the service lacks a permission. */
export class CallRefused extends Error {
  override readonly name = 'CallRefused';
}

export interface OutboundRequestPorts {
  readonly calls: readonly AnyCalls[];
  readonly thirdParties: ThirdParties;
}

/**
 * Makes the calls that an event causes. The event may arrive repeatedly. If one third party fails, the others still get their calls.
 * @throws the error of the failed call, so that the event is delivered again; an AggregateError if several calls failed.
 */
export const caller =
  ({ calls, thirdParties }: OutboundRequestPorts) =>
  async (event: Recorded): Promise<void> => {
    const asked = calls.filter(({ name }) => thirdParties.known.has(name)).flatMap((one) => callOf(one, event) ?? []);
    const made = await Promise.allSettled(asked.map(thirdParties.call));
    const failed: unknown[] = made.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
    if (failed.length > 1) throw new AggregateError(failed, failed.map(String).join('; '));
    if (failed.length === 1) throw failed[0];
  };

/** The call that an event causes to a third party; undefined if it causes none. @throws Error if its path is not a path. */
export const callOf = ({ name, of, on }: AnyCalls, { type, data, metadata }: Recorded): OutboundCall | undefined => {
  const call = metadata.aggregate === of.name ? (rowOf(on, type)?.(data, metadata) ?? null) : null;
  if (call === null) return undefined;
  if (!/^\/(?!\/)[^?#\s\\]*$/.test(call.path)) throw new Error(`${name}: '${call.path}', for ${metadata.eventId}, is not a path`);
  return { ...call, to: name, idempotencyKey: metadata.eventId, correlationId: metadata.correlationId };
};
