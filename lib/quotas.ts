import { maxHistoryEvents, worstHistory } from './execution-history.ts';
import {
  attachmentsOf,
  bytesOf,
  charactersOf,
  countOf,
  eachOf,
  fields,
  generatedEnd,
  inlinePoliciesOf,
  jsonOf,
  list,
  type Measured,
  permissionsOf,
  readersOf,
  resourcesOf,
  type Size,
  sum,
  textOf,
  totals,
} from './sizes.ts';
import { nameLimits } from './worst-case.ts';

export interface Quota {
  /** `the environment of a function`: what has a size. */
  readonly of: string;
  readonly unit: string;
  /** The largest size that AWS accepts. */
  readonly most: number;
  readonly sizes: (stack: Measured) => readonly Size[];
  /** What to do about a larger one. */
  readonly remedy: string;
}

const kilobyte = 1024;
const split = 'Divide the domain: a part of it becomes a service of its own.';
const fewer = (what: string): string => `Use fewer or shorter ${what}, or divide the domain: a part of it becomes a service of its own.`;

/**
 * The quotas of AWS that a larger domain comes near to, as AWS publishes them. None of them can be raised, except those of the rules of a
 * bus and the routes of an API.
 */
export const quotas: readonly Quota[] = [
  {
    ...{ of: 'the template', unit: 'resources', most: 500, remedy: split },
    sizes: ({ template: { Resources } }) => [{ size: Object.keys(Resources).length }],
  },
  {
    ...{ of: 'the template', unit: 'parameters', most: 200, remedy: split },
    sizes: ({ template: { Parameters = {} } }) => [{ size: Object.keys(Parameters).length }],
  },
  {
    ...{ of: 'the template', unit: 'outputs', most: 200, remedy: split },
    sizes: ({ template: { Outputs = {} } }) => [{ size: Object.keys(Outputs).length }],
  },
  { of: 'the template', unit: 'bytes', most: kilobyte ** 2, remedy: split, sizes: ({ bytes }) => [{ size: bytes }] },
  {
    ...{ of: 'the environment of a function', unit: 'bytes', most: 4 * kilobyte, remedy: fewer('names of members and endpoints') },
    sizes: eachOf('AWS::Lambda::Function', ({ Environment }) =>
      sum(Object.entries(fields(fields(Environment)['Variables'])).map(([name, value]) => bytesOf(name) + bytesOf(String(value)))),
    ),
  },
  {
    ...{ of: 'the resource policy of a function', unit: 'bytes', most: 20 * kilobyte, remedy: 'Let fewer rules and routes invoke it.' },
    sizes: (stack) => totals(permissionsOf(stack)),
  },
  {
    ...{ of: 'the inline policies of a role', unit: 'characters', most: 10_240, remedy: fewer('names of members') },
    sizes: (stack) => totals(inlinePoliciesOf(stack)),
  },
  {
    ...{ of: 'a managed policy', unit: 'characters', most: 6_144, remedy: fewer('names of members') },
    sizes: eachOf('AWS::IAM::ManagedPolicy', ({ PolicyDocument }) => charactersOf(PolicyDocument)),
  },
  {
    ...{ of: 'a role', unit: 'managed policies', most: 10, remedy: fewer('names of members') },
    sizes: (stack) => totals(attachmentsOf(stack)),
  },
  {
    ...{ of: 'the trust policy of a role', unit: 'characters', most: 2_048, remedy: 'Let fewer principals assume it.' },
    sizes: eachOf('AWS::IAM::Role', ({ AssumeRolePolicyDocument }) => charactersOf(AssumeRolePolicyDocument)),
  },
  {
    ...{ of: 'the definition of a state machine', unit: 'bytes', most: kilobyte ** 2, remedy: 'Give the saga fewer steps.' },
    sizes: eachOf('AWS::StepFunctions::StateMachine', ({ DefinitionString }) => bytesOf(textOf(DefinitionString))),
  },
  {
    ...{ of: 'the history of an execution', unit: 'events', most: maxHistoryEvents },
    remedy: 'Bound the lists of the saga in its context (`z.array(…).max(…)`), or give it fewer steps with a list.',
    sizes: eachOf('AWS::StepFunctions::StateMachine', ({ DefinitionString }) =>
      // The other machines are short, and repeat their steps as often as the log is long.
      textOf(DefinitionString).includes('.waitForTaskToken') ? worstHistory(JSON.parse(textOf(DefinitionString))) : 0,
    ),
  },
  {
    ...{ of: 'a resource policy of CloudWatch Logs', unit: 'characters', most: 5_120, remedy: 'Name logs by a prefix.' },
    sizes: eachOf('AWS::Logs::ResourcePolicy', ({ PolicyDocument }) => textOf(PolicyDocument).length),
  },
  {
    ...{ of: 'the account', unit: 'resource policies of CloudWatch Logs', most: 10, remedy: 'Join them: name logs by a prefix.' },
    sizes: countOf('AWS::Logs::ResourcePolicy'),
  },
  {
    ...{ of: 'a table', unit: 'global secondary indexes', most: 20, remedy: 'Declare fewer indexes, or make a second projection.' },
    sizes: eachOf('AWS::DynamoDB::GlobalTable', ({ GlobalSecondaryIndexes }) => list(GlobalSecondaryIndexes).length),
  },
  {
    ...{ of: 'the resource policy of a table', unit: 'bytes', most: 20 * kilobyte, remedy: 'Let fewer roles append.' },
    sizes: eachOf('AWS::DynamoDB::GlobalTable', ({ Replicas }) =>
      Math.max(0, ...list(Replicas).map((replica) => bytesOf(jsonOf(fields(fields(replica)['ResourcePolicy'])['PolicyDocument'])))),
    ),
  },
  {
    ...{ of: 'the stream of a table', unit: 'readers', most: 2, remedy: 'Listen to the bus of the relay (`Subscription`) instead.' },
    sizes: (stack) => totals(readersOf(stack)),
  },
  {
    ...{ of: 'the policy of a bucket', unit: 'bytes', most: 20 * kilobyte, remedy: 'Name fewer principals.' },
    sizes: eachOf('AWS::S3::BucketPolicy', ({ PolicyDocument }) => bytesOf(jsonOf(PolicyDocument))),
  },
  {
    ...{ of: 'the pattern of a rule', unit: 'characters', most: 2_048, remedy: 'Use several rules, or a pattern of the source alone.' },
    sizes: eachOf('AWS::Events::Rule', ({ EventPattern }) => jsonOf(EventPattern).length),
  },
  {
    ...{ of: 'a rule', unit: 'targets', most: 5, remedy: 'Use several rules.' },
    sizes: eachOf('AWS::Events::Rule', ({ Targets }) => list(Targets).length),
  },
  { of: 'a bus', unit: 'rules', most: 300, remedy: 'Let one rule select several types.', sizes: countOf('AWS::Events::Rule') },
  { of: 'the API', unit: 'routes', most: 300, remedy: 'Use a route with a parameter.', sizes: countOf('AWS::ApiGatewayV2::Route') },
  {
    ...{ of: 'an alarm', unit: 'metrics', most: 10, remedy: 'Make several alarms.' },
    sizes: eachOf('AWS::CloudWatch::Alarm', ({ Metrics }) => list(Metrics).filter((one) => 'MetricStat' in fields(one)).length),
  },
  {
    ...{ of: 'the expression of an alarm', unit: 'characters', most: 2_048, remedy: 'Make several alarms.' },
    sizes: eachOf('AWS::CloudWatch::Alarm', ({ Metrics }) =>
      Math.max(0, ...list(Metrics).map((one) => textOf(fields(one)['Expression']).length)),
    ),
  },
  {
    ...{ of: 'the name of a state machine', unit: 'characters', most: nameLimits['AWS::StepFunctions::StateMachine'] ?? 0 },
    ...{ remedy: 'Give the saga a shorter name: CloudFormation would cut it, and the functions could not tell it.' },
    sizes: ({ template }) =>
      resourcesOf(template, 'AWS::StepFunctions::StateMachine').flatMap(([of, { Properties = {} }]) =>
        Properties['StateMachineName'] === undefined ? [{ of, size: of.length + generatedEnd }] : [],
      ),
  },
];
