import { AsyncLocalStorage } from 'node:async_hooks';
import { type Definition, type Runnable, retriesPlaceholder, type Task, tokenPlaceholder } from './definition.ts';
import type { Happening, Json } from './happening.ts';

type Library = typeof import('aws-local-stepfunctions');

/** One line of a machine: the machine itself, a branch, or one round of a loop. Its states run one after the other. */
interface Strand {
  readonly path: string;
  tasks: number;
  branches: number;
  /** The last task's answer is from before a restart. */
  replays: boolean;
  /** The task that has failed last, and how often in a row: it comes up again because of its retrier. */
  failed: { readonly state: string; readonly times: number } | undefined;
}

/** What the states of an execution can ask about it. */
export interface ExecutionFacts {
  readonly arn: string;
  readonly name: string;
  readonly machineArn: string;
  readonly machineName: string;
  readonly startedAt: string;
  readonly redrives: number;
  /** The tasks that were begun before a restart, and not answered: what is done of them now is another try. */
  readonly underWay: ReadonlySet<string>;
  readonly input: Json;
}

/** A task, as it comes up: `place` is the same at every replay. */
export interface Call {
  readonly task: Task;
  readonly place: string;
  readonly input: Json;
}

/** How a task goes: `replayed` if its answer was on record. @throws Failure */
export type Perform = (call: Call) => Promise<{ readonly output: Json; readonly replayed: boolean }>;

/** An error of a state machine, by the name that retriers and catchers know. */
export class Failure extends Error {
  readonly isRetryable: boolean;
  readonly isCatchable: boolean;
  readonly replayed: boolean;

  constructor(name: string, cause: string, { isFinal = false, replayed = false } = {}) {
    super(cause);
    this.name = name;
    this.isRetryable = !isFinal;
    this.isCatchable = !isFinal;
    this.replayed = replayed;
  }
}

export interface Interpretation {
  /** The output. @throws Failure */
  readonly result: Promise<Json>;
  /** What happens, as the interpreter tells it; ends soon after the result. */
  readonly events: AsyncIterable<Happening>;
  /** Ends pauses, loops and branches. */
  readonly abort: () => void;
}

export interface Interpreter {
  /** @throws Error, if the definition is not valid. */
  validate(definition: Definition): void;
  run(runnable: Runnable, facts: ExecutionFacts, perform: Perform): Interpretation;
}

/** Loads the library, which takes a moment and which only a stack with state machines needs. */
export const loadInterpreter = async (): Promise<Interpreter> => {
  const library: Library = await import('aws-local-stepfunctions');
  findingNothing(await import('jsonpath-plus'));
  const run = tellingBranchesApart(library);
  return {
    // The validator writes into what it is given.
    validate: (definition) => void new library.StateMachine(structuredClone(definition) as never),
    run: (runnable, facts, perform) => interpret(library, run, { runnable, facts, perform }),
  };
};

const strands = new AsyncLocalStorage<Strand>();
const strand = (path: string): Strand => ({ path, tasks: 0, branches: 0, replays: false, failed: undefined });

type Run = Library['StateMachine']['prototype']['run'];
const originals = new WeakMap<object, Run>();

/**
 * The library runs each branch, and each round of a loop, as a machine of its own, begun in order, and tells its tasks
 * nothing of it. A task's place in the machine is what its answer is found by after a restart, so the runs are numbered here.
 */
const tellingBranchesApart = ({ StateMachine: { prototype } }: Library): Run => {
  const known = originals.get(prototype);
  if (known !== undefined) return known;
  const { run } = prototype;
  originals.set(prototype, run);
  prototype.run = function numbered(...args) {
    const parent = strands.getStore();
    if (parent === undefined) return run.apply(this, args);
    return strands.run(strand(`${parent.path}${parent.branches++}.`), () => run.apply(this, args));
  };
  return run;
};

const patched = new WeakSet<object>();

/** A path with a wildcard that finds nothing is an empty list on AWS. The library takes it for a path that leads nowhere: an error. */
const findingNothing = ({ JSONPath: { prototype } }: typeof import('jsonpath-plus')): void => {
  if (patched.has(prototype)) return;
  patched.add(prototype);
  const { evaluate } = prototype;
  prototype.evaluate = function orEmpty(...args: [never]) {
    const found = evaluate.apply(this, args);
    return found === undefined && /\[\*\]|\.\*|\.\./.test(String((args[0] as { path?: unknown }).path)) ? [] : found;
  };
};

const interpret = (
  { StateMachine, ExecutionError }: Library,
  run: Run,
  { runnable, facts, perform }: { readonly runnable: Runnable; readonly facts: ExecutionFacts; readonly perform: Perform },
): Interpretation => {
  const machine = new StateMachine(inContext(runnable.definition) as never, { validationOptions: { noValidate: true } });
  const options = {
    context: contextOf(facts),
    overrides: {
      taskResourceLocalHandlers: Object.fromEntries(runnable.tasks.map((task) => [task.state, handlerOf(task, facts, perform)])),
      retryIntervalOverrides: noPauseInReplay(runnable.retryable),
    },
  };
  const { result, eventLogs, abort } = strands.run(strand(''), () => run.call(machine, facts.input as never, options as never));
  const failed = (error: unknown): never => {
    throw error instanceof ExecutionError ? error.cause : error;
  };
  return { result: result.catch(failed) as Promise<Json>, events: eventLogs as AsyncIterable<Happening>, abort };
};

const handlerOf =
  (task: Task, { underWay }: ExecutionFacts, perform: Perform) =>
  async (input: Json) => {
    const here = strands.getStore() as Strand;
    const place = `${here.path}${here.tasks++}`;
    const retries = here.failed?.state === task.state ? here.failed.times : 0;
    try {
      const { output, replayed } = await perform({ task, place, input: withRetries(input, retries + (underWay.has(place) ? 1 : 0)) });
      Object.assign(here, { replays: replayed, failed: undefined });
      return output;
    } catch (error) {
      Object.assign(here, { replays: error instanceof Failure && error.replayed, failed: { state: task.state, times: retries + 1 } });
      throw error;
    }
  };

const withRetries = (input: Json, retries: number): Json =>
  JSON.parse(JSON.stringify(input), (_, value) => (value === retriesPlaceholder ? retries : value)) as Json;

/** Asked at each failure: the pause before a retry that was made before a restart is over. */
const noPauseInReplay = (states: readonly string[]): object =>
  Object.defineProperties(
    {},
    Object.fromEntries(states.map((name) => [name, { enumerable: true, get: () => (strands.getStore()?.replays ? 0 : undefined) }])),
  );

const contextOf = ({ arn, name, machineArn, machineName, startedAt, redrives, input }: ExecutionFacts) => ({
  Execution: { Id: arn, Name: name, RedriveCount: redrives },
  Begin: { Input: input, StartTime: startedAt },
  StateMachine: { Id: machineArn, Name: machineName },
  State: { RetryCount: retriesPlaceholder },
  Task: { Token: tokenPlaceholder },
});

/** Inside a branch the library takes the branch's input for the execution's, and its own time for the start. */
const inContext = (definition: Definition): Definition =>
  JSON.parse(JSON.stringify(definition).replaceAll(/\$\$\.Execution\.(?=Input|StartTime)/g, '$$$$.Begin.')) as Definition;
