import { hash as digest } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { recallWindow } from '../../core/log/event-store.ts';
import { itemBytes, maxItemBytes, writeUnits } from '../aws/item-size.ts';
import type { CommitItem } from './commit-item.ts';

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
  readonly fingerprint: string;
  /** JSON of the state; none of a state that JSON would alter, and then there is no snapshot either. */
  readonly state: string | undefined;
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
  if (due.state === undefined) return item;
  const plainBytes = itemBytes(item);
  const bytesWith = (content: string | Uint8Array): number => plainBytes + 'snapshot'.length + sealLength + Buffer.byteLength(content);
  const extraUnits = (content: string | Uint8Array): number => writeUnits(bytesWith(content)) - writeUnits(plainBytes);

  const { text, likelyBytes } = contentOf(due);
  if (extraUnits(text) === 0) return { ...item, snapshot: sealed(item, text) };
  const isDue = due.commitsSince >= cadence - 1;
  const mayFit = due.commitsSince >= cadence / 2 && writeUnits(bytesWith('') + likelyBytes) === writeUnits(plainBytes);
  if (!isDue && !mayFit) return item; // To compress takes more time than all else here.
  const deflated = deflateRawSync(text, { chunkSize: text.length + 64 }); // In one piece, and not the usual 16 KB for it.
  const content = extraUnits(deflated) < extraUnits(text) ? deflated : text;
  const isPayable = extraUnits(content) <= alwaysDueUnits || due.bytesSince >= extraUnits(content) * 1024;
  const isTaken = extraUnits(content) === 0 || (isDue && isPayable);
  return isTaken && bytesWith(content) <= maxItemBytes ? { ...item, snapshot: sealed(item, content) } : item;
};

/** The seal stands before the content. */
const sealed = (item: CommitItem, content: string | Uint8Array): string | Uint8Array =>
  typeof content === 'string' ? seal(item, content) + content : Buffer.concat([Buffer.from(seal(item, content)), content]);

/** The snapshot of a commit, if it was taken by this fold and is as it was written. */
export const snapshotOf = (item: CommitItem, fingerprint: string): Snapshot | undefined => {
  const content = opened(item);
  if (content === undefined) return undefined;
  const [takenBy, recalls, state] = JSON.parse(content);
  return takenBy === short(fingerprint) ? { state, recalls: decodeRecalls(recalls) } : undefined;
};

/** Whether the commit's snapshot, if it has one, is as it was written. */
export const isSnapshotIntact = (item: CommitItem): boolean => item.snapshot === undefined || opened(item) !== undefined;

/** How a commit's snapshot remembers a command: 30 bits of its id. Two ids may share one, so a match is compared with the commit itself. */
export const recallKey = (commandId: string): string => digest('sha256', commandId, 'base64url').slice(0, 5);

const sealLength = 8;

/** The text, and about what is left of it when it is compressed: hashes hardly get smaller, and a state seldom to less than a quarter. */
const contentOf = ({ fingerprint, state, recalls }: SnapshotDue): { readonly text: string; readonly likelyBytes: number } => {
  const remembered = encodeRecalls(recalls.slice(-recallWindow));
  const text = `["${short(fingerprint)}","${remembered}",${state}]`; // JSON: the first two need no escaping.
  return { text, likelyBytes: remembered.length * 0.75 + (text.length - remembered.length) * 0.25 };
};

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
const seal = ({ hash }: CommitItem, content: string | Uint8Array): string => {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  return digest('sha256', Buffer.concat([hash, Buffer.from(typeof content), bytes]), 'base64url').slice(0, sealLength);
};

const short = (fingerprint: string): string => {
  const known = shortened.get(fingerprint) ?? digest('sha256', fingerprint, 'base64url').slice(0, 8);
  shortened.set(fingerprint, known);
  return known;
};

/** One for each decider. */
const shortened = new Map<string, string>();

/** `kEy1z` + the distance to the version before it in base 36, joined by commas: about 7 bytes each. */
const encodeRecalls = (recalls: readonly Recall[]): string => {
  let [text, before] = ['', 0];
  for (const { key, version } of recalls) {
    text += `${text === '' ? '' : ','}${key}${(version - before).toString(36)}`;
    before = version;
  }
  return text;
};

const decodeRecalls = (text: string): readonly Recall[] => {
  let version = 0;
  return text.split(',').flatMap((entry) => {
    if (entry === '') return [];
    version += Number.parseInt(entry.slice(5), 36);
    return [{ key: entry.slice(0, 5), version }];
  });
};
