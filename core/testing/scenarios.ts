import { describe, expect, test } from '@jest/globals';
import { Refusal } from '../basics/errors.ts';
import { toStored } from '../log/stored-events.ts';
import { type AnyDecider, type CommandOf, decide, type EventOf, fold, type StateOf } from '../write/decider.ts';
import { freeze } from './freeze.ts';

/** A row of `scenarios`. */
export interface Scenario<D extends AnyDecider> {
  /** The events of the stream so far, oldest first. */
  readonly given: readonly EventOf<D>[];
  readonly when: CommandOf<D>;
  /** The expected events, `[]` if the command changes nothing, or a refusal. */
  readonly then: readonly EventOf<D>[] | Refused;
}

/** A refusal that a scenario expects. */
export interface Refused {
  /** The code that `ensure` named. */
  readonly refused: string;
}
/**
 * The refusal that a scenario expects, by its code.
 *
 * @example
 * scenarios(order, { 'a shipped order cannot be cancelled': { given: [placed, shipped], when: cancel, then: refused('OrderNotOpen') } });
 */
export const refused = (code: string): Refused => ({ refused: code });

/**
 * Runs each row, and checks the laws that every decider must obey. All arguments of the decider are frozen, so a `decide` or an `evolve`
 * that changes its arguments fails. The laws: the rows try every command and produce every event, events and states survive storage, and
 * every command is answered in every state.
 *
 * @example
 * scenarios(order, {
 *   'a new order is placed': { given: [], when: place, then: [placed] },
 *   'shipping twice changes nothing': { given: [placed, shipped], when: ship, then: [] },
 *   'a shipped order cannot be cancelled': { given: [placed, shipped], when: cancel, then: refused('OrderNotOpen') },
 * });
 */
export const scenarios = <D extends AnyDecider>(decider: D, table: Readonly<Record<string, Scenario<D>>>): void => {
  const { rows, laws } = checksOf(decider, table);
  describe(`${decider.name}:`, () => {
    for (const [title, check] of Object.entries(rows)) test(title, check);
  });
  describe(`${decider.name} obeys the laws:`, () => {
    for (const [title, check] of Object.entries(laws)) test(title, check);
  });
};

/** The bodies of the tests by their titles. A body throws where its row or its law does not hold. */
export const checksOf = <D extends AnyDecider>(decider: D, table: Readonly<Record<string, Scenario<D>>>): Checks => {
  const rows = freeze(Object.values(table));
  const produced = rows.flatMap(({ then }) => eventsOf<D>(then));
  const events = [...rows.flatMap(({ given }) => given), ...produced];
  const commands = rows.map(({ when }) => when);
  const reached = rows.flatMap(({ given, then }) => statesOf(decider, [...given, ...eventsOf<D>(then)]));
  const states = distinct(reached);

  const checkOf =
    ({ given, when, then }: Scenario<D>) =>
    (): void =>
      expect(answerOf(decider, when, last(statesOf(decider, given)))).toEqual(then);
  return {
    rows: Object.fromEntries(Object.entries(table).map(([title, row]) => [title, checkOf(row)])),
    laws: {
      'every command is tried': () => expect(typesOf(commands)).toEqual(new Set(Object.keys(decider.commands))),
      'every event is produced': () => expect(typesOf(produced)).toEqual(new Set(Object.keys(decider.events))),
      'every command fits its schema': () => {
        for (const { type, data } of commands) expect(decider.commands[type].parse(data)).toEqual(data);
      },
      'every event survives storage': () => {
        for (const { type, data } of events) expect(decider.events[type].parse(JSON.parse(JSON.stringify(data)))).toEqual(data);
        expect(toStored(decider.events, produced)).toHaveLength(produced.length);
      },
      'every state survives a snapshot: it is JSON': () => {
        for (const state of reached) expect(JSON.parse(JSON.stringify(state))).toStrictEqual(state);
      },
      'every command is answered in every state, by events or a refusal': () => {
        for (const state of states) for (const command of commands) expect(answerOf(decider, command, state)).toBeDefined();
      },
      'evolve never throws, whatever happened in whatever state': () => {
        for (const state of states) for (const event of events) expect(evolve(decider, state, event)).toBeDefined();
      },
      'the initial state is new each time, or cannot be changed by anyone': () => {
        expect(decider.initialState()).toEqual(freeze(decider.initialState()));
      },
    },
  };
};

interface Checks {
  readonly rows: Readonly<Record<string, () => void>>;
  readonly laws: Readonly<Record<string, () => void>>;
}

const answerOf = <D extends AnyDecider>(decider: D, command: CommandOf<D>, state: StateOf<D>): readonly EventOf<D>[] | Refused => {
  try {
    return decide(decider, command, state);
  } catch (error) {
    if (error instanceof Refusal) return refused(error.code);
    throw error;
  }
};

/** The initial state and the one after each event. */
const statesOf = <D extends AnyDecider>(decider: D, events: readonly EventOf<D>[]): StateOf<D>[] => {
  const states = [freeze(decider.initialState())];
  for (const event of events) states.push(evolve(decider, last(states), event));
  return states;
};

const evolve = <D extends AnyDecider>(decider: D, state: StateOf<D>, event: EventOf<D>): StateOf<D> =>
  freeze(fold(decider, [event], state));

const eventsOf = <D extends AnyDecider>(then: Scenario<D>['then']): readonly EventOf<D>[] => ('refused' in then ? [] : then);
const typesOf = (messages: readonly { readonly type: string }[]): ReadonlySet<string> => new Set(messages.map(({ type }) => type));
const distinct = <T>(all: readonly T[]): T[] => [...new Map(all.map((one) => [JSON.stringify(one), one])).values()];
const last = <T>(all: readonly T[]): T => all[all.length - 1] as T;
