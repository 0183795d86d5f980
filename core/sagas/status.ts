import type { Failures, SagaInput } from './ports.ts';
import { reasonOf } from './reason.ts';
import { type AnySaga, definitionsOf, lateState, revisionOf } from './saga.ts';

/** One entry of an execution's history, in order. */
export type SagaMoment =
  | { readonly state: string; readonly is: 'entered' }
  | { readonly state: string; readonly is: 'left'; readonly output: unknown };

/** An execution as its state machine reports it. Times are ISO 8601. */
export interface SagaExecution {
  readonly name: string;
  readonly status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED' | 'PENDING_REDRIVE';
  readonly startedAt: string;
  readonly endedAt?: string;
  readonly input: SagaInput;
  /** The machine's data at the end. */
  readonly output?: unknown;
  /** Why it stopped, if it failed, timed out or was aborted. */
  readonly error?: string;
  readonly moments: readonly SagaMoment[];
}

export interface SagaExecutions {
  /** The execution of a saga's machine that this event started; undefined if it started none. */
  of(machine: string, eventId: string): Promise<SagaExecution | undefined>;
}

/** Counts by step. */
export type Times = Readonly<Record<string, number>>;

/** The status of a saga. */
export interface SagaStatus {
  /** A `stuck` saga waits for an operator; a `failed` saga stopped half-way and can be redriven. */
  readonly status: 'running' | 'stuck' | 'completed' | 'aborted' | 'failed';
  /** The states that it is in. */
  readonly current: readonly string[];
  readonly done: Times;
  readonly undone: Times;
  /** The branch that each choice led to; absent if the saga has chosen none. */
  readonly chosen?: Readonly<Record<string, string>>;
  /** Why it aborts, aborted or failed. */
  readonly reason?: string;
}

/** The definition that an execution runs; the newest if the code no longer has it. */
export const definitionIn = (saga: AnySaga, { revision = 1 }: SagaInput): AnySaga =>
  definitionsOf(saga).find((one) => revisionOf(one) === revision) ?? saga;

/** The status of an execution, computed from its history. */
export const sagaStatus = (newest: AnySaga, { status, moments, output, error, input }: SagaExecution): SagaStatus => {
  const saga = definitionIn(newest, input);
  const left = moments.flatMap((moment) => (moment.is === 'left' ? [moment] : []));
  const entered = count(moments.flatMap(({ state, is }) => (is === 'entered' ? [state] : [])));
  const leftTimes = count(left.map((moment) => moment.state));
  const current = Object.keys(entered).filter((state) => (entered[state] ?? 0) > (leftTimes[state] ?? 0));
  const steps = Object.keys(saga.steps);
  const ended = left.flatMap(({ state, output: data }) => (steps.includes(state) && failedIn(data, state) === undefined ? [state] : []));
  const looks = count(
    left.flatMap(({ state, output: data }) => steps.filter((step) => state === lateState(step) && failedIn(data, step) === undefined)),
  );
  // A step whose time is up counts only if the look for its answer ended well, and a step that waited for an operator only afterwards.
  const done = Object.entries(count(ended)).map(
    ([step, times]) => [step, times + (looks[step] ?? 0) - (entered[lateState(step)] ?? 0) - (entered[waiting(step)] ?? 0)] as const,
  );
  const undone = steps.map((step) => [step, (leftTimes[`Undo ${step}`] ?? 0) - (entered[waiting(`Undo ${step}`)] ?? 0)] as const);
  const failures = failuresIn(output) ?? left.map((moment) => failuresIn(moment.output)).findLast((one) => one !== undefined);
  const chosen = chosenIn(left.map((moment) => moment.output).findLast(waysIn));
  const reason = failures === undefined ? error : reasonOf(failures);
  return {
    status: overall(status, entered, current),
    current: status === 'RUNNING' ? current.filter((state) => !isFrame(saga, state)) : [],
    done: Object.fromEntries(done.filter(([, times]) => times > 0)),
    undone: Object.fromEntries(undone.filter(([, times]) => times > 0)),
    ...(Object.keys(chosen).length === 0 ? {} : { chosen }),
    ...(reason === undefined ? {} : { reason }),
  };
};

/** What the machine has asked of its definition, by step. */
type Ways = Readonly<Record<string, { readonly choose?: { readonly way: string } }>>;
const waysIn = (data: unknown): Ways | undefined =>
  typeof data === 'object' && data !== null ? (data as { readonly ways?: Ways }).ways : undefined;
const chosenIn = (data: unknown): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(waysIn(data) ?? {}).flatMap(([step, { choose }]) => (choose === undefined ? [] : [[step, choose.way]])),
  );

const overall = (status: SagaExecution['status'], entered: Times, current: readonly string[]): SagaStatus['status'] => {
  if (status === 'SUCCEEDED') return entered['Aborted'] === undefined ? 'completed' : 'aborted';
  if (status !== 'RUNNING') return 'failed';
  return current.some((state) => state.endsWith(waitingEnd)) ? 'stuck' : 'running';
};

const waitingEnd = ' waits for an operator';
const waiting = (state: string): string => `${state}${waitingEnd}`;

/** A state that only contains other states, such as a loop. It says nothing about where the saga is. */
const isFrame = ({ steps }: AnySaga, state: string): boolean =>
  !Object.hasOwn(steps, state) && !state.endsWith(waitingEnd) && !state.startsWith('Undo ') && state !== 'Abort';

const count = (names: readonly string[]): Times => {
  const times: Record<string, number> = {};
  for (const name of names) times[name] = (times[name] ?? 0) + 1;
  return times;
};

/** The failures in a state's data: one table by step, or a list of tables if several steps began together. */
const failuresIn = (data: unknown): readonly Failures[] | undefined => {
  const failed = typeof data === 'object' && data !== null ? (data as { failed?: Failures | readonly Failures[] }).failed : undefined;
  const found = ([failed ?? []].flat() as readonly Failures[]).filter((one) => Object.keys(one).length > 0);
  return found.length > 0 ? found : undefined;
};

const failedIn = (data: unknown, step: string): unknown => failuresIn(data)?.find((one) => one[step] !== undefined);
