import type { Message } from '../../basics/messages.ts';
import type { Address } from '../../basics/stream.ts';
import type { SagaInput } from '../../sagas/ports.ts';
import type { SagaSituation } from '../every-path.ts';
import type { Lengths } from '../saga-interruptions.ts';
import { numberOf, type World } from '../saga-world.ts';

// The whole state of a walk of a domain: the streams, the time, and everything that is under way.

/** A command of a process, as plain data. */
export interface Queued {
  /** The name of the aggregate. */
  readonly to: string;
  readonly stream: Address;
  readonly commandId: string;
  readonly command: Message;
}

/** A delivery to a reaction, or a time that a reminder has set. */
export interface Notice {
  /** The process, with its kind. */
  readonly process: string;
  /** The id of the event. */
  readonly event: string;
  /** When the reminder is due: ISO 8601. Absent: a reaction. */
  readonly at?: string;
  /** What is sent. Absent: a reminder that has not begun, so its state is not folded yet. */
  readonly commands?: readonly Queued[];
  /** The command that is sent next. */
  readonly place: number;
  readonly isRepeated: boolean;
  /** A later event has moved or cancelled the reminder while it was sending, so a repeated delivery sends nothing. */
  readonly isStale?: true;
}

/** A command whose sender has given up waiting for the answer, and that arrives later. */
export interface Stray extends Queued {
  readonly process: string;
}

/** A run of a saga. */
export interface Run extends Omit<SagaSituation, 'world' | 'outside' | 'retriesLeft'> {
  readonly saga: string;
  readonly input: SagaInput;
  readonly began: Lengths;
}

/** A command that a process could not carry out: an operator is called. */
export interface ParkedInWalk {
  readonly process: string;
  /** `AwardPoints of guest-7`; `row` if the row itself failed. */
  readonly command: string;
  readonly code: string;
}

export interface Situation {
  readonly world: World;
  /** ISO 8601. */
  readonly now: string;
  readonly notices: readonly Notice[];
  readonly strays: readonly Stray[];
  readonly runs: readonly Run[];
  readonly parked: readonly ParkedInWalk[];
  /** How often each client may still send its command. */
  readonly clients: readonly number[];
}

/** A key that equal situations share, in whatever order they were reached. */
export const keyOf = ({ world, now, notices, strays, runs, parked, clients }: Situation): string =>
  [
    Object.keys(world)
      .toSorted()
      .map((name) => numberOf(world[name] as World[string]))
      .join(),
    now,
    clients.join(),
    ...[notices, strays, runs, parked].map((all: readonly object[]) => all.map(textOf).toSorted().join('|')),
  ].join('#');

/** The text of an object of a situation. It is made once: most situations share most of their objects. */
const textOf = (one: object): number => {
  const known = texts.get(one);
  if (known !== undefined) return known;
  const text = JSON.stringify(one);
  const number = numbers.get(text) ?? numbers.size;
  numbers.set(text, number);
  texts.set(one, number);
  return number;
};
const texts = new WeakMap<object, number>();
const numbers = new Map<string, number>();

/** An array without one of its elements. */
export const without = <T>(all: readonly T[], one: T): readonly T[] => all.filter((other) => other !== one);
