import { describe, expect, test } from '@jest/globals';
import { CfnOutput, Stack, Validations } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { AwsQuotas, excessesIn } from '../../lib/aws-quotas.ts';
import { quotas } from '../../lib/quotas.ts';
import { type Template, worstCase } from '../../lib/worst-case.ts';
import { quickApp } from './synthesize.ts';

const x = (length: number): string => 'x'.repeat(length);
const many = <T>(count: number, one: (index: number) => T): T[] => Array.from({ length: count }, (_, index) => one(index));
const byName = <T>(count: number, one: T): Record<string, T> => Object.fromEntries(many(count, (index) => [`N${index}`, one]));
const resource = (Type: string, Properties: object) => ({ Resources: { It: { Type, Properties } } });
/** A value whose JSON has so many characters: `{"Statement":""}` has 16. */
const document = (length: number) => ({ Statement: x(length - 16) });
const role = { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: {} } };
const roles = [{ Ref: 'It' }];
const policy = (length: number) => ({ Type: 'AWS::IAM::Policy', Properties: { PolicyDocument: document(length), Roles: roles } });
const managed = { Type: 'AWS::IAM::ManagedPolicy', Properties: { PolicyDocument: {}, Roles: roles } };
const permission = (SourceArn: string) => ({
  Type: 'AWS::Lambda::Permission',
  Properties: { FunctionName: { Ref: 'It' }, Action: 'lambda:InvokeFunction', Principal: 'events.amazonaws.com', SourceArn },
});
const reader = { Type: 'AWS::Lambda::EventSourceMapping', Properties: { EventSourceArn: { 'Fn::GetAtt': ['It', 'StreamArn'] } } };
const metric = { Id: 'm', MetricStat: {} };

/** A template of each size, by the quota that it is about. `Output` is there where the size is of the whole template. */
const sized: Readonly<Record<string, (size: number) => object>> = {
  'the template (resources)': (size) => ({ Resources: byName(size, { Type: 'AWS::SNS::Topic' }) }),
  'the template (parameters)': (size) => ({ Resources: {}, Parameters: byName(size, { Type: 'String' }) }),
  'the template (outputs)': (size) => ({ Resources: {}, Outputs: byName(size, { Value: '' }) }),
  'the template (bytes)': (size) => ({ Resources: {}, Description: x(size - '{"Resources":{},"Description":""}'.length) }),
  'the environment of a function (bytes)': (size) =>
    resource('AWS::Lambda::Function', { Environment: { Variables: { A: 'bc', D: x(size - 4) } } }),
  'the resource policy of a function (bytes)': (size) => {
    const statement = { Sid: 'P', Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' }, Action: 'lambda:InvokeFunction' };
    const rest = {
      ...statement,
      Resource: `foldstream-It-${'X'.repeat(13)}`,
      Condition: { ArnLike: { 'AWS:SourceArn': '' }, StringEquals: {} },
    };
    return {
      Resources: {
        It: { Type: 'AWS::Lambda::Function' },
        P: permission(x(10_000)),
        Q: permission(x(size - 10_000 - 2 * JSON.stringify(rest).length)),
      },
    };
  },
  'the inline policies of a role (characters)': (size) => ({
    Resources: {
      It: { ...role, Properties: { Policies: [{ PolicyDocument: document(100) }] } },
      One: policy(5_000),
      Two: policy(size - 5_100),
    },
  }),
  'a managed policy (characters)': (size) => resource('AWS::IAM::ManagedPolicy', { PolicyDocument: document(size) }),
  'a role (managed policies)': (size) => ({
    Resources: { It: { ...role, Properties: { ManagedPolicyArns: ['arn:one'] } }, ...byName(size - 1, managed) },
  }),
  'the trust policy of a role (characters)': (size) => resource('AWS::IAM::Role', { AssumeRolePolicyDocument: document(size) }),
  // The template has 1 MB as well, so a part of the definition is three times the same parameter.
  'the definition of a state machine (bytes)': (size) => ({
    Parameters: { Part: { Default: x(300_000) } },
    ...resource('AWS::StepFunctions::StateMachine', {
      DefinitionString: { 'Fn::Join': ['', [...many(3, () => ({ Ref: 'Part' })), x(size - 900_000)]] },
    }),
  }),
  'the history of an execution (events)': (size) => {
    // Two for the beginning and the end; three for a task, and three for each of its tries; two for any other state.
    const passes = (2 * (size - 5)) % 3;
    const tries = (size - 5 - 2 * passes) / 3;
    const task = { Type: 'Task', Resource: 'x.waitForTaskToken', Retry: [{ MaxAttempts: 0 }, { MaxAttempts: tries - 1 }] };
    const States = {
      task: { ...task, Next: '0' },
      ...Object.fromEntries(many(passes, (index) => [index, { Type: 'Pass', Next: `${index + 1}` }])),
    };
    return resource('AWS::StepFunctions::StateMachine', { DefinitionString: JSON.stringify({ StartAt: 'task', States }) });
  },
  'a resource policy of CloudWatch Logs (characters)': (size) => resource('AWS::Logs::ResourcePolicy', { PolicyDocument: x(size) }),
  'the account (resource policies of CloudWatch Logs)': (size) => ({
    Resources: byName(size, { Type: 'AWS::Logs::ResourcePolicy', Properties: { PolicyDocument: '{}' } }),
  }),
  'a table (global secondary indexes)': (size) =>
    resource('AWS::DynamoDB::GlobalTable', { GlobalSecondaryIndexes: many(size, () => ({})) }),
  'the resource policy of a table (bytes)': (size) =>
    resource('AWS::DynamoDB::GlobalTable', { Replicas: [{}, { ResourcePolicy: { PolicyDocument: document(size) } }] }),
  'the stream of a table (readers)': (size) => ({
    Resources: { It: { Type: 'AWS::DynamoDB::GlobalTable', Properties: {} }, ...byName(size, reader) },
  }),
  'the policy of a bucket (bytes)': (size) => resource('AWS::S3::BucketPolicy', { PolicyDocument: document(size) }),
  'the pattern of a rule (characters)': (size) => resource('AWS::Events::Rule', { EventPattern: document(size) }),
  'a rule (targets)': (size) => resource('AWS::Events::Rule', { Targets: many(size, () => ({})) }),
  'a bus (rules)': (size) => ({ Resources: byName(size, { Type: 'AWS::Events::Rule', Properties: {} }) }),
  'the API (routes)': (size) => ({ Resources: byName(size, { Type: 'AWS::ApiGatewayV2::Route', Properties: {} }) }),
  'an alarm (metrics)': (size) => resource('AWS::CloudWatch::Alarm', { Metrics: [{ Expression: 'm' }, ...many(size, () => metric)] }),
  'the expression of an alarm (characters)': (size) => resource('AWS::CloudWatch::Alarm', { Metrics: [metric, { Expression: x(size) }] }),
  'the name of a state machine (characters)': (size) => ({
    Resources: { [x(size - 13)]: { Type: 'AWS::StepFunctions::StateMachine', Properties: {} } },
  }),
};

describe('every quota is met at its edge:', () => {
  const rows = quotas.map((quota) => [`${quota.of} (${quota.unit})`, quota] as const);
  const saysOf = (template: object) => excessesIn(JSON.stringify(template), 'foldstream').map(({ says }) => says);

  test.each(rows)('%s', (name, { of, unit, most, remedy }) => {
    const template = sized[name] ?? (() => ({}));
    expect(saysOf(template(most))).toEqual([]);
    const beyond = excessesIn(JSON.stringify(template(most + 1)), 'foldstream');
    const [size, limit] = [most + 1, most].map((one) => one.toLocaleString('en-US'));
    expect(beyond.map(({ says }) => says)).toEqual([`${of} has ${size} ${unit}, and AWS accepts ${limit}`]);
    expect(beyond[0]?.remedy).toBe(remedy);
    expect(remedy).toMatch(/\.$/);
  });

  test('each has its template', () => expect(Object.keys(sized).sort()).toEqual(rows.map(([name]) => name).sort()));
});

test('a name that is known after the deployment counts as long as it can be', () => {
  const Resources = {
    Table: { Type: 'AWS::DynamoDB::GlobalTable' },
    Named: { Type: 'AWS::DynamoDB::GlobalTable', Properties: { TableName: 'orders' } },
    Machine: { Type: 'AWS::StepFunctions::StateMachine' },
    Function: { Type: 'AWS::Lambda::Function' },
    Bucket: { Type: 'AWS::S3::Bucket' },
    Queue: { Type: 'AWS::SQS::Queue' },
  };
  const resolve = worstCase({ Resources, Parameters: { Given: { Default: 'given' }, Open: {} } } as Template, 'shop-prod');
  const [place, end] = ['us-isof-south-1:000000000000', 'X'.repeat(13)];
  const table = `shop-prod-Table-${end}`;
  expect(
    resolve({
      text: ['a', 1, true, null],
      table: { Ref: 'Table' },
      named: { Ref: 'Named' },
      arn: { 'Fn::GetAtt': ['Table', 'Arn'] },
      stream: { 'Fn::GetAtt': 'Table.StreamArn' },
      machine: { Ref: 'Machine' },
      bucket: { 'Fn::GetAtt': ['Bucket', 'Arn'] },
      queue: { Ref: 'Queue' },
      joined: { 'Fn::Join': ['/', ['a', { Ref: 'AWS::StackName' }, { Ref: 'Given' }]] },
      ending: { 'Fn::Select': [1, { 'Fn::Split': ['Table-', { Ref: 'Table' }] }] },
      // biome-ignore lint/suspicious/noTemplateCurlyInString: that is how CloudFormation writes them.
      replaced: { 'Fn::Sub': ['${Table} ${Table.Arn} ${own} ${!literal}', { own: { Ref: 'Given' } }] },
      absent: { Ref: 'AWS::NoValue' },
      list: [{ Ref: 'AWS::NoValue' }, 'a'],
    }),
  ).toEqual({
    text: ['a', 1, true, null],
    table,
    named: 'orders',
    arn: `arn:aws-us-gov:dynamodb:${place}:stateMachine/${table}`,
    stream: `arn:aws-us-gov:dynamodb:${place}:stateMachine/${table}/stream/${x(24)}`,
    machine: `arn:aws-us-gov:states:${place}:stateMachine:Machine-${end}`,
    bucket: `arn:aws-us-gov:s3:::shop-prod-Bucket-${end}`,
    queue: `https://sqs.us-isof-south-1.amazonaws.com.cn/000000000000/shop-prod-Queue-${end}`,
    joined: 'a/shop-prod/given',
    ending: end,
    replaced: `${table} arn:aws-us-gov:dynamodb:${place}:stateMachine/${table} given \${literal}`,
    list: ['a'],
  });
  for (const unknown of [{ Ref: 'Open' }, { 'Fn::ImportValue': 'x' }, { 'Fn::Select': [7, ['a']] }]) expect(resolve(unknown)).toBe(x(256));
  expect(resolve({ 'Fn::GetAtt': ['Function', 'Version'] })).toBe(x(128));
  expect(worstCase({ Resources } as Template, x(128))({ Ref: 'Function' })).toHaveLength(64);
});

describe('the synthesis', () => {
  const withOutputs = (count: number) => {
    const app = quickApp();
    const stack = new Stack(app, 'shop-prod');
    new Bucket(stack, 'Pictures');
    for (const index of many(count, (one) => one)) new CfnOutput(stack, `Output${index}`, { value: '1' });
    Validations.of(app).addPlugins(new AwsQuotas());
    return app;
  };

  test('ends well within the quotas', () => expect(() => withOutputs(200).synth()).not.toThrow());

  test('stops beyond one, and names the stack, the size, the quota and the remedy', () => {
    const synth = () => withOutputs(201).synth();
    expect(synth).toThrow('the template has 201 outputs, and AWS accepts 200');
    expect(synth).toThrow('shop-prod');
    expect(synth).toThrow('Divide the domain');
  });
});
