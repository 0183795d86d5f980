import type { AnyProjection } from '../read/projection.ts';
import { type Domain, revisionsOf } from '../registry/domain.ts';
import type { Pointer, Pointers } from './pointers.ts';
import { isCompleteIn, revisionTable, type Tables } from './revisions.ts';

/** An answer, and the revision that gave it. */
export interface Served<T> {
  readonly answer: T;
  readonly projection: AnyProjection;
  /** False while the read model is still being filled, so documents may be missing. */
  readonly isComplete: boolean;
}

/** The serving revision, without an answer. */
export type ServingRevision = Omit<Served<never>, 'answer'>;

export interface ServedReader {
  <T>(name: string, read: (projection: AnyProjection) => Promise<T>): Promise<Served<T>>;
  /** The serving revision of a projection. */
  revision(name: string): Promise<ServingRevision>;
}

interface Serving {
  readonly domain: Domain;
  readonly pointers: Pointers;
  readonly readModels: Tables;
}

/**
 * Reads a projection by its name through the pointer, so that a flip takes effect for all readers at one moment. It reads the pointer and
 * the revision that served last in parallel, so the pointer adds no latency. If the pointer names another revision, it reads that one. A
 * single revision that is known to be complete needs no pointer.
 * @throws (the returned function) NotFound (`UnknownProjection`); the errors of `read`.
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
    const early = (async () => read(guess.projection))(); // The old revision may refuse at once what the new one can answer.
    early.catch(() => {}); // If another revision serves by now, this result is not used.
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
 * The serving revision:
 * 1. the pointer's revision, if it is complete in its present table;
 * 2. else the newest complete revision;
 * 3. else the newest revision if one has served before, and the oldest otherwise.
 */
export const serving = (revisions: Revisions, pointer: Pointer | undefined, readModels: Tables): ServingRevision => {
  const complete = revisions.filter((one) => pointer !== undefined && isCompleteIn(pointer, revisionTable(readModels, one)));
  const found = complete.find(({ revision }) => revision === pointer?.serves) ?? complete.at(-1);
  if (found !== undefined) return { projection: found, isComplete: true };
  return { projection: (pointer?.serves === undefined ? revisions[0] : revisions.at(-1)) ?? revisions[0], isComplete: false };
};
