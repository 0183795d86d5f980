import { hash as digest } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { recallWindow } from '../../core/log/event-store.ts';
import { itemBytes, maxItemBytes, writeUnits } from '../aws/item-size.ts';
import type { CommitItem } from './commit-item.ts';

/** An answered request: five characters of its id's hash, and its commit's version. Compare a match with the commit itself. */
export interface Recall {
  readonly key: string;
  readonly version: number;
}

/** The folded state at a commit. It is never the truth, and can be dropped without loss. */
export interface Snapshot {
  readonly state: unknown;
  readonly recalls: readonly Recall[];
}

export interface SnapshotDue {
  readonly fingerprint: string;
  /** JSON of the state; undefined if JSON would alter the state, and then there is no snapshot. */
  readonly state: string | undefined;
  /** The earlier requests, without this commit's. */
  readonly recalls: readonly Recall[];
  readonly commitsSince: number;
  readonly bytesSince: number;
}

/** One of the newest 8 commits of a stream has a snapshot, so that one small query finds it. */
export const cadence = 8;
const alwaysDueUnits = 8;
/** The largest JSON of a snapshot. A larger one would inflate to more than a function can hold, so it is neither written nor read. */
export const maxTextLength = 32_000_000;

/**
 * Adds a snapshot to a commit if that costs no write unit: writes are billed in whole KB, and most commits leave a part of the last KB
 * empty. Otherwise it adds one at every 8th commit; a snapshot of more than 8 KB waits until as many bytes of commits have come.
 */
export const withSnapshot = (item: CommitItem, due: SnapshotDue): CommitItem => {
  if (due.state === undefined) return item;
  const plainBytes = itemBytes(item);
  const bytesWith = (content: string | Uint8Array): number => plainBytes + 'snapshot'.length + sealLength + Buffer.byteLength(content);
  const extraUnits = (content: string | Uint8Array): number => writeUnits(bytesWith(content)) - writeUnits(plainBytes);

  const { text, likelyBytes } = contentOf(due);
  if (text.length > maxTextLength) return item;
  if (extraUnits(text) === 0) return { ...item, snapshot: sealed(item, text) };
  const isDue = due.commitsSince >= cadence - 1;
  const mayFit = due.commitsSince >= cadence / 2 && writeUnits(bytesWith('') + likelyBytes) === writeUnits(plainBytes);
  if (!isDue && !mayFit) return item; // Compression takes more time than the rest of this function.
  const deflated = deflateRawSync(text, { chunkSize: text.length + 64 }); // One chunk of this size instead of the usual 16 KB.
  const content = extraUnits(deflated) < extraUnits(text) ? deflated : text;
  const isPayable = extraUnits(content) <= alwaysDueUnits || due.bytesSince >= extraUnits(content) * 1024;
  const isTaken = extraUnits(content) === 0 || (isDue && isPayable);
  return isTaken && bytesWith(content) <= maxItemBytes ? { ...item, snapshot: sealed(item, content) } : item;
};

/** The content with its seal before it. */
const sealed = (item: CommitItem, content: string | Uint8Array): string | Uint8Array =>
  typeof content === 'string' ? seal(item, content) + content : Buffer.concat([Buffer.from(seal(item, content)), content]);

/** The snapshot of a commit, if it has this fingerprint, or one of earlier code, and is unaltered. */
export const snapshotOf = (item: CommitItem, fingerprint: string, earlier: readonly string[] = []): Snapshot | undefined => {
  const content = opened(item);
  if (content === undefined) return undefined;
  const [takenBy, recalls, state] = JSON.parse(content);
  return [fingerprint, ...earlier].some((one) => takenBy === short(one)) ? { state, recalls: decodeRecalls(recalls) } : undefined;
};

/** Whether the commit's snapshot, if it has one, is unaltered. */
export const isSnapshotIntact = (item: CommitItem): boolean => item.snapshot === undefined || unsealed(item) !== undefined;

/** The key by which snapshots remember a command: 30 bits of its id's hash. Two ids may have one key, so compare the commit itself. */
export const recallKey = (commandId: string): string => digest('sha256', commandId, 'base64url').slice(0, 5);

const sealLength = 8;

/** A snapshot's text, and an estimate of its compressed size: hashes compress little, and a state seldom to less than a quarter. */
const contentOf = ({ fingerprint, state, recalls }: SnapshotDue): { readonly text: string; readonly likelyBytes: number } => {
  const remembered = encodeRecalls(recalls.slice(-recallWindow));
  const text = `["${short(fingerprint)}","${remembered}",${state}]`; // JSON: the first two need no escaping.
  return { text, likelyBytes: remembered.length * 0.75 + (text.length - remembered.length) * 0.25 };
};

/** The content of a commit's snapshot, if its seal matches and it is not larger than a snapshot may be. */
const opened = (item: CommitItem): string | undefined => {
  const content = unsealed(item);
  return content instanceof Uint8Array ? inflated(content) : content;
};

/** The stored content, if its seal matches. The seal stands before the content and covers the stored bytes. */
const unsealed = (item: CommitItem): string | Uint8Array | undefined => {
  const { snapshot } = item;
  if (snapshot === undefined) return undefined;
  if (typeof snapshot === 'string') return isSealed(item, snapshot.slice(0, sealLength), snapshot.slice(sealLength));
  const bytes = Buffer.from(snapshot);
  return isSealed(item, bytes.subarray(0, sealLength).toString('latin1'), bytes.subarray(sealLength));
};

const isSealed = <C extends string | Uint8Array>(item: CommitItem, given: string, content: C): C | undefined =>
  given === seal(item, content) ? content : undefined;

const inflated = (deflated: Uint8Array): string | undefined => {
  try {
    return inflateRawSync(deflated, { maxOutputLength: maxTextLength }).toString('utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') return undefined;
    throw error;
  }
};

/** Binds a snapshot to its commit. The chain does not cover snapshots, but with the seal an altered one is not read. */
const seal = ({ hash }: CommitItem, content: string | Uint8Array): string => {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  return digest('sha256', Buffer.concat([hash, Buffer.from(typeof content), bytes]), 'base64url').slice(0, sealLength);
};

const short = (fingerprint: string): string => {
  const known = shortened.get(fingerprint) ?? digest('sha256', fingerprint, 'base64url').slice(0, 8);
  shortened.set(fingerprint, known);
  return known;
};

/** A few entries per decider. */
const shortened = new Map<string, string>();

/** Each recall as its key `kEy1z` and the distance to the previous version in base 36, joined by commas: about 7 bytes each. */
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
