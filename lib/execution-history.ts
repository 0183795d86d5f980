import { maxItems } from '../core/sagas/saga.ts';

/** What of a definition in the Amazon States Language counts for the history of an execution. */
interface State {
  readonly Type: string;
  readonly Comment?: string;
  readonly Retry?: readonly { readonly ErrorEquals: readonly string[]; readonly MaxAttempts?: number }[];
  readonly Parameters?: { readonly Payload?: { readonly does?: unknown } };
  readonly Next?: string;
  readonly Default?: string;
  readonly Choices?: readonly { readonly Next: string }[];
  readonly Catch?: readonly { readonly Next: string }[];
  readonly ItemProcessor?: Machine;
  readonly Branches?: readonly Machine[];
}
export interface Machine {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

/** Step Functions ends an execution with more events, and it cannot be continued. */
export const maxHistoryEvents = 25_000;

/** Scheduled, started, failed. The try that is answered takes one more: submitted. */
const eventsOfTry = 3;
/** Each state is entered and exited. A map and branches begin and end as well, and so does each round of a map. */
const [eventsOfState, eventsOfRound] = [2, 2];

/** A map says in its comment how many items it has at most, so that the deployed definition can be measured. */
export const mostItemsComment = (items: number): string => `At most ${items} items`;
const mostItemsIn = ({ Comment = '' }: State): number => Number(/^At most (\d+) items$/.exec(Comment)?.[1] ?? maxItems);

/** A state that begins each round of a loop says in its comment how many rounds there are at most. */
export const mostRoundsComment = (rounds: number): string => `At most ${rounds} rounds`;
const mostRoundsIn = ({ Comment = '' }: State): number => Number(/^At most (\d+) rounds$/.exec(Comment)?.[1] ?? 0);

/**
 * The largest number of history events of an execution, on the longest way through it: each task needs its last try, and every step is done
 * and then undone. It leaves out what operators do.
 */
export const worstHistory = (machine: Machine): number => eventsOfState + longestWay(machine);

const longestWay = ({ StartAt, States }: Machine): number => {
  const found = new Map<string, number>();
  const from = (name: string): number => {
    const state = States[name];
    const known = found.get(name);
    if (state === undefined || isOfOperator(state) || known !== undefined) return known ?? 0;
    found.set(name, 0); // A loop that leads back here is counted by the state that begins its rounds.
    const rounds = mostRoundsIn(state);
    const ofRounds = rounds === 0 ? 0 : rounds * Math.max(0, roundFrom(States, name));
    const length = eventsOf(state) + Math.max(0, ...nextOf(state).map(from)) + ofRounds;
    found.set(name, length);
    return length;
  };
  return from(StartAt);
};

/** An operator leads back to a state, too, as often as they like. */
const isOfOperator = ({ Parameters }: State): boolean => Parameters?.Payload?.does === 'wait';

/** The longest way from a state back to it; less than 0 if there is none. */
const roundFrom = (States: Machine['States'], begin: string): number => {
  const found = new Map<string, number>();
  const from = (name: string): number => {
    const state = States[name];
    const known = found.get(name);
    if (state === undefined || isOfOperator(state) || known !== undefined) return known ?? Number.NEGATIVE_INFINITY;
    found.set(name, Number.NEGATIVE_INFINITY);
    const ways = nextOf(state).map((next) => (next === begin ? 0 : from(next)));
    const length = eventsOf(state) + Math.max(Number.NEGATIVE_INFINITY, ...ways);
    found.set(name, length);
    return length;
  };
  return from(begin);
};

const nextOf = ({ Next, Default, Choices = [], Catch = [] }: State): readonly string[] => [
  ...[Next, Default].filter((name) => name !== undefined),
  ...[...Choices, ...Catch].map((one) => one.Next),
];

const eventsOf = (state: State): number => {
  const { Type, ItemProcessor, Branches } = state;
  if (Type === 'Task') return eventsOfState + triesOf(state) * eventsOfTry + 1;
  if (ItemProcessor !== undefined) return 2 * eventsOfState + mostItemsIn(state) * (eventsOfRound + longestWay(ItemProcessor));
  if (Branches !== undefined) return 2 * eventsOfState + Branches.reduce((total, branch) => total + longestWay(branch), 0);
  return eventsOfState;
};

/** An error takes one retrier, so the largest number of attempts counts. Three are the number of a retrier that does not say one. */
const triesOf = ({ Retry = [] }: State): number => 1 + Math.max(0, ...Retry.map(({ MaxAttempts = 3 }) => MaxAttempts));
