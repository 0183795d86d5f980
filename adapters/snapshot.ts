import { createHash } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { type Decided, recallWindow } from '../core/event-store.ts';
import { type CommitItem, maxBytes } from './commit-item.ts';
import { itemBytes, writeUnits } from './item-size.ts';

/** An answered request, found by a few characters of its id's hash; the commit itself says whether it is the one. */
export interface Recall {
  readonly key: string;
  readonly version: number;
}

/** A fold kept at a commit: never the truth, and dropped without loss. */
export interface Snapshot {
  readonly state: unknown;
  readonly recalls: readonly Recall[];
}

export interface SnapshotDue {
  readonly folded: Decided['folded'];
  /** The requests before this commit. */
  readonly recalls: readonly Recall[];
  readonly commitsSince: number;
  readonly bytesSince: number;
}

/** A stream has a snapshot in its newest so many commits, so that one small query finds it. */
export const cadence = 8;
const alwaysDueUnits = 8;

/**
 * The commit with the state after it, where that costs no write unit: a write is billed in whole KB, and most commits leave
 * some of the last one empty. Otherwise at every 8th commit; one larger than 8 KB only once as many bytes have followed the last.
 */
export const withSnapshot = (item: CommitItem, due: SnapshotDue): CommitItem => {
  const plainBytes = itemBytes(item);
  const content = contentOf(due);
  const slackBytes = writeUnits(plainBytes) * 1024 - plainBytes;
  const candidates = [seal(item, content) + content, deflateIfWorth(item, content, slackBytes, due)].flatMap((snapshot) =>
    snapshot === undefined ? [] : [{ ...item, snapshot }],
  );
  const unitsOf = (candidate: CommitItem): number => writeUnits(itemBytes(candidate));
  const best = candidates.reduce((a, b) => (unitsOf(b) < unitsOf(a) ? b : a));
  const extraUnits = unitsOf(best) - writeUnits(plainBytes);
  if (extraUnits === 0) return best;
  const isDue = due.commitsSince >= cadence - 1 && (extraUnits <= alwaysDueUnits || due.bytesSince >= extraUnits * 1024);
  return isDue && itemBytes(best) <= maxBytes ? best : item;
};

/** Compressed, where that may make the difference: it could fit into the slack, or it has to be paid for. */
const deflateIfWorth = (item: CommitItem, content: string, slackBytes: number, { commitsSince }: SnapshotDue): Uint8Array | undefined => {
  if (content.length <= slackBytes || (content.length >= slackBytes * 8 && commitsSince < cadence - 1)) return undefined;
  const deflated = deflateRawSync(content);
  return Buffer.concat([Buffer.from(seal(item, deflated)), deflated]);
};

/** The snapshot of a commit, if it was taken by this fold and is as it was written. */
export const snapshotOf = (item: CommitItem, fingerprint: string): Snapshot | undefined => {
  const content = opened(item);
  if (content === undefined) return undefined;
  const [takenBy, recalls, state] = JSON.parse(content);
  return takenBy === short(fingerprint) ? { state, recalls: decodeRecalls(recalls) } : undefined;
};

/** Whether the commit's snapshot, if it has one, is as it was written. */
export const isSnapshotIntact = (item: CommitItem): boolean => item.snapshot === undefined || opened(item) !== undefined;

export const recallKey = (commandId: string): string => createHash('sha256').update(commandId).digest('base64url').slice(0, 5);

const sealLength = 8;

const contentOf = ({ folded, recalls }: SnapshotDue): string =>
  JSON.stringify([short(folded.fingerprint), encodeRecalls(recalls.slice(-recallWindow)), folded.state]);

/** What is in a snapshot, if its seal is whole: it stands before the content, and is of the bytes as they are stored. */
const opened = (item: CommitItem): string | undefined => {
  const { snapshot } = item;
  if (snapshot === undefined) return undefined;
  if (typeof snapshot === 'string') return isSealed(item, snapshot.slice(0, sealLength), snapshot.slice(sealLength));
  const bytes = Buffer.from(snapshot);
  const deflated = bytes.subarray(sealLength);
  const isWhole = bytes.subarray(0, sealLength).equals(Buffer.from(seal(item, deflated)));
  return isWhole ? inflateRawSync(deflated).toString('utf8') : undefined;
};

const isSealed = (item: CommitItem, given: string, content: string): string | undefined =>
  given === seal(item, content) ? content : undefined;

/** Binds the snapshot to its commit: it stands outside the chain, but what was altered is not read. */
const seal = ({ hash }: CommitItem, content: string | Uint8Array): string =>
  createHash('sha256')
    .update(hash)
    .update(typeof content)
    .update(content)
    .digest('base64url')
    .slice(0, sealLength);

const short = (fingerprint: string): string => createHash('sha256').update(fingerprint).digest('base64url').slice(0, 8);

/** `kEy1z` + the distance to the version before it in base 36, joined by commas: about 7 bytes each. */
const encodeRecalls = (recalls: readonly Recall[]): string =>
  recalls.map(({ key, version }, index) => key + (version - (recalls[index - 1]?.version ?? 0)).toString(36)).join(',');

const decodeRecalls = (text: string): readonly Recall[] => {
  let version = 0;
  return text.split(',').flatMap((entry) => {
    if (entry === '') return [];
    version += Number.parseInt(entry.slice(5), 36);
    return [{ key: entry.slice(0, 5), version }];
  });
};
