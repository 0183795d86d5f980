import { maxItems } from '../core/sagas/saga.ts';

/** What of a definition in the Amazon States Language counts for the history of an execution. */
interface State {
  readonly Type: string;
  readonly Comment?: string;
  readonly Retry?: readonly { readonly ErrorEquals: readonly string[]; readonly MaxAttempts?: number }[];
  readonly Parameters?: { readonly Payload?: { readonly does?: unknown } };
  readonly ItemProcessor?: Machine;
  readonly Branches?: readonly Machine[];
}
export interface Machine {
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

/**
 * The largest number of history events of an execution in which each task needs its last try, and every step is done and then undone. It
 * leaves out what operators do.
 */
export const worstHistory = (machine: Machine): number => eventsOfState + within(machine);

const within = ({ States }: Machine): number => Object.values(States).reduce((total, state) => total + eventsOf(state), 0);

const eventsOf = (state: State): number => {
  const { Type, Parameters, ItemProcessor, Branches } = state;
  if (Type === 'Task') return Parameters?.Payload?.does === 'wait' ? 0 : eventsOfState + triesOf(state) * eventsOfTry + 1;
  if (ItemProcessor !== undefined) return 2 * eventsOfState + mostItemsIn(state) * (eventsOfRound + within(ItemProcessor));
  if (Branches !== undefined) return 2 * eventsOfState + Branches.reduce((total, branch) => total + within(branch), 0);
  return eventsOfState;
};

/** An error takes one retrier, so the largest number of attempts counts. Three are the number of a retrier that does not say one. */
const triesOf = ({ Retry = [] }: State): number => 1 + Math.max(0, ...Retry.map(({ MaxAttempts = 3 }) => MaxAttempts));
