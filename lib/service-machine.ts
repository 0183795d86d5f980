import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CfnElement, Duration, FileSystem, Stack, Validations } from 'aws-cdk-lib';
import { MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import { type Grant, type IGrantable, Role } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import {
  Choice,
  Condition,
  DefinitionBody,
  Errors,
  type IChainable,
  JsonPath,
  LogLevel,
  Map as MapState,
  StateMachine,
  Succeed,
  TaskInput,
} from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import { letUseOwnKey, underOwnKey } from './own-key.ts';
import { fiveMinutes } from './service-alarm.ts';
import { stageOf } from './stage.ts';
import { vendedLog } from './vended-log.ts';

export interface ServiceMachineProps {
  readonly does: IChainable;
  readonly timeout: Duration;
}

/** A state machine of the service. It is a Standard one, because it runs longer than a function may. It logs every step. */
export class ServiceMachine extends StateMachine {
  constructor(scope: Construct, id: string, { does, timeout }: ServiceMachineProps) {
    super(scope, id, { definitionBody: DefinitionBody.fromChainable(does), timeout, ...observed(scope, id) });
    acknowledgeStar(this);
    encrypt(this);
  }

  /** Also for the role by which a rule starts the machine. */
  override grantStartExecution(starter: IGrantable): Grant {
    const { grantPrincipal } = starter;
    if (grantPrincipal instanceof Role) letUseOwnKey(grantPrincipal, this);
    return super.grantStartExecution(starter);
  }
}

/** The number of executions of a machine that failed or timed out. */
export const endedBadly = (machine: StateMachine): MathExpression =>
  new MathExpression({
    expression: 'FILL(failed, 0) + FILL(late, 0)',
    usingMetrics: { failed: machine.metricFailed({ period: fiveMinutes }), late: machine.metricTimedOut({ period: fiveMinutes }) },
    period: fiveMinutes,
  });

/** The same with the executions that were stopped: a person has stopped them, or the service itself. */
export const stopped = (machine: StateMachine): MathExpression =>
  new MathExpression({
    expression: 'FILL(failed, 0) + FILL(late, 0) + FILL(stopped, 0)',
    usingMetrics: {
      failed: machine.metricFailed({ period: fiveMinutes }),
      late: machine.metricTimedOut({ period: fiveMinutes }),
      stopped: machine.metricAborted({ period: fiveMinutes }),
    },
    period: fiveMinutes,
  });

export interface WrittenMachineProps {
  /** The definition, in which `${name}` stands for a value that is known after the deployment. */
  readonly definition: string;
  readonly values: Readonly<Record<string, string>>;
  /** Whether the definition is a file of its own beside the template, which has room for 1 MB. */
  readonly isApart: boolean;
}

/**
 * A state machine of the service that is written in the Amazon States Language, without a timeout. Its role has no rights: the sagas give
 * them to all their machines together.
 */
export class WrittenMachine extends StateMachine {
  constructor(scope: Construct, id: string, { definition, values, isApart }: WrittenMachineProps) {
    const inTemplate = () => definition.replaceAll(/\$\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
    const definitions = isApart
      ? { definitionBody: fileOf(definition), definitionSubstitutions: { ...values } }
      : { definitionBody: DefinitionBody.fromString(inTemplate()) };
    super(scope, id, { ...definitions, ...observed(scope, id) });
    this.role.node.tryRemoveChild('DefaultPolicy');
    encrypt(this);
  }
}

/** The actions that deliver logs and send traces. They take no resource. */
export const observingActions: readonly string[] = [
  'logs:CreateLogDelivery',
  'logs:DeleteLogDelivery',
  'logs:DescribeLogGroups',
  'logs:DescribeResourcePolicies',
  'logs:GetLogDelivery',
  'logs:ListLogDeliveries',
  'logs:PutResourcePolicy',
  'logs:UpdateLogDelivery',
  'xray:GetSamplingRules',
  'xray:GetSamplingTargets',
  'xray:PutTelemetryRecords',
  'xray:PutTraceSegments',
];

const mostDefinitionBytes = 1024 ** 2;

/** @throws Error, if Step Functions would refuse the definition. `quotas.ts` measures those in the template only. */
const fileOf = (definition: string): DefinitionBody => {
  const bytes = Buffer.byteLength(definition);
  if (bytes > mostDefinitionBytes)
    throw new Error(
      `the definition of a state machine has ${bytes} bytes, and AWS accepts ${mostDefinitionBytes}: give the saga fewer steps`,
    );
  const file = join(FileSystem.mkdtemp('foldstream-machine-'), 'definition.asl.json');
  writeFileSync(file, definition);
  return DefinitionBody.fromFile(file);
};

/**
 * Options for a log of every step, and for traces. In a stage that keeps data the log names the steps without their data: it would keep
 * personal data longer than the executions do, and repeat the input with every step.
 */
const observed = (scope: Construct, id: string) => ({
  logs: {
    destination: vendedLog(scope, `${id}Log`, 'states'),
    level: LogLevel.ALL,
    includeExecutionData: !stageOf(scope).keepsData,
  },
  tracingEnabled: true,
});

const encrypt = (machine: StateMachine): void => {
  underOwnKey(machine);
  letUseOwnKey(machine.role, machine);
};

const acknowledgeStar = (machine: StateMachine): void => {
  const reason = 'The actions that deliver logs and send traces take no resource.';
  Validations.of(machine).acknowledge({ id: 'AwsSolutions-IAM5[Resource::*]', reason });
};

/** The input of a function: paths into the machine's data, by name. */
export type Paths = Readonly<Record<string, string>>;

const fromState = (paths: Paths) => Object.fromEntries(Object.entries(paths).map(([name, path]) => [name, JsonPath.objectAt(path)]));

export interface StepProps {
  readonly runs: IFunction;
  /** The name of the step in the function's input. */
  readonly step: string;
  readonly told: Paths;
  /** The path for the function's answer. Without it the answer is discarded. */
  readonly answersTo?: string;
}

/**
 * A state that invokes a function for one step. It retries failures for five hours, but not the errors that are a "no". So any step may be
 * done twice.
 */
export const step = (scope: Construct, name: string, { runs, step, told, answersTo }: StepProps): LambdaInvoke => {
  const arn = `<${Stack.of(scope).getLogicalId(runs.node.defaultChild as CfnElement)}.Arn>`;
  Validations.of(scope).acknowledge({
    id: `AwsSolutions-IAM5[Resource::${arn}:*]`,
    reason: 'The part after the colon is a version of this one function.',
  });
  const task = new LambdaInvoke(scope, name, {
    lambdaFunction: runs,
    payload: TaskInput.fromObject({ step, ...fromState(told) }),
    payloadResponseOnly: true,
    // CDK's own retries have no jitter, and cover only some errors.
    retryOnServiceExceptions: false,
    resultPath: answersTo ?? JsonPath.DISCARD,
  });
  task.addRetry({ errors: ['Incomplete', 'Invalid', 'NotFound'], maxAttempts: 0 });
  task.addRetry({
    errors: [Errors.ALL],
    interval: Duration.seconds(1),
    backoffRate: 2,
    maxDelay: Duration.minutes(10),
    // Ten tries in a quarter of an hour, then one each ten minutes. Without jitter, which would halve the time.
    maxAttempts: 40,
  });
  return task;
};

export interface SegmentsProps extends Omit<StepProps, 'answersTo'> {
  /** The path of the list of segments. */
  readonly of: string;
  /** The verb in the names of the loop's states: `Fill`, `Audit`. */
  readonly verb: string;
  /** The path for the last answer of each segment. Without it the answers are discarded. */
  readonly answersTo?: string;
  /** The progress of a segment at the start. Default: that of an audit. */
  readonly begins?: Readonly<Record<string, unknown>>;
}

/** Handles the segments of the log in parallel. For each segment it repeats one step until the step says that the segment is done. */
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

/** Paths to the loop's own input. */
const ofItself = (names: readonly string[]): Paths => Object.fromEntries(names.map((name) => [name, `$.${name}`]));

const nothingDone = { streams: 0, missing: 0, parked: 0, ahead: 0, isDone: false };
