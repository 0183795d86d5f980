import { describe, expect, test } from '@jest/globals';
import { Template } from 'aws-cdk-lib/assertions';
import { ServiceStack } from '../../lib/service-stack.ts';
import { domain as withoutReactions } from '../domain/index.ts';
import { domain } from '../loyalty/index.ts';
import { permissionsIn } from './permissions.ts';
import { propertiesOf, quickApp } from './synthesize.ts';

const production = { stage: 'prod', issuer: 'https://issuer.example', audience: 'foldstream' };
const template = Template.fromStack(new ServiceStack(quickApp(production), 'foldstream-test', { domain }));

test('the function hears of the events that cause commands, and of what operators send again', () => {
  const rules = propertiesOf(template, 'AWS::Events::Rule').filter(({ EventPattern }) => EventPattern?.source.includes('reactions'));
  expect(rules).toMatchObject([
    {
      EventBusName: { Ref: expect.stringMatching('^RelayBus') },
      EventPattern: { source: ['reactions'], 'detail-type': ['StayEnded.v1', 'StayPraised.v1', 'SendAgain'] },
      Targets: [{ Arn: { 'Fn::GetAtt': [expect.stringMatching('^ReactionsCausedQueue'), 'Arn'] } }],
    },
  ]);
});

const rightsOf = (role: string, pattern: RegExp) =>
  permissionsIn(template)
    .filter(({ who, action, resource }) => who === role && !/^(logs:|sts:|xray:)/.test(action) && pattern.test(resource))
    .map(({ action, resource }) => `${action} ${resource.split(':').at(-1)}`)
    .sort();

test('it may append, park and receive, and has no other right', () =>
  expect(rightsOf('ReactionsFunctionRole', /./)).toEqual([
    'dynamodb:DeleteItem table/EventStoreNames',
    'dynamodb:DeleteItem table/ParkedTable',
    'dynamodb:PutItem table/EventStoreEvents',
    'dynamodb:PutItem table/EventStoreNames',
    'dynamodb:PutItem table/ParkedTable',
    'dynamodb:Query table/EventStoreEvents',
    'dynamodb:Query table/ParkedTable',
    'sqs:ChangeMessageVisibility ReactionsCausedQueue',
    'sqs:DeleteMessage ReactionsCausedQueue',
    'sqs:GetQueueAttributes ReactionsCausedDeadLetters',
    'sqs:GetQueueAttributes ReactionsCausedQueue',
    'sqs:GetQueueUrl ReactionsCausedDeadLetters',
    'sqs:GetQueueUrl ReactionsCausedQueue',
    'sqs:ReceiveMessage ReactionsCausedQueue',
    'sqs:SendMessage ReactionsCausedDeadLetters',
  ]));

test('an operator may list what is parked and give it up', () =>
  expect(rightsOf('OperatorsRole', /ParkedTable/)).toEqual(['dynamodb:DeleteItem table/ParkedTable', 'dynamodb:Query table/ParkedTable']));

test('the policy of the log lets the function append', () => {
  const [{ ResourcePolicy } = {}] = propertiesOf(template, 'AWS::DynamoDB::GlobalTable').flatMap(({ Replicas }) =>
    Replicas.filter((replica: object) => 'ResourcePolicy' in replica),
  );
  expect(JSON.stringify(ResourcePolicy)).toContain('ReactionsFunctionRole');
});

test('what is parked outlives its stack', () =>
  expect(Object.values(template.findResources('AWS::DynamoDB::GlobalTable', { DeletionPolicy: 'RetainExceptOnCreate' }))).toHaveLength(1));

test('the own key of the stage covers what is parked', () => {
  const own = Template.fromStack(new ServiceStack(quickApp({ ...production, ownKey: true }), 'foldstream-test', { domain }));
  const [{ Properties } = {} as never] = Object.entries(own.findResources('AWS::DynamoDB::GlobalTable'))
    .filter(([id]) => id.startsWith('ParkedTable'))
    .map(([, resource]) => resource);
  expect(Properties.Replicas[0].SSESpecification.KMSMasterKeyId).toEqual({ 'Fn::GetAtt': [expect.stringMatching('Key'), 'Arn'] });
});

describe('a domain without reactions', () => {
  test('has none of it', () => {
    const stack = new ServiceStack(quickApp(production), 'foldstream-test', { domain: withoutReactions });
    expect([stack.reactions, JSON.stringify(Template.fromStack(stack).toJSON()).includes('ParkedCommands')]).toEqual([undefined, false]);
  });
});
