import { describe, expect, test } from '@jest/globals';
import { Refusal } from '../basics/errors.ts';
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
  const rows = freeze(Object.values(table));
  const produced = rows.flatMap(({ then }) => eventsOf<D>(then));
  const events = [...rows.flatMap(({ given }) => given), ...produced];
  const commands = rows.map(({ when }) => when);
  const states = distinct(rows.flatMap(({ given, then }) => statesOf(decider, [...given, ...eventsOf<D>(then)])));

  describe(`${decider.name}:`, () => {
    for (const [title, { given, when, then }] of Object.entries(table))
      test(title, () => expect(answerOf(decider, when, last(statesOf(decider, given)))).toEqual(then));
  });

  describe(`${decider.name} obeys the laws:`, () => {
    test('every command is tried', () => expect(typesOf(commands)).toEqual(new Set(Object.keys(decider.commands))));
    test('every event is produced', () => expect(typesOf(produced)).toEqual(new Set(Object.keys(decider.events))));
    test('every command fits its schema', () => {
      for (const { type, data } of commands) expect(decider.commands[type].parse(data)).toEqual(data);
    });
    test('every event survives storage', () => {
      for (const { type, data } of events) expect(decider.events[type].parse(JSON.parse(JSON.stringify(data)))).toEqual(data);
    });
    test('every state survives a snapshot: it is JSON', () => {
      for (const state of states) expect(JSON.parse(JSON.stringify(state))).toStrictEqual(state);
    });
    test('every command is answered in every state, by events or a refusal', () => {
      for (const state of states) for (const command of commands) expect(answerOf(decider, command, state)).toBeDefined();
    });
    test('evolve never throws, whatever happened in whatever state', () => {
      for (const state of states) for (const event of events) expect(evolve(decider, state, event)).toBeDefined();
    });
    test('the initial state is new each time, or cannot be changed by anyone', () => {
      expect(decider.initialState()).toEqual(freeze(decider.initialState()));
    });
  });
};

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
