import { type Folding, recallWindow } from '../../core/log/event-store.ts';
import { attributeBytes, itemBytes } from '../aws/item-size.ts';
import { beginningOf, type CommitItem, fromItem, type Predecessor, versionAfter } from './commit-item.ts';
import { commandIdOf } from './same-request.ts';
import { type Recall, recallKey, snapshotOf } from './snapshot.ts';

/** An answered request that the tail remembers, with its commit if that is small. */
interface Remembered extends Recall {
  readonly item?: CommitItem;
  /** The size of `item`. */
  readonly itemBytes?: number;
}

/** The content of a tail: the stream's last commit, the requests to recall, and the commits and bytes since the last snapshot. */
export interface StreamEnd extends Predecessor {
  readonly remembered: readonly Remembered[];
  readonly commitsSince: number;
  readonly bytesSince: number;
  /** Estimated memory of the state. */
  readonly stateBytes: number;
}

/** A state, and the end of the stream that it is folded to. */
export interface Folded<S> {
  readonly state: S;
  readonly end: StreamEnd;
}

const keptItemBytes = 4096;

export const emptyEnd = (stream: string): StreamEnd => ({
  ...beginningOf(stream),
  remembered: [],
  commitsSince: 0,
  bytesSince: 0,
  stateBytes: 0,
});

/** The end after an item is appended. `isSnapshot`: the item has a snapshot that this code can read. */
export const advance = (end: StreamEnd, item: CommitItem, isSnapshot: boolean): StreamEnd => {
  const bytes = itemBytes(item);
  const { snapshot, ...kept } = item;
  const keptBytes = snapshot === undefined ? bytes : bytes - attributeBytes('snapshot', snapshot);
  const entry: Remembered = {
    key: recallKey(commandIdOf(item).commandId),
    version: item.version,
    ...(bytes <= keptItemBytes ? { item: kept, itemBytes: keptBytes } : {}),
  };
  return {
    stream: item.stream,
    version: versionAfter(item),
    at: item.at,
    hash: item.hash,
    remembered: [...end.remembered, entry].slice(-recallWindow),
    commitsSince: isSnapshot ? 0 : end.commitsSince + 1,
    bytesSince: isSnapshot ? 0 : end.bytesSince + bytes,
    stateBytes: end.stateBytes + bytes, // An estimate; a load and an append replace it by the size of the state.
  };
};

/** The fold after one more commit. */
export const foldItem = <S>({ state, end }: Folded<S>, item: CommitItem, folding: Folding<S>): Folded<S> => ({
  state: folding.evolve(state, fromItem(item)),
  end: advance(end, item, snapshotOf(item, folding.fingerprint, folding.earlier) !== undefined),
});

/** The fold from an item's snapshot; undefined if this code cannot read the snapshot. */
export const fromSnapshot = <S>(item: CommitItem, { fingerprint, earlier }: Folding<S>): Folded<S> | undefined => {
  const snapshot = snapshotOf(item, fingerprint, earlier);
  if (snapshot === undefined) return undefined;
  return { state: snapshot.state as S, end: advance({ ...emptyEnd(item.stream), remembered: snapshot.recalls }, item, true) };
};

/** Estimated memory of an end and its state, in bytes. */
export const endBytes = ({ remembered, stateBytes }: StreamEnd): number =>
  remembered.reduce((sum, { itemBytes: kept = 0 }) => sum + 64 + kept, 256 + stateBytes);
