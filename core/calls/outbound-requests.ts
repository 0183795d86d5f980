import { Unavailable } from '../basics/errors.ts';
import { type Recorded, rowOf } from '../basics/messages.ts';
import { type AnyCalls, type Call, statusesOf } from './calls.ts';

/** A call with its recipient and its keys. */
export interface OutboundCall extends Call {
  /** The third party's name. */
  readonly to: string;
  /** The event's id, `payment-42@1`; the same in every try. */
  readonly idempotencyKey: string;
  readonly correlationId: string;
  /** Further statuses than 2xx that are no refusals. */
  readonly answers?: readonly number[];
}

/** What a third party answers to a call that it accepted. */
export interface CallAnswer {
  readonly status: number;
  readonly text: string;
}

export interface ThirdParties {
  /** The names of the third parties that have an endpoint. */
  readonly known: ReadonlySet<string>;
  /**
   * Resolves when the third party has accepted the call. The call may be made again, with the same key.
   * @throws Unanswered if it did not answer: it may have acted or not. CallRefused if it refused for good. CallHeld if it was not asked.
   */
  call(call: OutboundCall, how?: { readonly maxTries: number }): Promise<CallAnswer>;
}

/** The third party did not answer, or asks to be called later, or does not know the service's credentials. */
export class Unanswered extends Unavailable {
  /** For so long the third party asks to be left alone. */
  readonly askedSeconds: number;
  constructor(message: string, { askedSeconds = 0, ...options }: ErrorOptions & { readonly askedSeconds?: number } = {}) {
    super(message, options);
    this.askedSeconds = askedSeconds;
  }
}

/** The call was not made, because its third party is down, or has as many calls as it bears. It waits for so long. */
export class CallHeld extends Error {
  override readonly name = 'CallHeld';
  readonly seconds: number;
  constructor(message: string, seconds: number) {
    super(message);
    this.seconds = seconds;
  }
}

/** The third party refuses this call for good: one of the two sides has a bug, or the service lacks a permission. */
export class CallRefused extends Error {
  override readonly name = 'CallRefused';
}

/** An answer, and whether an earlier delivery of the event may have caused the call already. */
export interface Answered {
  readonly answer: CallAnswer;
  readonly isRepeated: boolean;
}

export interface OutboundRequestPorts {
  readonly calls: readonly AnyCalls[];
  readonly thirdParties: ThirdParties;
  /** Takes what a third party has answered. */
  readonly onAnswer?: (calls: AnyCalls, event: Recorded, answer: Answered) => Promise<void>;
}

/**
 * Makes the calls that an event causes. The event may arrive repeatedly. If one third party fails, the others still get their calls.
 * @throws the error of the failed call, so that the event is delivered again; an AggregateError if several calls failed.
 */
export const caller =
  ({ calls, thirdParties, onAnswer = async () => {} }: OutboundRequestPorts) =>
  async (event: Recorded, { isRepeated }: Pick<Answered, 'isRepeated'> = { isRepeated: true }): Promise<void> => {
    const known = calls.filter(({ name }) => thirdParties.known.has(name));
    const asked = known.flatMap((one) => {
      const call = callOf(one, event);
      return call === undefined ? [] : [{ one, call }];
    });
    const made = await Promise.allSettled(
      asked.map(async ({ one, call }) => onAnswer(one, event, { answer: await thirdParties.call(call), isRepeated })),
    );
    const failed: unknown[] = made.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
    if (failed.length > 1) throw new AggregateError(failed, failed.map(String).join('; '));
    if (failed.length === 1) throw failed[0];
  };

/** The call that an event causes to a third party; undefined if it causes none. @throws Error if its path is not a path. */
export const callOf = (calls: AnyCalls, { type, data, metadata }: Recorded): OutboundCall | undefined => {
  const { name, of, on } = calls;
  const answers = statusesOf(calls);
  const call = metadata.aggregate === of.name ? (rowOf(on, type)?.(data, metadata) ?? null) : null;
  if (call === null) return undefined;
  if (!/^\/(?!\/)[^?#\s\\]*$/.test(call.path)) throw new Error(`${name}: '${call.path}', for ${metadata.eventId}, is not a path`);
  const asked = { ...call, to: name, idempotencyKey: metadata.eventId, correlationId: metadata.correlationId };
  return answers.length === 0 ? asked : { ...asked, answers };
};
