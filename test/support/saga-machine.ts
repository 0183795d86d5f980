import { StateMachine } from 'aws-local-stepfunctions';
import { toSagaCall } from '../../adapters/lambda/saga-events.ts';
import type { SagaTaskRequest } from '../../core/sagas/ports.ts';
import type { Definition } from '../../lib/saga-definition.ts';
import type { Ending, Script } from './saga-scripts.ts';

export interface Ran {
  /** What was asked for, one after the other. */
  readonly asked: readonly string[];
  /** Those of them of which it was said that they had been tried before. The last command never says that it was not. */
  readonly again: readonly string[];
  readonly output: Readonly<Record<string, unknown>>;
  /** How often a function was called, failing tries too. */
  readonly calls: number;
}

/** What a state machine sends to its function. */
type SagaTask = Omit<SagaTaskRequest, 'does'> & { readonly does: string };

/** What is to be said of each failure, and who looks at the data that leave each state, and at what each task gets. */
interface Watched {
  readonly cause?: string;
  readonly onData?: (state: string, data: unknown) => void;
  readonly onTask?: (payload: object) => void;
  /** What a step that is done leaves in the machine's data: the context after a step that learns. */
  readonly taught?: (call: SagaTaskRequest) => object | undefined;
  /** The answers to what the machine asks of the definition. */
  readonly decides?: (call: SagaTaskRequest) => object;
}

/** Runs a state machine, each task of which ends as the script says. Nothing waits. */
export const runMachine = async (
  definition: Definition,
  input: object,
  { endings }: Script,
  tries: number,
  { cause, onData, onTask, taught = () => undefined, decides }: Watched = {},
): Promise<Ran> => {
  const asked: string[] = [];
  const again: string[] = [];
  const left = new Map(Object.entries(endings).map(([id, all]) => [id, [...all]]));
  const failures = new Map<string, number>();
  let calls = 0;
  const unscripted = Promise.withResolvers<never>();
  const handler = async ({ Payload: task }: { readonly Payload: SagaTask }): Promise<object> => {
    onTask?.(task);
    // The look for a late answer finds none.
    if (task.does === 'look') throw named('TimedOut', `${task.step} was not answered in time`);
    calls += 1;
    // Inside of a branch this interpreter takes the branch's input for the execution's.
    const call = toSagaCall({ ...task, input: { ...input, ...task.input } });
    if (call.does === 'decide' && decides !== undefined) {
      calls -= 1;
      return decides(call);
    }
    const id = idOfCall(call);
    const ending = left.get(id)?.[0];
    if (ending === undefined) {
      unscripted.reject(named('NotInTheScript', id));
      return new Promise(() => {}); // An answer would be followed by retries for months.
    }
    const failed = (failures.get(id) ?? 0) + 1;
    failures.set(id, failed);
    if (isRetried(ending) && failed <= tries) answer(ending, cause);
    failures.delete(id);
    left.get(id)?.shift();
    asked.push(id);
    if (call.isRetry && call.does !== 'abort') again.push(id);
    const answered = answer(ending, cause);
    return ending === 'done' && call.does === 'send' ? (taught(call) ?? answered) : answered;
  };
  const tasks = taskNames(definition);
  const running = machineOf(definition).run(input as never, {
    overrides: {
      taskResourceLocalHandlers: Object.fromEntries(
        tasks.map((task) => [task, (payload: unknown) => handler(payload as never) as Promise<never>]),
      ),
      retryIntervalOverrides: Object.fromEntries(tasks.map((task) => [task, 0])),
    },
    // A retrier of this interpreter does not count: test/local/machines.test.ts, test/faults/sagas.test.ts.
    context: { Execution: { Name: 'execution', RedriveCount: 0 }, State: { RetryCount: 0 }, Task: { Token: 'token' } },
  });
  const ended = async (): Promise<unknown> => {
    if (onData !== undefined)
      for await (const log of running.eventLogs) if (log.type === 'StateExited') onData(log.state.name, log.state.output);
    return running.result;
  };
  return { asked, again, output: (await Promise.race([ended(), unscripted.promise])) as Record<string, unknown>, calls };
};

/** Made once: it is checked each time, which takes longer than to run it. */
const machineOf = (definition: Definition): StateMachine => {
  const known = machines.get(definition) ?? new StateMachine(definition as unknown as ConstructorParameters<typeof StateMachine>[0]);
  machines.set(definition, known);
  return known;
};
const machines = new WeakMap<Definition, StateMachine>();

const answer = (ending: Ending, cause = `because ${ending}`): object => {
  if (ending === 'done' || ending === 'again') return {};
  throw named({ failed: 'Lambda.Unknown', unanswered: 'States.Timeout' }[ending as string] ?? ending, ending === 'failed' ? stack : cause);
};
/** As Lambda tells an error of a function. */
const stack = JSON.stringify({ errorType: 'Error', errorMessage: 'a bug', trace: Array(25).fill(`at ${'x'.repeat(95)}`) });

/** The endings that are no answer. */
export const isRetried = (ending: Ending): boolean => ending === 'failed' || ending === 'unanswered';

const named = (name: string, message: string): Error => Object.assign(new Error(message), { name });

/** By the names of the interpreter that is the yardstick. */
const idOfCall = ({ does, step, index, state }: SagaTaskRequest): string => {
  const place = `${step}/${index}`;
  if (does === 'close') return 'Close';
  if (does === 'ask-operator')
    return `${state === 'Interrupted meanwhile?' ? 'Close' : state === 'Abort' ? state : state === step ? place : `Undo ${place}`} waits for an operator`;
  return does === 'abort' ? 'Abort' : `${does === 'undo' ? 'Undo ' : ''}${place}`;
};

/** The names of all tasks, those inside of maps and branches too. */
export const taskNames = ({ States }: Definition): readonly string[] =>
  Object.entries(States).flatMap(([name, state]) => {
    const inner = [state['ItemProcessor'], ...((state['Branches'] as readonly unknown[] | undefined) ?? [])].filter(
      (one) => one !== undefined,
    );
    return [...(state.Type === 'Task' ? [name] : []), ...inner.flatMap((one) => taskNames(one as Definition))];
  });
