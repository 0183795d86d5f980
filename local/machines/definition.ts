// What the interpreter, aws-local-stepfunctions, is given in place of the deployed definition. It does the data flow, the
// choices, the loops, retries and catchers; what it has no word for, or keeps in a clock of its own, is a task of ours.

/** A state machine in Amazon States Language, with JSONPath. */
export interface Definition {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
  readonly TimeoutSeconds?: number;
}

export type State = Readonly<Record<string, unknown>> & { readonly Type: string };

/** A state that something has to be done for. */
export interface Task {
  readonly state: string;
  readonly does: 'invoke' | 'invoke-and-wrap' | 'wait';
  /** The answer comes by a callback with the task's token. */
  readonly awaitsCallback: boolean;
  /** The function, where its ARN is the resource. */
  readonly functionArn?: string;
  readonly timeoutSeconds?: number;
  readonly heartbeatSeconds?: number;
}

export interface Runnable {
  /** For the interpreter. */
  readonly definition: Definition;
  readonly tasks: readonly Task[];
  /** The states that have a retrier. */
  readonly retryable: readonly string[];
  readonly timeoutSeconds?: number | undefined;
}

/** Stands where the token of a task will be. */
export const tokenPlaceholder = '\u0000task token\u0000';
/** Stands where it will be said how often the task was tried again. */
export const retriesPlaceholder = '\u0000retries\u0000';

/**
 * The interpreter limits every task, to a minute if nothing else is said, with one timer of Node. This is longer than an execution is left
 * to one run of the interpreter, and short enough for a timer.
 */
const noTimeoutSeconds = 2_000_000;
/** A run of the interpreter is replaced after this time by another one, from the journal. So a task may wait for any time. */
export const longestRunMilliseconds = 1_500_000 * 1000;

/** @throws Error that names what the definition asks for and the local system does not know. */
export const toRunnable = (definition: Definition, timeScale: number): Runnable => {
  demandKnown(definition);
  const states = allStates(definition);
  return {
    definition: { StartAt: definition.StartAt, States: rewritten(definition.States, timeScale) },
    tasks: states.flatMap(([name, state]) => (state.Type === 'Task' || state.Type === 'Wait' ? [toTask(name, state)] : [])),
    retryable: states.flatMap(([name, { Retry }]) => (Retry === undefined ? [] : [name])),
    timeoutSeconds: definition.TimeoutSeconds,
  };
};

const toTask = (name: string, state: State): Task => {
  if (state.Type === 'Wait') return { state: name, does: 'wait', awaitsCallback: false };
  const resource = String(state['Resource']);
  const { TimeoutSeconds: timeoutSeconds, HeartbeatSeconds: heartbeatSeconds } = state as {
    TimeoutSeconds?: number;
    HeartbeatSeconds?: number;
  };
  const limits = {
    ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
    ...(heartbeatSeconds === undefined ? {} : { heartbeatSeconds }),
  };
  if (/^arn:aws:lambda:[^:]*:[^:]*:function:/.test(resource))
    return { state: name, does: 'invoke', awaitsCallback: false, functionArn: resource, ...limits };
  const [, callback] = /^arn:aws:states:::lambda:invoke(\.waitForTaskToken)?$/.exec(resource) ?? [];
  return { state: name, does: 'invoke-and-wrap', awaitsCallback: callback !== undefined, ...limits };
};

const rewritten = (states: Definition['States'], timeScale: number): Definition['States'] =>
  Object.fromEntries(Object.entries(states).map(([name, state]) => [name, rewrittenState(state, timeScale)]));

const rewrittenState = (state: State, timeScale: number): State => {
  const { HeartbeatSeconds: _, Retry, ...rest } = state;
  const retried =
    Retry === undefined ? rest : { ...rest, Retry: (Retry as readonly Retrier[]).map((retrier) => sooner(retrier, timeScale)) };
  if (state.Type === 'Task') return { ...retried, TimeoutSeconds: noTimeoutSeconds } as State;
  if (state.Type === 'Wait') return waitAsTask(state);
  return Object.fromEntries(Object.entries(retried).map(([field, value]) => [field, nested(field, value, timeScale)])) as State;
};

const nested = (field: string, value: unknown, timeScale: number): unknown => {
  const inner = (machine: unknown) => ({ ...(machine as Definition), States: rewritten((machine as Definition).States, timeScale) });
  if (field === 'Branches') return (value as readonly unknown[]).map(inner);
  return field === 'ItemProcessor' || field === 'Iterator' ? inner(value) : value;
};

interface Retrier {
  readonly IntervalSeconds?: number;
  readonly MaxDelaySeconds?: number;
}

const sooner = ({ IntervalSeconds = 1, MaxDelaySeconds, ...retrier }: Retrier, timeScale: number): Retrier => ({
  ...retrier,
  IntervalSeconds: IntervalSeconds * timeScale,
  ...(MaxDelaySeconds === undefined ? {} : { MaxDelaySeconds: MaxDelaySeconds * timeScale }),
});

/** The interpreter would wait anew after a restart; as a task, the wait has a beginning that is on record. */
const waitAsTask = ({ Seconds, SecondsPath, Timestamp, TimestampPath, ...rest }: State): State =>
  ({
    ...rest,
    Type: 'Task',
    Resource: 'wait',
    Parameters: {
      ...(Seconds === undefined ? {} : { Seconds }),
      ...(SecondsPath === undefined ? {} : { 'Seconds.$': SecondsPath }),
      ...(Timestamp === undefined ? {} : { Timestamp }),
      ...(TimestampPath === undefined ? {} : { 'Timestamp.$': TimestampPath }),
    },
    ResultPath: null,
    TimeoutSeconds: noTimeoutSeconds,
  }) as State;

/** Every state, those inside loops and branches too. */
const allStates = (definition: Definition): readonly (readonly [string, State])[] =>
  Object.entries(definition.States).flatMap(([name, state]) => {
    const inner = [state['ItemProcessor'] ?? state['Iterator'] ?? [], state['Branches'] ?? []].flat() as unknown as readonly Definition[];
    return [[name, state] as const, ...inner.flatMap(allStates)];
  });

const taskFields = ['Resource', 'Parameters', 'TimeoutSeconds', 'HeartbeatSeconds'];
const flowFields = ['Type', 'Comment', 'Next', 'End', 'InputPath', 'OutputPath', 'ResultPath', 'ResultSelector', 'Retry', 'Catch'];
const fieldsOf: Readonly<Record<string, readonly string[]>> = {
  Choice: [...flowFields, 'Choices', 'Default'],
  Fail: [...flowFields, 'Error', 'ErrorPath', 'Cause', 'CausePath'],
  Map: [...flowFields, 'ItemProcessor', 'Iterator', 'ItemSelector', 'Parameters', 'ItemsPath', 'MaxConcurrency', 'MaxConcurrencyPath'],
  Parallel: [...flowFields, 'Branches', 'Parameters'],
  Pass: [...flowFields, 'Parameters', 'Result'],
  Succeed: flowFields,
  Task: [...flowFields, ...taskFields],
  // An InputPath of a wait would be lost, because the wait is made a task.
  Wait: ['Type', 'Comment', 'Next', 'End', 'Seconds', 'SecondsPath', 'Timestamp', 'TimestampPath'],
};

const resources = /^arn:aws:lambda:[^:]*:[^:]*:function:.+|^arn:aws:states:::lambda:invoke(\.waitForTaskToken)?$/;
const contextPath = /\$\$\.[A-Za-z.]*/g;
const knownContext =
  /^\$\$\.(Execution\.(Id|Name|Input|StartTime|RedriveCount)\b.*|State(\.RetryCount)?$|StateMachine\.(Id|Name)|Task\.Token|Map\.Item\.(Index|Value)\b.*)$/;
/** A replay would get another number; and the interpreter cannot tell a time limit of ours from a failed task. */
const unknownWords = ['States.UUID', 'States.MathRandom', 'States.TaskFailed'];

const demandKnown = (definition: Definition): void => {
  const text = JSON.stringify(definition);
  const complaints = [
    ...unknownWords.filter((word) => text.includes(word)),
    ...(text.match(contextPath) ?? []).filter((path) => !knownContext.test(path)),
    ...allStates(definition).flatMap(([name, state]) => complaintsAbout(name, state)),
  ];
  if (complaints.length > 0) throw new Error(`the local system does not know ${complaints.join(', ')} in a state machine`);
};

const complaintsAbout = (name: string, state: State): readonly string[] => {
  const fields = Object.keys(state).filter((field) => !(fieldsOf[state.Type] ?? []).includes(field));
  const { Mode } = (state['ItemProcessor'] as { ProcessorConfig?: { Mode?: string } } | undefined)?.ProcessorConfig ?? {};
  return [
    ...fields.map((field) => `${field} of '${name}'`),
    ...(Mode === undefined || Mode === 'INLINE' ? [] : [`the mode ${Mode} of '${name}'`]),
    ...(state.Type === 'Task' && !resources.test(String(state['Resource'])) ? [`the resource ${state['Resource']} of '${name}'`] : []),
    ...(isStateAskedFor(state) ? [`$$.State outside of the parameters of a task, in '${name}'`] : []),
    ...(JSON.stringify(state['ItemProcessor'] ?? state['Iterator'] ?? null).includes('$$.Map') ? [`$$.Map inside of '${name}'`] : []),
  ];
};

/** It is known when a task is done, and to the task alone. */
const isStateAskedFor = ({ Type, Parameters, ItemProcessor, Iterator: _, Branches, ...own }: State): boolean =>
  /\$\$\.State\b/.test(JSON.stringify(Type === 'Task' ? own : { Parameters, ...own }));
