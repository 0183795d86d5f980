import { type Recorded, rowOf } from '../basics/messages.ts';
import type { AnyCalls, Call } from './calls.ts';

/** A call as it is made. */
export interface OutboundCall extends Call {
  /** Whom. */
  readonly to: string;
  /** The same for every try: the event's id, `payment-42@1`. */
  readonly idempotencyKey: string;
  readonly correlationId: string;
}

export interface ThirdParties {
  /** Those of whom it is known where they are. */
  readonly known: ReadonlySet<string>;
  /**
   * Resolves when the third party has taken the call. May be made again, under its key.
   * @throws Unavailable: it did not say, and whether it acted is not known. CallRefused: it said no, and will say no again.
   */
  call(call: OutboundCall): Promise<void>;
}

/** The third party takes this call neither now nor later: a bug on one of the two sides, or a right that is missing. */
export class CallRefused extends Error {
  override readonly name = 'CallRefused';
}

export interface OutboundRequestPorts {
  readonly calls: readonly AnyCalls[];
  readonly thirdParties: ThirdParties;
}

/**
 * Makes the calls that an event asks for. It may come any number of times. One third party that does not take its call keeps none
 * of the others from theirs. @throws what they threw, so that the event comes again: an AggregateError, where several did.
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

/** What an event asks of a third party. @throws Error where it cannot be asked like that. */
export const callOf = ({ name, of, on }: AnyCalls, { type, data, metadata }: Recorded): OutboundCall | undefined => {
  const call = metadata.aggregate === of.name ? (rowOf(on, type)?.(data, metadata) ?? null) : null;
  if (call === null) return undefined;
  if (!/^\/(?!\/)[^?#\s\\]*$/.test(call.path)) throw new Error(`${name}: '${call.path}', for ${metadata.eventId}, is no path`);
  return { ...call, to: name, idempotencyKey: metadata.eventId, correlationId: metadata.correlationId };
};
