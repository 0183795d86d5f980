import type { BatchOutcome } from './batch-response.ts';
import type { Clock } from './clock.ts';
import { type StreamRecord, sequenceNumber } from './record.ts';

/** How an event source mapping is set to handle failures; -1 means without limit, as in the template. */
export interface RetryPolicy {
  readonly maximumRetryAttempts: number;
  readonly maximumRecordAgeSeconds: number;
  readonly bisect: boolean;
}

export type DiscardReason = 'RetryAttemptsExhausted' | 'RecordAgeExceeded';

/** Records that are given up, as the failure destination gets them. */
export interface Discarded {
  readonly records: readonly StreamRecord[];
  readonly reason: DiscardReason;
  readonly invocations: number;
  readonly lastOutcome?: BatchOutcome | undefined;
}

/** What delivery needs from around it. */
export interface Delivery {
  readonly policy: RetryPolicy;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly invoke: (records: readonly StreamRecord[]) => Promise<BatchOutcome>;
  readonly discard: (discarded: Discarded) => Promise<void>;
  /** Everything up to this record is done: delivered, or discarded. */
  readonly done: (sequenceNumber: string) => Promise<void>;
}

/** A part of the batch that is delivered in one go. */
interface Piece {
  readonly records: readonly StreamRecord[];
  readonly retries: number;
  readonly invocations: number;
  readonly lastOutcome?: BatchOutcome;
}

const payloadLimitBytes = 6_000_000;
const firstBackoffMilliseconds = 100;
const longestBackoffMilliseconds = 10_000;

/**
 * Delivers a batch as Lambda does, in order, until every record is done: a piece that fails is tried again, or cut in two,
 * or given up, before anything behind it is delivered. Returns early when stopped; what is not `done` then comes again.
 */
export const deliver = async (batch: readonly StreamRecord[], delivery: Delivery): Promise<void> => {
  const { policy, signal, clock, invoke, discard, done } = delivery;
  let pieces = piecesOf(batch);
  let failuresInARow = 0;
  for (let piece = pieces.shift(); piece !== undefined && !signal.aborted; piece = pieces.shift()) {
    const { expired, fresh } = byAge(piece, delivery);
    if (expired.length > 0) {
      await discard({ ...piece, records: expired, reason: 'RecordAgeExceeded' });
      await done(lastOf(expired));
    }
    if (fresh.length === 0) continue;
    const lastOutcome = await invoke(fresh);
    if (signal.aborted) return;
    const failedFrom = lastOutcome.failedFrom ?? fresh.length;
    if (failedFrom > 0) await done(lastOf(fresh.slice(0, failedFrom)));
    if (lastOutcome.failedFrom === undefined || failedFrom > 0) failuresInARow = 0;
    if (lastOutcome.failedFrom === undefined) continue;
    failuresInARow += 1;
    const failed = { records: fresh.slice(failedFrom), retries: piece.retries, invocations: piece.invocations + 1, lastOutcome };
    const next = retry(failed, failedFrom > 0, policy);
    if (next.length === 0) {
      await discard({ ...failed, reason: 'RetryAttemptsExhausted' });
      await done(lastOf(failed.records));
    }
    pieces = [...next, ...pieces];
    await clock.pause(Math.min(longestBackoffMilliseconds, firstBackoffMilliseconds * 2 ** (failuresInARow - 1)), signal);
  }
};

/** What becomes of a piece that failed; nothing if it is given up. Cutting it does not count as a retry. */
const retry = (failed: Piece, isRemainder: boolean, { bisect, maximumRetryAttempts }: RetryPolicy): Piece[] => {
  if (bisect && isRemainder) return [failed];
  if (bisect && failed.records.length > 1) {
    const middle = Math.ceil(failed.records.length / 2);
    return [
      { ...failed, records: failed.records.slice(0, middle) },
      { ...failed, records: failed.records.slice(middle) },
    ];
  }
  const isExhausted = maximumRetryAttempts >= 0 && failed.retries >= maximumRetryAttempts;
  return isExhausted ? [] : [{ ...failed, retries: failed.retries + 1 }];
};

/** Records come in the order of their time, so those that are too old are in front. */
const byAge = ({ records }: Piece, { policy: { maximumRecordAgeSeconds }, clock }: Delivery) => {
  const oldest = maximumRecordAgeSeconds < 0 ? 0 : clock.now() / 1000 - maximumRecordAgeSeconds;
  const found = records.findIndex(({ dynamodb }) => dynamodb.ApproximateCreationDateTime >= oldest);
  const firstFresh = found < 0 ? records.length : found;
  return { expired: records.slice(0, firstFresh), fresh: records.slice(firstFresh) };
};

/** The batch, cut where it would be more than an invocation can carry. */
const piecesOf = (batch: readonly StreamRecord[]): Piece[] => {
  const parts: StreamRecord[][] = [];
  let sizeBytes = Number.POSITIVE_INFINITY;
  for (const record of batch) {
    const recordBytes = Buffer.byteLength(JSON.stringify(record));
    sizeBytes += recordBytes;
    if (sizeBytes > payloadLimitBytes) {
      parts.push([]);
      sizeBytes = recordBytes;
    }
    parts.at(-1)?.push(record);
  }
  return parts.map((records) => ({ records, retries: 0, invocations: 0 }));
};

const lastOf = (records: readonly StreamRecord[]): string => records.map(sequenceNumber).at(-1) ?? '';
