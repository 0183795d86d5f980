import { type CfnElement, Duration, Stack, Validations } from 'aws-cdk-lib';
import { MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import {
  Choice,
  Condition,
  DefinitionBody,
  Errors,
  type IChainable,
  JitterType,
  JsonPath,
  LogLevel,
  Map as MapState,
  StateMachine,
  Succeed,
  TaskInput,
} from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import { fiveMinutes } from './service-alarm.ts';
import { vendedLog } from './vended-log.ts';

export interface ServiceMachineProps {
  readonly does: IChainable;
  readonly timeout: Duration;
}

/** One of the service's state machines: Standard, because it outlives a function, with a log of every step. */
export class ServiceMachine extends StateMachine {
  constructor(scope: Construct, id: string, { does, timeout }: ServiceMachineProps) {
    super(scope, id, { definitionBody: DefinitionBody.fromChainable(does), timeout, ...observed(scope, id) });
    acknowledgeStar(this);
  }
}

/** How many executions of a machine have come to no good end: they failed, or their time was up. */
export const endedBadly = (machine: StateMachine): MathExpression =>
  new MathExpression({
    expression: 'FILL(failed, 0) + FILL(late, 0)',
    usingMetrics: { failed: machine.metricFailed({ period: fiveMinutes }), late: machine.metricTimedOut({ period: fiveMinutes }) },
    period: fiveMinutes,
  });

/** A state machine of the service that is written down in the Amazon States Language, and takes its time. */
export class WrittenMachine extends StateMachine {
  constructor(scope: Construct, id: string, definition: string) {
    super(scope, id, { definitionBody: DefinitionBody.fromString(definition), ...observed(scope, id) });
    acknowledgeStar(this);
  }
}

/** A log of every step, and traces. */
const observed = (scope: Construct, id: string) => ({
  logs: { destination: vendedLog(scope, `${id}Log`, 'states'), level: LogLevel.ALL, includeExecutionData: true },
  tracingEnabled: true,
});

const acknowledgeStar = (machine: StateMachine): void => {
  const reason = 'Logs are delivered, and traces sent, by actions that take no resource.';
  Validations.of(machine).acknowledge({ id: 'AwsSolutions-IAM5[Resource::*]', reason });
};

/** What a function is told, by name: paths into the machine's state. */
export type Paths = Readonly<Record<string, string>>;

const fromState = (paths: Paths) => Object.fromEntries(Object.entries(paths).map(([name, path]) => [name, JsonPath.objectAt(path)]));

export interface StepProps {
  readonly runs: IFunction;
  /** What the function knows the step by. */
  readonly step: string;
  readonly told: Paths;
  /** Where its answer is put; absent: nowhere. */
  readonly answersTo?: string;
}

/**
 * A state that has a function do a step. What fails is tried again for some minutes, with full jitter; an error that says "no"
 * is not. Any step may be done twice.
 */
export const step = (scope: Construct, name: string, { runs, step, told, answersTo }: StepProps): LambdaInvoke => {
  const arn = `<${Stack.of(scope).getLogicalId(runs.node.defaultChild as CfnElement)}.Arn>`;
  Validations.of(scope).acknowledge({
    id: `AwsSolutions-IAM5[Resource::${arn}:*]`,
    reason: 'What comes after the colon is a version of this one function.',
  });
  const task = new LambdaInvoke(scope, name, {
    lambdaFunction: runs,
    payload: TaskInput.fromObject({ step, ...fromState(told) }),
    payloadResponseOnly: true,
    // It would retry without jitter, and only some of what can happen.
    retryOnServiceExceptions: false,
    resultPath: answersTo ?? JsonPath.DISCARD,
  });
  task.addRetry({ errors: ['Incomplete', 'Invalid', 'NotFound'], maxAttempts: 0 });
  task.addRetry({
    errors: [Errors.ALL],
    interval: Duration.seconds(1),
    backoffRate: 2,
    maxDelay: Duration.seconds(60),
    maxAttempts: 8,
    jitterStrategy: JitterType.FULL,
  });
  return task;
};

export interface SegmentsProps extends Omit<StepProps, 'answersTo'> {
  /** Where the list of segments is. */
  readonly of: string;
  /** What the loop is about: `Fill`, `Audit`. */
  readonly verb: string;
  /** Where the last answers are put, one for each segment; absent: nowhere. */
  readonly answersTo?: string;
  /** The progress of a segment before anything is done; absent: that of an audit. */
  readonly begins?: Readonly<Record<string, unknown>>;
}

/** Segments of the log side by side; of each, one step for a while, again and again until it says that the segment is done. */
export const everySegment = (
  scope: Construct,
  { of, verb, runs, step: name, told, answersTo, begins = nothingDone }: SegmentsProps,
): MapState => {
  const isDone = new Choice(scope, `${verb}: to the end?`);
  const again = step(scope, `${verb} for a while`, {
    runs,
    step: name,
    told: ofItself([...Object.keys(told), 'segment', 'progress']),
    answersTo: '$.progress',
  });
  const end = new Succeed(scope, `${verb}: done`, { outputPath: '$.progress' });
  isDone.when(Condition.booleanEquals('$.progress.isDone', true), end).otherwise(again);
  return new MapState(scope, `${verb} every segment`, {
    itemsPath: of,
    itemSelector: { ...fromState({ ...told, segment: '$$.Map.Item.Value' }), progress: begins },
    resultPath: answersTo ?? JsonPath.DISCARD,
  }).itemProcessor(again.next(isDone));
};

/** What the loop was told is where it was put. */
const ofItself = (names: readonly string[]): Paths => Object.fromEntries(names.map((name) => [name, `$.${name}`]));

const nothingDone = { streams: 0, missing: 0, parked: 0, ahead: 0, isDone: false };
