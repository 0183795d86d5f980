import type middy from '@middy/core';
import { CallHeld } from '../../core/calls/outbound-requests.ts';

interface Queued {
  readonly Records?: readonly { readonly body?: string; readonly attributes?: { readonly ApproximateReceiveCount?: string } }[];
}

/**
 * The notice in a message of a queue. A notice that comes without a queue stays as it is: a release before this one may have sent it.
 * The same goes for the letter that Lambda made of a notice which the function failed.
 * @throws Error, if the message is not one of its kind: the mapping of the queue hands over one at a time.
 */
export const noticeIn = (event: unknown): unknown => {
  const { Records } = (event ?? {}) as Queued;
  if (Records === undefined) return event;
  const [record, ...others] = Records;
  if (record?.body === undefined || others.length > 0) throw new Error(`a queue hands over one message, and not ${Records.length}`);
  const notice = JSON.parse(record.body) as { readonly requestPayload?: unknown };
  return notice.requestPayload ?? notice;
};

/** A middleware that unpacks the notice. The middlewares after it, and the function, get the notice. */
export const unqueued = (): middy.MiddlewareObj<unknown> => ({
  before: (request) => {
    request.event = noticeIn(request.event);
  },
});

/**
 * The notice, and whether an earlier invocation may have had it already. A queue that does not count its deliveries proves nothing, and
 * neither does a letter that was put back into a queue, which counts anew.
 */
export const deliveryIn = (event: unknown): { readonly notice: unknown; readonly isRepeated: boolean } => {
  const notice = noticeIn(event);
  const [record] = ((event ?? {}) as Queued).Records ?? [];
  return { notice, isRepeated: record?.attributes?.ApproximateReceiveCount !== '1' || timesHeld(notice) > 0 };
};

/** Sends a notice again as a new message, which comes after some seconds. */
export type Later = (notice: object, seconds: number) => Promise<void>;

/**
 * Handles a notice, or puts it back into its queue if its call has to wait. The queue deletes the old message after this. If the function
 * dies in between, both stay, and the call is made twice, with one key.
 */
export const orLater = async (later: Later | undefined, notice: unknown, handle: () => Promise<void>): Promise<void> => {
  try {
    await handle();
  } catch (error) {
    if (!(error instanceof CallHeld) || later === undefined) throw error;
    await later({ ...(notice as object), held: timesHeld(notice) + 1 }, error.seconds);
  }
};

/** How often a notice has been put back. */
const timesHeld = (notice: unknown): number => Number((notice as { readonly held?: number } | null)?.held ?? 0);
