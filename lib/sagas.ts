import { ArnFormat, Aws, type CfnElement, type CfnResource, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import { AttributeType, Billing, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { IEventBus } from 'aws-cdk-lib/aws-events';
import { ManagedPolicy, Policy, PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import type { Function as Lambda } from 'aws-cdk-lib/aws-lambda';
import { Construct, type IConstruct } from 'constructs';
import { isInterruptible } from '../core/sagas/interruption.ts';
import { noticesTo, sagaPublicationName } from '../core/sagas/publication.ts';
import { type AnySaga, definitionsOf, machineName } from '../core/sagas/saga.ts';
import { bundlesApart } from './bundle-options.ts';
import type { EventStore } from './event-store.ts';
import { namesInFull } from './generated-names.ts';
import { noticePattern } from './notice-pattern.ts';
import { underOwnKey } from './own-key.ts';
import { sagaDefinition } from './saga-definition.ts';
import { sagaOutcomes } from './saga-outcomes.ts';
import { functionSeconds } from './saga-tasks.ts';
import { serviceAlarm } from './service-alarm.ts';
import type { ServiceApi } from './service-api.ts';
import { ServiceFunction } from './service-function.ts';
import { observingActions, stopped, WrittenMachine, type WrittenMachineProps } from './service-machine.ts';
import { serviceMetric } from './service-metric.ts';
import { Subscription } from './subscription.ts';

export interface SagasProps {
  readonly of: readonly AnySaga[];
  readonly listensTo: IEventBus;
  readonly appendsTo: EventStore;
  readonly api: ServiceApi;
}

/**
 * A state machine for each saga, and the functions that all sagas share: one starts them, one does their steps, one listens for the events
 * that they wait for, and one answers queries.
 */
export class Sagas extends Construct {
  private readonly table: TableV2;
  private readonly machines: Readonly<Record<string, WrittenMachine>>;
  /** Whether events may interrupt a saga, in any revision that may run. */
  private readonly isInterruptible: boolean;
  /** Whether at most one run of a saga has a key. */
  private readonly isUnique: boolean;

  constructor(scope: Construct, id: string, { of: sagas, listensTo, appendsTo, api }: SagasProps) {
    super(scope, id);
    this.isInterruptible = sagas.flatMap(definitionsOf).some(isInterruptible);
    this.isUnique = sagas.some(({ unique }) => unique !== undefined);
    this.table = new TableV2(this, 'Waiting', {
      partitionKey: { name: 'stream', type: AttributeType.STRING },
      sortKey: { name: 'waiting', type: AttributeType.STRING },
      timeToLiveAttribute: 'expires',
      billing: Billing.onDemand(),
      // The only record of the steps that wait: without its row a step does not hear of its event, and times out.
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      removalPolicy: RemovalPolicy.DESTROY,
    });
    underOwnKey(this.table);
    const step = this.step(appendsTo, listensTo);
    this.machines = this.machinesOf(sagas, step);
    this.allowMachines(step);
    this.grantAnswer('StepAnswers', step);
    this.starter(sagas, listensTo, appendsTo);
    this.listener(sagas, listensTo, appendsTo);
    this.queries(api, appendsTo);
  }

  /** For the tools of the command line. */
  get outputs(): { readonly SagaTable: string; readonly SagaMachines: string } {
    return { SagaTable: this.table.tableName, SagaMachines: this.machineArns };
  }

  /** For the dashboard. */
  get outcomes(): readonly IMetric[] {
    const more = [
      ...(this.isInterruptible ? [serviceMetric(this, 'sagasNotInterrupted')] : []),
      ...(this.isUnique ? [serviceMetric(this, 'sagasNotUnique')] : []),
    ];
    return [...sagaOutcomes(this, Object.values(this.machines)), ...more];
  }

  /** For the function that continues the tasks that an earlier release did not know. */
  grantContinue(steward: Lambda): void {
    this.grantTable(steward, 'dynamodb:Query', 'dynamodb:DeleteItem');
    steward.addToRolePolicy(this.answering()); // No machine depends on this function, so no circle is possible.
  }

  /** The function that does the steps. It appends, as the command API does. */
  private step(appendsTo: EventStore, bus: IEventBus): Lambda {
    const step = new ServiceFunction(new Construct(this, 'Step'), 'Function', { runs: 'saga-step', timeoutSeconds: functionSeconds });
    appendsTo.grantAppend(step);
    this.grantTable(step, 'dynamodb:Query', 'dynamodb:PutItem', 'dynamodb:DeleteItem');
    // For the notices to stop an execution. This function cannot stop it itself: it does not know the machines, which refer to it.
    bus.grantPutEventsTo(step);
    step.addEnvironment('EVENT_BUS', bus.eventBusArn);
    serviceAlarm(this, 'A saga waits for an operator', {
      says: 'A step could not be undone, or it is not known whether the last step was done, or the code does not know a step. The saga waits.',
      metric: serviceMetric(this, 'sagasWaiting'),
    });
    return step;
  }

  /** The definitions are files of their own if the template has no room for them. CloudFormation changes neither form into a new machine. */
  private machinesOf(sagas: readonly AnySaga[], step: Lambda): Readonly<Record<string, WrittenMachine>> {
    // The CDK's tokens for values that are known after the deployment would be text in a file.
    const definitions = sagas.map((saga) => [saga, JSON.stringify(sagaDefinition(saga, variable('Step'), variable('Partition')))] as const);
    const bytes = definitions.reduce((total, [, definition]) => total + definition.length, 0);
    const isApart = bytes > mostBytesInTemplate && this.node.tryGetContext(bundlesApart) === undefined;
    const values = { Step: step.functionArn, Partition: Aws.PARTITION };
    const machines = definitions.map(
      ([saga, definition]) => [machineName(saga), this.machine(saga, { definition, values, isApart })] as const,
    );
    return Object.fromEntries(machines);
  }

  private machine(saga: AnySaga, props: WrittenMachineProps): WrittenMachine {
    const machine = new WrittenMachine(this, machineName(saga), props);
    serviceAlarm(machine, 'A saga stopped half way', {
      of: saga.name,
      says: 'Its state machine failed, timed out or was stopped. What the saga had done is neither finished nor undone.',
      metric: stopped(machine),
    });
    return machine;
  }

  /**
   * One policy for the roles of all machines. A policy for each would be one of the 500 resources that a stack may have. Each machine keeps
   * a role of its own: an execution that is under way keeps the role that it was started with.
   */
  private allowMachines(step: Lambda): void {
    const machines = Object.values(this.machines);
    const rights = new Policy(this, 'MachineRights', {
      roles: machines.map(({ role }) => role),
      statements: [
        new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [step.functionArn] }),
        new PolicyStatement({ actions: [...observingActions], resources: ['*'] }),
      ],
    });
    Validations.of(rights).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'The actions that deliver logs and send traces take no resource.',
    });
    for (const machine of machines)
      (machine.node.defaultChild as CfnResource).addResourceDependency(rights.node.defaultChild as CfnResource);
  }

  private starter(sagas: readonly AnySaga[], bus: IEventBus, log: EventStore): void {
    const starter = new ServiceFunction(new Construct(this, 'Starter'), 'Function', { runs: 'saga-starter', timeoutSeconds: 30 });
    log.grantRead(starter);
    for (const machine of Object.values(this.machines)) machine.grantStartExecution(starter);
    if (this.isUnique) {
      this.grantTable(starter, 'dynamodb:Query', 'dynamodb:PutItem');
      for (const machine of Object.values(this.machines)) this.grantExecutions(machine, starter, 'states:DescribeExecution');
    }
    this.introduceMachines(starter);
    this.subscribe('Starts', starter, { bus, types: noticesTo(sagas).starter });
  }

  private listener(sagas: readonly AnySaga[], bus: IEventBus, log: EventStore): void {
    const listener = new ServiceFunction(new Construct(this, 'Listener'), 'Function', { runs: 'saga-listener', timeoutSeconds: 30 });
    log.grantRead(listener);
    this.grantTable(listener, 'dynamodb:Query', 'dynamodb:DeleteItem', ...(this.isInterruptible ? ['dynamodb:PutItem'] : []));
    this.grantAnswer('ListenerAnswers', listener);
    this.grantStop(listener);
    this.introduceMachines(listener);
    this.subscribe('Answers', listener, { bus, types: noticesTo(sagas).listener });
  }

  private queries(api: ServiceApi, log: EventStore): void {
    const queries = new ServiceFunction(new Construct(this, 'Query'), 'Function', { runs: 'saga-queries', timeoutSeconds: 10 });
    log.grantRead(queries);
    for (const machine of Object.values(this.machines))
      this.grantExecutions(machine, queries, 'states:DescribeExecution', 'states:GetExecutionHistory');
    if (this.isInterruptible || this.isUnique) this.grantTable(queries, 'dynamodb:Query');
    this.introduceMachines(queries);
    api.introduceTo(queries);
    api.serve(this, 'saga-queries', new HttpLambdaIntegration('Integration', queries));
  }

  private subscribe(id: string, invokes: Lambda, { bus, types }: { readonly bus: IEventBus; readonly types: readonly string[] }): void {
    if (types.length === 0) return;
    new Subscription(this, id, { to: bus, pattern: noticePattern(sagaPublicationName, types), invokes });
  }

  /** A separate policy avoids a circle: a function depends on its own policy, and the machines depend on the function. */
  private grantAnswer(id: string, answerer: Lambda): void {
    new Policy(this, id, { roles: answerer.role === undefined ? [] : [answerer.role], statements: [this.answering()] });
  }

  private answering(): PolicyStatement {
    const actions = ['states:SendTaskSuccess', 'states:SendTaskFailure'];
    return new PolicyStatement({ actions, resources: Object.values(this.machines).map(({ stateMachineArn }) => stateMachineArn) });
  }

  /** Managed policies, each for as many machines as it has room for: the listener's role has no room for them beside its other rights. */
  private grantStop(listener: Lambda): void {
    const machines = Object.values(this.machines);
    for (let begin = 0; begin < machines.length; begin += machinesInPolicy) {
      const part = machines.slice(begin, begin + machinesInPolicy);
      const policy = new ManagedPolicy(this, `Stops${begin === 0 ? '' : begin}`, {
        roles: listener.role === undefined ? [] : [listener.role],
        statements: [new PolicyStatement({ actions: ['states:StopExecution'], resources: part.map(executionsOf) })],
      });
      for (const machine of part) this.acknowledgeExecutions(machine, policy);
    }
  }

  /** Looking at runs, and acting on those that are stuck, by the command line. One ARN stands for a machine and its executions. */
  grantOperate(operator: Role): void {
    this.table.grant(operator, 'dynamodb:Query', 'dynamodb:DeleteItem', ...(this.isUnique ? ['dynamodb:PutItem'] : []));
    const machines = Object.values(this.machines);
    for (let begin = 0; begin < machines.length; begin += machinesInPolicy) {
      const part = machines.slice(begin, begin + machinesInPolicy);
      const policy = new ManagedPolicy(this, `OperatorRights${begin === 0 ? '' : begin}`, {
        roles: [operator],
        statements: [new PolicyStatement({ actions: operatorActions, resources: part.map(machineAndExecutions) })],
      });
      for (const machine of part)
        Validations.of(policy).acknowledge({
          id: `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:*:${nameInFinding(machine)}*]`,
          reason: 'A machine and its executions. The name of a machine ends in random characters, so no other name begins so.',
        });
    }
  }

  private grantExecutions(machine: WrittenMachine, user: Lambda, ...actions: string[]): void {
    machine.grantExecution(user, ...actions);
    this.acknowledgeExecutions(machine, user.role ?? user);
  }

  private acknowledgeExecutions(machine: WrittenMachine, rights: IConstruct): void {
    Validations.of(rights).acknowledge({
      id: `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:execution:${nameInFinding(machine)}:*]`,
      reason: 'These are the executions of one saga. Their names derive from events, so they are not known at synthesis.',
    });
  }

  /** Sets `SAGA_TABLE`: the table's name. */
  private grantTable(user: Lambda, ...actions: string[]): void {
    this.table.grant(user, ...actions);
    user.addEnvironment('SAGA_TABLE', this.table.tableName);
  }

  /** Sets `SAGA_MACHINES`: in JSON, the ARN of each saga's machine. For many sagas: `SAGA_MACHINE_ENDINGS`. */
  private introduceMachines(user: Lambda): void {
    const names = Object.entries(this.machines).map(([key, construct]) => ({ key, construct, name: construct.stateMachineArn }));
    const before = `arn:${Aws.PARTITION}:states:${Aws.REGION}:${Aws.ACCOUNT_ID}:stateMachine:`;
    // A name has 80 characters, and a generated ending takes 13 of them.
    const most = { mostBytes: 2048, longestId: 67 };
    const full = namesInFull({ in: this, names, before, variable: 'SAGA_MACHINE_ENDINGS', ...most }, user);
    user.addEnvironment('SAGA_MACHINES', Stack.of(this).toJsonString(Object.fromEntries(full.map(({ key, name }) => [key, name]))));
  }

  /** JSON: the ARN of each saga's machine, by the name that the saga had first. */
  private get machineArns(): string {
    const arns = Object.entries(this.machines).map(([name, { stateMachineArn }]) => [name, stateMachineArn]);
    return Stack.of(this).toJsonString(Object.fromEntries(arns));
  }
}

/** The executions of a machine. */
const executionsOf = (machine: WrittenMachine): string => {
  const { resourceName } = Stack.of(machine).splitArn(machine.stateMachineArn, ArnFormat.COLON_RESOURCE_NAME);
  const resource = { service: 'states', resource: 'execution', resourceName: `${resourceName}:*` };
  return Stack.of(machine).formatArn({ ...resource, arnFormat: ArnFormat.COLON_RESOURCE_NAME });
};

const machineAndExecutions = (machine: WrittenMachine): string => {
  const { resourceName } = Stack.of(machine).splitArn(machine.stateMachineArn, ArnFormat.COLON_RESOURCE_NAME);
  const resource = { service: 'states', resource: '*', resourceName: `${resourceName}*` };
  return Stack.of(machine).formatArn({ ...resource, arnFormat: ArnFormat.COLON_RESOURCE_NAME });
};

/** The machine's name, taken out of its ARN in the form that a finding of cdk-nag has. */
const nameInFinding = (machine: WrittenMachine): string => {
  const arn = { Ref: Stack.of(machine).getLogicalId(machine.node.defaultChild as CfnElement) };
  return JSON.stringify({ 'Fn::Select': [6, { 'Fn::Split': [':', arn] }] });
};

/** What `es sagas` does. */
const operatorActions = [
  ...['states:DescribeExecution', 'states:GetExecutionHistory', 'states:ListExecutions'],
  ...['states:StartExecution', 'states:RedriveExecution', 'states:SendTaskSuccess', 'states:SendTaskFailure'],
];

/** A managed policy has room for 6,144 characters, and the ARN of a machine's executions takes up to 144. */
const machinesInPolicy = 40;

/** In a definition: a value that is known after the deployment. */
const variable = (name: string): string => `\${${name}}`;

/** The definitions of some twenty sagas. The template has room for 1 MB, and the tables of 200 projections take a third of it. */
const mostBytesInTemplate = 200 * 1024;
