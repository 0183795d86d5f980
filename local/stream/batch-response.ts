import type { Invocation } from '../lambda/invocation.ts';
import { type StreamRecord, sequenceNumber } from './record.ts';

/** How a batch went: `failedFrom` is the place of the first record that has to be delivered again; absent: all is done. */
export interface BatchOutcome {
  readonly failedFrom?: number;
  readonly requestId: string;
  /** The function failed, rather than reporting failures. */
  readonly isError: boolean;
}

/**
 * What Lambda makes of an invocation. A function that reports its failures has done everything before the lowest
 * sequence number it names, however many it names; what is not such a report, or names a record that is not in the batch,
 * fails the batch. Nothing, `{}` and an empty list mean that all is done.
 */
export const toOutcome = (records: readonly StreamRecord[], invocation: Invocation, reportsFailures: boolean): BatchOutcome => {
  const { requestId } = invocation;
  if (!invocation.ok) return { requestId, isError: true, failedFrom: 0 };
  if (!reportsFailures) return { requestId, isError: false };
  const failures = failuresIn(invocation.payload);
  if (failures?.length === 0) return { requestId, isError: false };
  const places = (failures ?? [undefined]).map((failed) => records.findIndex((record) => sequenceNumber(record) === failed));
  return { requestId, isError: false, failedFrom: Math.max(0, Math.min(...places)) };
};

/** The identifiers that a response names, whatever they are; nothing if it is not a response. */
const failuresIn = (payload: unknown): readonly unknown[] | undefined => {
  if (payload === null) return [];
  if (typeof payload !== 'object' || Array.isArray(payload)) return undefined;
  const { batchItemFailures: failures = [] } = payload as { batchItemFailures?: unknown };
  if (failures === null) return [];
  return Array.isArray(failures) ? failures.map((failure: { itemIdentifier?: unknown } | null) => failure?.itemIdentifier) : undefined;
};
