import { describe, expect, test } from '@jest/globals';
import { Template } from 'aws-cdk-lib/assertions';
import { ServiceStack } from '../../lib/service-stack.ts';
import { domain } from '../depot/index.ts';
import { domain as withoutInboxes } from '../domain/index.ts';
import { permissionsIn } from './permissions.ts';
import { propertiesOf, quickApp } from './synthesize.ts';

const production = { stage: 'prod', issuer: 'https://issuer.example', audience: 'foldstream' };
const templateWith = (context: object = {}) =>
  Template.fromStack(new ServiceStack(quickApp({ ...production, ...context }), 'foldstream-test', { domain }));
const template = templateWith();

const rulesOf = (one: Template) =>
  propertiesOf(one, 'AWS::Events::Rule').filter(({ EventPattern }) => EventPattern?.source?.includes('orders'));

test('a rule brings the events that have rows from the bus of the inbox to its queue', () =>
  expect(rulesOf(template)).toMatchObject([
    {
      EventBusName: { Ref: expect.stringMatching('^Inboxesordersbus') },
      EventPattern: { source: ['orders'], 'detail-type': ['OrderPlaced.v1'] },
      Targets: [
        {
          Arn: { 'Fn::GetAtt': [expect.stringMatching('^InboxesordersqueueQueue'), 'Arn'] },
          DeadLetterConfig: { Arn: { 'Fn::GetAtt': [expect.stringMatching('^InboxesordersqueueDeadLetters'), 'Arn'] } },
        },
      ],
    },
  ]));

test('each inbox has a queue that keeps its messages for two weeks, and dead letters', () => {
  const queues = Object.entries(template.findResources('AWS::SQS::Queue')).filter(([id]) => /^Inboxes.*queue/.test(id));
  expect(queues.map(([id]) => id.replace(/[0-9A-F]{8}$/, ''))).toEqual([
    'InboxesordersqueueDeadLetters',
    'InboxesordersqueueQueue',
    'InboxestillqueueDeadLetters',
    'InboxestillqueueQueue',
    'InboxesstoresqueueDeadLetters',
    'InboxesstoresqueueQueue',
  ]);
  for (const [, { Properties, DeletionPolicy }] of queues) {
    expect([Properties.MessageRetentionPeriod, DeletionPolicy]).toEqual([14 * 24 * 3600, 'Retain']);
    if (Properties.RedrivePolicy !== undefined)
      expect(Properties).toMatchObject({ VisibilityTimeout: 360, RedrivePolicy: { maxReceiveCount: 240 } });
  }
});

test('the function takes batches, and reports the messages that it failed', () =>
  expect(
    propertiesOf(template, 'AWS::Lambda::EventSourceMapping')
      .filter(({ EventSourceArn }) => JSON.stringify(EventSourceArn).includes('Inboxes'))
      .map(({ BatchSize, FunctionResponseTypes, ScalingConfig }) => [BatchSize, FunctionResponseTypes, ScalingConfig.MaximumConcurrency]),
  ).toEqual([
    [10, ['ReportBatchItemFailures'], 20],
    [10, ['ReportBatchItemFailures'], 20],
    [10, ['ReportBatchItemFailures'], 20],
    [1, undefined, 100],
  ]));

test('the function may append, park and receive, and has no other right', () =>
  expect(
    permissionsIn(template)
      .filter(({ who, action }) => who === 'InboxesFunctionRole' && !/^(logs:|sts:|xray:)/.test(action))
      .map(({ action, resource }) => `${action} ${resource.split(':').at(-1)}`)
      .filter((right) => !right.startsWith('sqs:'))
      .sort(),
  ).toEqual([
    'dynamodb:DeleteItem table/EventStoreNames',
    'dynamodb:DeleteItem table/ParkedTable',
    'dynamodb:PutItem table/EventStoreEvents',
    'dynamodb:PutItem table/EventStoreNames',
    'dynamodb:PutItem table/ParkedTable',
    'dynamodb:Query table/EventStoreEvents',
    'dynamodb:Query table/ParkedTable',
  ]));

test('it knows which queue is of which inbox, and the outputs say where others send', () => {
  const [environment] = propertiesOf(template, 'AWS::Lambda::Function')
    .map(({ Environment }) => Environment?.Variables ?? {})
    .filter((variables) => 'INBOX_QUEUES' in variables);
  expect(JSON.stringify(environment?.['INBOX_QUEUES'])).toMatch(/orders.*InboxesordersqueueQueue.*till.*InboxestillqueueQueue/);
  const outputs = JSON.stringify(template.findOutputs('*'));
  expect(outputs).toMatch(/"InboxQueues":.*InboxestillqueueQueue/);
  expect(outputs).toMatch(/"InboxBuses":.*Inboxesordersbus/);
});

test('what an operator has tried again comes by a queue of its own', () =>
  expect(propertiesOf(template, 'AWS::Events::Rule').filter(({ EventPattern }) => EventPattern?.source?.includes('inboxes'))).toMatchObject(
    [{ EventBusName: { Ref: expect.stringMatching('^RelayBus') }, EventPattern: { 'detail-type': ['SendAgain'] } }],
  ));

describe('without a setting, no other account may send;', () => {
  const principalsOf = (one: Template, type: string) =>
    propertiesOf(one, type)
      .flatMap(({ PolicyDocument, Statement }) => PolicyDocument?.Statement ?? [Statement])
      .filter((statement) => statement?.Effect === 'Allow' && JSON.stringify(statement.Principal).includes(':iam:'))
      .map(({ Action, Principal }) => [[Action].flat().sort(), JSON.stringify(Principal).match(/\d{12}/g)]);

  test('none at all', () => {
    expect([principalsOf(template, 'AWS::SQS::QueuePolicy'), principalsOf(template, 'AWS::Events::EventBusPolicy')]).toEqual([[], []]);
  });

  const shared = templateWith({ inboxAccounts: 'till=111122223333 444455556666,orders=111122223333', ownKey: true });
  test('with it, those that it names, to their queue or bus', () => {
    expect(principalsOf(shared, 'AWS::SQS::QueuePolicy')).toEqual([
      [
        ['sqs:GetQueueUrl', 'sqs:SendMessage'],
        ['111122223333', '444455556666'],
      ],
    ]);
    expect(principalsOf(shared, 'AWS::Events::EventBusPolicy')).toEqual([[['events:PutEvents'], ['111122223333']]]);
  });
  test('and they may use the own key of the stage by the queue', () => {
    const [statement] = propertiesOf(shared, 'AWS::KMS::Key')
      .flatMap(({ KeyPolicy }) => KeyPolicy.Statement)
      .filter((one: object) => JSON.stringify(one).includes('kms:ViaService'));
    expect([statement.Action, JSON.stringify(statement.Principal).match(/\d{12}/g)]).toEqual([
      ['kms:Decrypt', 'kms:GenerateDataKey'],
      ['111122223333', '444455556666'],
    ]);
  });
});

describe('a bus that is there already', () => {
  test.each([
    ['by name', 'shop-events', 'shop-events', 'rule/shop-events/*'],
    ['by ARN', 'arn:aws:events:eu-west-1:111122223333:event-bus/shop-events', 'shop-events', 'rule/shop-events/*'],
    ['of the account', 'default', 'default', 'rule/*'],
  ])('%s gets the rule, and only its rules may send', (_, bus, name, rules) => {
    const named = templateWith({ inboxBuses: `orders=${bus}` });
    expect(rulesOf(named)).toMatchObject([{ EventBusName: name }]);
    expect(JSON.stringify(propertiesOf(named, 'AWS::SQS::QueuePolicy'))).toContain(`:${rules}"`);
    expect(Object.keys(named.findResources('AWS::Events::EventBus'))).toHaveLength(1);
  });
});

test.each([
  [
    { inboxAccounts: 'tills=111122223333' },
    "the setting 'inboxAccounts' names 'tills'; the inboxes that it can name are 'orders', 'till', 'stores'",
  ],
  [{ inboxBuses: 'till=shop' }, "the setting 'inboxBuses' names 'till'; the inboxes that it can name are 'orders'"],
  [{ inboxBuses: 'orders=shop', inboxAccounts: 'orders=111122223333' }, "names 'orders', whose bus is not of this stack"],
  [{ inboxAccounts: 'till=1234' }, 'inboxAccounts.till.0: is no number of an account'],
  [{ inboxBuses: 'orders=my bus' }, 'inboxBuses.orders: is no name or ARN of a bus'],
])('the setting %j is refused', (context, says) => expect(() => templateWith(context)).toThrow(says));

test('a domain without inboxes has none of it', () => {
  const stack = new ServiceStack(quickApp(production), 'foldstream-test', { domain: withoutInboxes });
  expect([stack.inboxes, /Inbox/.test(JSON.stringify(Template.fromStack(stack).toJSON()))]).toEqual([undefined, false]);
});
