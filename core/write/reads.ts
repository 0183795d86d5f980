import type * as z from 'zod';
import { type Catalogue, rowOf } from '../basics/messages.ts';
import type { Circumstances } from './circumstances.ts';

// Decisions over several streams: a command may read the states of other aggregates (docs/decisions/0047-decisions-over-several-streams.md).

/** What is needed of a decider to read its aggregates. */
export interface Readable<S = unknown> {
  readonly name: string;
  readonly initialState: () => S;
}

/**
 * The aggregate that a command reads under one name, or a list of them: of which decider, and how the ids come from the command's data. Two
 * deciders that read each other, and a decider that reads others of its own kind, name the other one by a function with a return type: `of: (): Readable<Account> => account`.
 */
export type Reading<Data> =
  | { readonly of: OfDecider; readonly id: (data: Data) => string; readonly ids?: undefined }
  | { readonly of: OfDecider; readonly ids: (data: Data) => readonly string[]; readonly id?: undefined };
type OfDecider = Readable | (() => Readable);

/** Another aggregate, as it is when the command is decided. The commit holds only if it still is. */
export interface Read<S> {
  readonly id: string;
  /** The decider's initial state if the aggregate has no events. */
  readonly state: S;
  /** The version of the aggregate's stream; 0 if it has no events. */
  readonly version: number;
  /** Whether the aggregate has events. */
  readonly exists: boolean;
}

/** The table `reads` of a decider with these commands: a row for each command that reads, and in it a name for each reading. */
export type ReadsFor<C extends Catalogue> = {
  readonly [T in keyof C & string]?: { readonly [name: string]: Reading<z.output<C[T]>> };
};

/** What the rows of a command get: the circumstances, and what the command reads if it has a row in `reads`. */
export type CircumstancesOf<R, T> = T extends keyof R
  ? R[T] extends object
    ? Circumstances & { readonly reads: { readonly [N in keyof R[T]]: ReadBy<R[T][N]> } }
    : Circumstances
  : Circumstances;

type ReadBy<G> = G extends { readonly of: infer Of }
  ? G extends { readonly ids: (...told: never[]) => unknown }
    ? readonly Read<StateIn<Of>>[]
    : Read<StateIn<Of>>
  : never;
type StateIn<Of> = Of extends { readonly initialState: () => infer S }
  ? S
  : Of extends () => { readonly initialState: () => infer S }
    ? S
    : never;

/** What was read, by name. */
export type ReadByName = Readonly<Record<string, Read<unknown> | readonly Read<unknown>[]>>;

/** The part of the circumstances that only a command with a row in `reads` has. */
export interface WithReads {
  readonly reads: ReadByName;
}

/** The readings of a command, by name; undefined if it reads no other aggregate. */
export const readingsOf = (
  { reads = {} }: { readonly reads?: object | undefined },
  command: string,
): Readonly<Record<string, Reading<unknown>>> | undefined => rowOf(reads as Readonly<Record<string, never>>, command);

/** The decider that a reading names. */
export const deciderOf = ({ of }: Pick<Reading<never>, 'of'>): Readable => (typeof of === 'function' ? of() : of);
