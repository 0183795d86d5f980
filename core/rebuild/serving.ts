import type { AnyProjection } from '../read/projection.ts';
import { type Domain, revisionsOf } from '../registry/domain.ts';
import type { Pointer, Pointers } from './pointers.ts';
import { isCompleteIn, revisionTable, type Tables } from './revisions.ts';

/** An answer, and the revision that it came from. */
export interface Served<T> {
  readonly answer: T;
  readonly projection: AnyProjection;
  /** False: the read model is still being filled for the first time, and something may be missing from it. */
  readonly isComplete: boolean;
}

/** What serves, without the answer to a question. */
export type ServingRevision = Omit<Served<never>, 'answer'>;

export interface ServedReader {
  <T>(name: string, read: (projection: AnyProjection) => Promise<T>): Promise<Served<T>>;
  /** Which revision serves. */
  revision(name: string): Promise<ServingRevision>;
}

interface Serving {
  readonly domain: Domain;
  readonly pointers: Pointers;
  readonly readModels: Tables;
}

/**
 * Reads a projection by its name through the pointer, so that a flip is one moment for every reader. The pointer is read beside
 * the document, which costs no time: the revision that served last is asked at once, and another one only where the pointer
 * says so. A single revision that is known to be complete needs no pointer at all.
 * The returned function throws NotFound (`UnknownProjection`), or what `read` throws.
 */
export const servedReader = ({ domain, pointers, readModels }: Serving): ServedReader => {
  const lastSeen = new Map<string, Pointer>();
  const guessOf = (name: string, revisions: Revisions) => {
    const guess = serving(revisions, lastSeen.get(name), readModels);
    return { ...guess, isCertain: revisions.length === 1 && guess.isComplete };
  };
  const lookUp = async (name: string, revisions: Revisions): Promise<ServingRevision> => {
    const pointer = await pointers.read(name);
    lastSeen.set(name, pointer);
    return serving(revisions, pointer, readModels);
  };
  const served = async <T>(name: string, read: (projection: AnyProjection) => Promise<T>): Promise<Served<T>> => {
    const revisions = revisionsOf(domain, name);
    const { isCertain, ...guess } = guessOf(name, revisions);
    if (isCertain) return { ...guess, answer: await read(guess.projection) };
    const early = read(guess.projection);
    early.catch(() => {}); // Where another revision serves by now, nobody asks how this ended.
    const found = await lookUp(name, revisions);
    return { ...found, answer: await (found.projection === guess.projection ? early : read(found.projection)) };
  };
  const revision = async (name: string): Promise<ServingRevision> => {
    const revisions = revisionsOf(domain, name);
    const { isCertain, ...guess } = guessOf(name, revisions);
    return isCertain ? guess : lookUp(name, revisions);
  };
  return Object.assign(served, { revision });
};

type Revisions = readonly [AnyProjection, ...AnyProjection[]];

/**
 * The revision that serves. The table is compared here, too, for the steward may be a minute late. Where the one that served is not
 * complete any more, because its table is gone, it is the newest that is; where none is, the newest, or the oldest before the first
 * was ever complete.
 */
export const serving = (revisions: Revisions, pointer: Pointer | undefined, readModels: Tables): ServingRevision => {
  const complete = revisions.filter((one) => pointer !== undefined && isCompleteIn(pointer, revisionTable(readModels, one)));
  const found = complete.find(({ revision }) => revision === pointer?.serves) ?? complete.at(-1);
  if (found !== undefined) return { projection: found, isComplete: true };
  return { projection: (pointer?.serves === undefined ? revisions[0] : revisions.at(-1)) ?? revisions[0], isComplete: false };
};
