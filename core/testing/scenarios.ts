import { describe, expect, test } from '@jest/globals';
import { Refusal } from '../basics/errors.ts';
import { toStored } from '../log/stored-events.ts';
import { answersOf } from '../write/answers.ts';
import { asRecorded, type Circumstances, type EventCircumstances } from '../write/circumstances.ts';
import {
  type AnyDecider,
  type CommandOf,
  decisionOn,
  type EventOf,
  type EventToFold,
  fold,
  isAllowed,
  type StateOf,
} from '../write/decider.ts';
import { circumstancesOf, decidedAfter, type Given, type Sender } from './circumstances.ts';
import { recordedAt } from './commits.ts';
import { freeze } from './freeze.ts';
import { type GivenReads, withGivenReads } from './given-reads.ts';

/** A row of `scenarios`. */
export interface Scenario<D extends AnyDecider> extends Sender {
  /** The events of the stream so far, oldest first. An event may have a time and an actor in `metadata`. */
  readonly given: readonly (EventOf<D> & Given)[];
  readonly when: CommandOf<D>;
  /** The events of the aggregates that the command reads, by their names in the decider's `reads`. */
  readonly reads?: GivenReads<D> | undefined;
  /** The expected events, `[]` if the command changes nothing, or a refusal. */
  readonly then: readonly EventOf<D>[] | Refused;
  /** The expected answer of a command that has a row in `answers`. */
  readonly answer?: unknown;
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
 * What a scenario expects if the decider's `allow` does not let the client of `as` send the command: 403.
 *
 * @example
 * scenarios(order, { 'a stranger cannot cancel': { given: [placed], when: cancel, as: { actor: 'bo' }, then: notAllowed } });
 */
export const notAllowed: Refused = { refused: 'NotAllowed' };

/**
 * Runs each row, and checks the laws that every decider must obey. All arguments of the decider are frozen, so a `decide` or an `evolve`
 * that changes its arguments fails. The laws: the rows try every command and produce every event, events and states survive storage, and
 * every command is answered in every state. Of a command that reads other aggregates, a row says their events: `reads: { course: [defined] }`.
 *
 * @example
 * scenarios(order, {
 *   'a new order is placed': { given: [], when: place, then: [placed] },
 *   'shipping twice changes nothing': { given: [placed, shipped], when: ship, then: [] },
 *   'a shipped order cannot be cancelled': { given: [placed, shipped], when: cancel, then: refused('OrderNotOpen') },
 * });
 *
 * @example
 * // A row may say when the command is decided (`at`) and which client sends it (`as`), and when an event was recorded.
 * scenarios(order, {
 *   'a customer cancels too late': {
 *     given: [{ ...placed, metadata: { recordedAt: '2026-03-01T12:00:00Z', actor: 'gil' } }],
 *     when: cancel,
 *     at: '2026-06-30T12:00:00Z',
 *     as: { actor: 'gil' },
 *     then: [cancelled],
 *   },
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
  const rows = freeze(Object.values(table)).map((row) => ({ ...row, ...toldIn(decider, row) }));
  const produced = rows.flatMap(({ then }) => eventsOf<D>(then));
  const events = [...rows.flatMap(({ given }) => given), ...produced];
  const commands = rows.map(({ when }) => when);
  const reached = rows.flatMap(({ states, circumstances, then }) => [
    ...states,
    ...statesAfter(decider, last(states), recordedBy(eventsOf<D>(then), states.length, circumstances)),
  ]);
  const states = distinct(reached);

  const checkOf =
    ({ states, ...row }: Row<D>) =>
    (): void => {
      const { decided, answer } = outcomeOf(decider, row, last(states));
      expect(decided).toEqual(row.then);
      if ('answer' in row) expect(answer).toEqual(row.answer);
    };
  return {
    rows: Object.fromEntries(Object.keys(table).map((title, index) => [title, checkOf(rows[index] as Row<D>)])),
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
        for (const state of states) for (const row of rows) expect(outcomeOf(decider, row, state)).toBeDefined();
      },
      'evolve never throws, whatever happened in whatever state': () => {
        for (const state of states) for (const event of events) expect(evolve(decider, state, event, anyTime)).toBeDefined();
      },
      'the initial state is new each time, or cannot be changed by anyone': () => {
        expect(decider.initialState()).toEqual(freeze(decider.initialState()));
      },
      ...answerLaws(decider, rows),
      ...allowLaws(decider, rows),
    },
  };
};

const answerLaws = <D extends AnyDecider>(decider: D, rows: readonly Row<D>[]): Laws =>
  decider.answers === undefined
    ? {}
    : {
        'every answer is expected by a row': () =>
          expect(typesOf(rows.filter((row) => 'answer' in row).map(({ when }) => when))).toEqual(new Set(Object.keys(answersOf(decider)))),
      };

const allowLaws = <D extends AnyDecider>({ allow }: D, rows: readonly Row<D>[]): Laws => {
  if (allow === undefined) return {};
  const asked = rows.filter(({ as }) => as !== undefined);
  const triedBy = (isStopped: boolean) => typesOf(asked.filter(({ then }) => isNotAllowed(then) === isStopped).map(({ when }) => when));
  return {
    'every rule of `allow` stops a client in a row, and lets one pass in another': () => {
      for (const type of Object.keys(allow))
        expect({ type, stops: triedBy(true).has(type), passes: triedBy(false).has(type) }).toEqual({ type, stops: true, passes: true });
    },
  };
};

const isNotAllowed = (then: Scenario<AnyDecider>['then']): boolean => 'refused' in then && then.refused === notAllowed.refused;

type Laws = Readonly<Record<string, () => void>>;
interface Checks {
  readonly rows: Readonly<Record<string, () => void>>;
  readonly laws: Laws;
}

/** A row of the table, with the states of its stream and the circumstances of its command. */
interface Row<D extends AnyDecider> extends Scenario<D> {
  /** The initial state, and the state after each given event. */
  readonly states: readonly StateOf<D>[];
  readonly circumstances: Circumstances;
}

const toldIn = <D extends AnyDecider>(decider: D, row: Scenario<D>): Pick<Row<D>, 'states' | 'circumstances'> => {
  const { given, at, as } = row;
  const before = freeze(circumstancesOf(given));
  const first = freeze(decider.initialState());
  const happened = given.map((event, index) => ({ event, circumstances: before[index] as EventCircumstances }));
  return {
    states: [first, ...statesAfter(decider, first, happened)],
    circumstances: freeze(withGivenReads(decider, row, decidedAfter(before, { at, as }))),
  };
};

interface Happened<D extends AnyDecider> {
  readonly event: EventOf<D>;
  readonly circumstances: EventCircumstances;
}

/** The events of a decision, as it records them: the first of them gets `version`. */
const recordedBy = <D extends AnyDecider>(events: readonly EventOf<D>[], version: number, { now, actor }: Circumstances): Happened<D>[] =>
  asRecorded(events, { version, recordedAt: now, actor }).map(({ metadata }, index) => ({
    event: events[index] as EventOf<D>,
    circumstances: metadata,
  }));

const anyTime = freeze({ version: 1, recordedAt: recordedAt(1) });

interface Outcome<D extends AnyDecider> {
  readonly decided: readonly EventOf<D>[] | Refused;
  readonly answer?: unknown;
}

/** What the command of a row comes to in a state. Rules on who may send it are asked of the client of `as` alone. */
const outcomeOf = <D extends AnyDecider>(
  decider: D,
  { when, as, circumstances }: Pick<Row<D>, 'when' | 'as' | 'circumstances'>,
  state: StateOf<D>,
): Outcome<D> => {
  if (as !== undefined && decider.internal?.includes(when.type))
    throw new Error(`${when.type} is internal: no client sends it, so leave out \`as\``);
  try {
    if (as !== undefined && !isAllowed(decider, when, state, circumstances)) return { decided: notAllowed };
    const { events, ...answer } = decisionOn(decider, when, state, circumstances);
    return { decided: events, ...answer };
  } catch (error) {
    if (error instanceof Refusal) return { decided: refused(error.code) };
    throw error;
  }
};

/** The state after each event. */
const statesAfter = <D extends AnyDecider>(decider: D, before: StateOf<D>, happened: readonly Happened<D>[]): StateOf<D>[] => {
  const states: StateOf<D>[] = [];
  for (const { event, circumstances } of happened) states.push(evolve(decider, states.at(-1) ?? before, event, circumstances));
  return states;
};

const evolve = <D extends AnyDecider>(
  decider: D,
  state: StateOf<D>,
  { type, data }: EventOf<D>,
  metadata: EventCircumstances,
): StateOf<D> => freeze(fold(decider, [{ type, data, metadata } as EventToFold<D>], state));

const eventsOf = <D extends AnyDecider>(then: Scenario<D>['then']): readonly EventOf<D>[] => ('refused' in then ? [] : then);
const typesOf = (messages: readonly { readonly type: string }[]): ReadonlySet<string> => new Set(messages.map(({ type }) => type));
const distinct = <T>(all: readonly T[]): T[] => [...new Map(all.map((one) => [JSON.stringify(one), one])).values()];
const last = <T>(all: readonly T[]): T => all[all.length - 1] as T;
