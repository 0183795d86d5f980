import { setMaxListeners } from 'node:events';
import { pause } from '../waiting.ts';
import { isTooLarge, maxDataBytes } from './data-limit.ts';
import { type Runnable, type Task, tokenPlaceholder } from './definition.ts';
import type { Happening, Json } from './happening.ts';
import { type Call, type ExecutionFacts, Failure, type Interpreter } from './interpreter.ts';
import type { Answer, Ending, Journal } from './journal.ts';

export interface ExecutionProps {
  readonly journal: Journal;
  readonly runnable: Runnable;
  readonly facts: ExecutionFacts;
  readonly interpreter: Interpreter;
  /** Does a task once. Never rejects. */
  readonly invoke: (task: Task, input: Json) => Promise<Answer>;
  /** How long a second is, in seconds of this machine's clock. */
  readonly timeScale: number;
  readonly onEnd: (ending: Ending) => void;
  /** Told what happens, once, however often the execution is interrupted. */
  readonly onHappening: (happening: Happening) => void;
}

/** A run of a machine, from its beginning or, after a restart, from its journal. */
export interface Running {
  /** False if no task waits for that answer any more. The answer is on record when this returns. */
  answer(place: string, answer: Answer): boolean;
  heartbeat(place: string): boolean;
  abort(error: string | undefined, cause: string | undefined): void;
  /** Stops without an ending, to be taken up again. */
  suspend(): Promise<void>;
}

/**
 * Runs an execution. The answers of its tasks are on record, so a run that was interrupted goes through the same states once
 * more, takes the recorded answers instead of doing the tasks again, and goes on where there is none. A task that was under
 * way when the process ended is done again, as it is on AWS after a lost response.
 */
export const runExecution = (props: ExecutionProps): Running => {
  const { journal, facts, interpreter, runnable } = props;
  const ending = new AbortController();
  setMaxListeners(0, ending.signal);
  const callbacks = callbacksOf(journal);
  const context: TaskContext = { ...props, ...callbacks, signal: ending.signal };
  const { result, events, abort } = interpreter.run(runnable, facts, (call) => perform(call, context));

  ending.signal.addEventListener('abort', abort);
  const end = (how: Omit<Ending, 'at'>): void => {
    if (journal.ending !== undefined || ending.signal.aborted) return;
    journal.write({ type: 'ended', at: new Date().toISOString(), ...how });
    ending.abort();
    props.onEnd(journal.ending as unknown as Ending);
  };
  const exceed = ({ state }: Happening) => {
    const { name, message } = tooLarge(state?.name ?? '');
    end({ status: 'FAILED', error: name, cause: message });
  };
  const told = record(props, namingWaits(events, runnable), { signal: ending.signal, exceed });
  const done = finish(result, told, end);
  limit(runnable, context, () => end({ status: 'TIMED_OUT', error: 'States.Timeout' }));
  return {
    answer: callbacks.answer,
    heartbeat: callbacks.heartbeat,
    abort: (error, cause) =>
      end({ status: 'ABORTED', ...(error === undefined ? {} : { error }), ...(cause === undefined ? {} : { cause }) }),
    suspend: async () => {
      ending.abort();
      await done;
    },
  };
};

interface Callbacks {
  readonly answer: Running['answer'];
  readonly heartbeat: Running['heartbeat'];
  /** Resolves once the place has an answer. */
  readonly answered: (place: string) => Promise<void>;
  readonly lastHeartbeat: (place: string) => number;
}

interface TaskContext extends ExecutionProps, Callbacks {
  readonly signal: AbortSignal;
}

const callbacksOf = (journal: Journal): Callbacks => {
  const waiting = new Map<string, () => void>();
  const heartbeats = new Map<string, number>();
  const isOpen = (place: string) => journal.ending === undefined && journal.entered.has(place) && !journal.answers.has(place);
  return {
    answer: (place, answer) => {
      if (!isOpen(place)) return false;
      journal.write({ type: 'answered', place, state: '', answer });
      waiting.get(place)?.();
      return true;
    },
    heartbeat: (place) => {
      if (isOpen(place)) heartbeats.set(place, Date.now());
      return isOpen(place);
    },
    answered: (place) =>
      new Promise((resolve) => {
        if (journal.answers.has(place)) resolve();
        else waiting.set(place, resolve);
      }),
    lastHeartbeat: (place) => heartbeats.get(place) ?? 0,
  };
};

const stopped = () => new Failure('Stopped', 'the execution does not go on', { isFinal: true });

const tooLarge = (state: string) =>
  new Failure('States.DataLimitExceeded', `the data of '${state}' have more than ${maxDataBytes} bytes`, { isFinal: true });

const perform = async (call: Call, context: TaskContext): Promise<{ readonly output: Json; readonly replayed: boolean }> => {
  const { journal, signal } = context;
  const { place, task } = call;
  if (isTooLarge(call.input)) throw tooLarge(task.state);
  const replayed = journal.answers.has(place);
  if (!replayed && !signal.aborted) {
    const answer = await unlessAborted(doTask(call, context), signal);
    if (answer !== undefined && !journal.answers.has(place) && !signal.aborted)
      journal.write({ type: 'answered', place, state: task.state, answer });
  }
  if (signal.aborted) throw stopped();
  const { answer } = journal.answers.get(place) as { answer: Answer };
  if ('output' in answer && isTooLarge(answer.output)) throw tooLarge(task.state);
  if ('output' in answer) return { output: answer.output, replayed };
  throw new Failure(answer.error, answer.cause, { replayed });
};

/** What the task comes to; nothing, if the answer is on record already. */
const doTask = (call: Call, context: TaskContext): Promise<Answer | undefined> => {
  if (call.task.does === 'wait') return waitFor(call, context);
  return call.task.awaitsCallback ? askAndAwait(call, context) : invokeInTime(call, context);
};

const timedOut: Answer = { error: 'States.Timeout', cause: '' };

const invokeInTime = async ({ task, input }: Call, { invoke, timeScale }: TaskContext): Promise<Answer> => {
  const over = new AbortController();
  const limit = task.timeoutSeconds === undefined ? [] : [timeUp(Date.now() + task.timeoutSeconds * 1000 * timeScale, over.signal)];
  const answer = await Promise.race([invoke(task, input), ...limit]);
  over.abort();
  return answer ?? timedOut;
};

/** Until a time, or for a number of seconds: what is left of it when the wait begins is as long as a test says. */
const waitFor = async ({ place, input }: Call, context: TaskContext): Promise<Answer> => {
  const { Seconds, Timestamp } = input as { readonly Seconds?: number; readonly Timestamp?: string };
  const begun = enter(place, context);
  const left = Seconds === undefined ? Date.parse(Timestamp ?? '') - begun : Seconds * 1000;
  await timeUp(begun + left * context.timeScale, context.signal);
  return { output: null };
};

/** Sends the token to the function once, and waits for an answer with that token. The first answer counts. */
const askAndAwait = async ({ task, place, input }: Call, context: TaskContext): Promise<Answer | undefined> => {
  const { journal, facts, invoke, signal } = context;
  const begun = enter(place, context);
  const over = new AbortController();
  signal.addEventListener('abort', () => over.abort(), { once: true });
  const told = journal.asked.has(place) ? Promise.resolve(undefined) : invoke(task, withToken(input, tokenOf(facts.arn, place)));
  const refused = told.then((answer) => {
    if (answer !== undefined && 'error' in answer) return answer;
    if (answer !== undefined && !over.signal.aborted) journal.write({ type: 'asked', place });
    return new Promise<never>(() => {});
  });
  const returned = told.then(() => Date.now());
  const answer = await Promise.race([context.answered(place), refused, deadline({ task, place, begun, returned }, context, over.signal)]);
  over.abort();
  return answer ?? undefined;
};

interface Asked {
  readonly task: Task;
  readonly place: string;
  readonly begun: number;
  /** When the function did. */
  readonly returned: Promise<number>;
}

/** A function takes the time that it takes; what is left of the limit after that is as long as a test says. */
const deadline = async (
  { task, place, begun, returned }: Asked,
  { timeScale, lastHeartbeat }: TaskContext,
  signal: AbortSignal,
): Promise<Answer> => {
  const { timeoutSeconds = Number.POSITIVE_INFINITY, heartbeatSeconds = Number.POSITIVE_INFINITY } = task;
  const limit = begun + timeoutSeconds * 1000;
  const from = await Promise.race([returned, timeUp(limit, signal)]);
  if (from === undefined) return timedOut;
  const due = () =>
    Math.min(from + (limit - from) * timeScale, Math.max(begun, lastHeartbeat(place)) + heartbeatSeconds * 1000 * timeScale);
  while (Date.now() < due() && !signal.aborted) await timeUp(due(), signal);
  return timedOut;
};

/** When the task was begun, in milliseconds: before the restart, if there was one. */
const enter = (place: string, { journal }: TaskContext): number => {
  if (!journal.entered.has(place)) journal.write({ type: 'entered', place, at: new Date().toISOString() });
  return Date.parse(journal.entered.get(place) as string);
};

/** Names the execution and the place, so that it is the same after a restart. */
export const tokenOf = (executionArn: string, place: string): string =>
  Buffer.from(JSON.stringify([executionArn, place])).toString('base64url');

const withToken = (input: Json, token: string): Json =>
  JSON.parse(JSON.stringify(input).replaceAll(JSON.stringify(tokenPlaceholder).slice(1, -1), token)) as Json;

const timeUp = async (at: number, signal: AbortSignal): Promise<undefined> => {
  while (Date.now() < at && !signal.aborted) await pause(at - Date.now(), signal);
};

const unlessAborted = <T>(promise: Promise<T>, signal: AbortSignal): Promise<T | undefined> => {
  const { promise: aborted, resolve } = Promise.withResolvers<undefined>();
  if (signal.aborted) resolve(undefined);
  const done = () => resolve(undefined);
  signal.addEventListener('abort', done, { once: true });
  return Promise.race([promise, aborted]).finally(() => signal.removeEventListener('abort', done));
};

/** What happened before the restart happens once more in the replay, and is on record already. */
const record = async (
  { journal, onHappening }: ExecutionProps,
  events: AsyncIterable<Happening>,
  { signal, exceed }: { readonly signal: AbortSignal; readonly exceed: (happening: Happening) => void },
): Promise<void> => {
  const known = new Map<string, number>();
  for (const happening of journal.happenings) known.set(sameness(happening), (known.get(sameness(happening)) ?? 0) + 1);
  for await (const happening of events) {
    if (signal.aborted) continue;
    if ([happening.state?.input, happening.state?.output].some(isTooLarge)) exceed(happening);
    const times = known.get(sameness(happening)) ?? 0;
    if (times > 0) known.set(sameness(happening), times - 1);
    else {
      journal.write({ type: 'happened', happening });
      onHappening(happening);
    }
  }
};

/** A wait is a task to the interpreter. */
async function* namingWaits(events: AsyncIterable<Happening>, { tasks }: Runnable): AsyncIterable<Happening> {
  const waits = new Set(tasks.flatMap(({ does, state }) => (does === 'wait' ? [state] : [])));
  for await (const event of events)
    yield event.state !== undefined && waits.has(event.state.name) ? { ...event, state: { ...event.state, type: 'Wait' } } : event;
}

const sameness = ({ timestamp: _, ...happening }: Happening): string => JSON.stringify(happening);

const finish = async (result: Promise<Json>, told: Promise<void>, end: (how: Omit<Ending, 'at'>) => void): Promise<void> => {
  try {
    const output = await result;
    await told;
    end({ status: 'SUCCEEDED', output });
  } catch (error) {
    await told;
    end({ status: 'FAILED', error: (error as Error).name, cause: (error as Error).message });
  }
};

const limit = async ({ timeoutSeconds }: Runnable, context: TaskContext, end: () => void): Promise<void> => {
  if (timeoutSeconds === undefined) return;
  const { beginning, redrives } = context.journal;
  await timeUp(Date.parse(redrives.at(-1) ?? beginning.at) + timeoutSeconds * 1000 * context.timeScale, context.signal);
  if (!context.signal.aborted) end();
};
