import { describe, expect, test } from '@jest/globals';
import { Template } from 'aws-cdk-lib/assertions';
import { cron, defineDomain, rate } from 'foldstream';
import { ServiceStack } from '../../lib/service-stack.ts';
import { domain as withoutSchedules } from '../domain/index.ts';
import { bell, domain, ring } from '../tower/index.ts';
import { permissionsIn } from './permissions.ts';
import { propertiesOf, quickApp } from './synthesize.ts';

const production = { stage: 'prod', issuer: 'https://issuer.example', audience: 'foldstream' };
const templateOf = (of = domain) => Template.fromStack(new ServiceStack(quickApp(production), 'foldstream-test', { domain: of }));
const template = templateOf();

test('each schedule puts its time into the queue of the function, exactly at its time', () =>
  expect(propertiesOf(template, 'AWS::Scheduler::Schedule')).toEqual([
    {
      Description: 'The times of the schedule ring',
      ScheduleExpression: 'cron(* * * * ? *)',
      ScheduleExpressionTimezone: 'UTC',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: {
        Arn: { 'Fn::GetAtt': [expect.stringMatching('^SchedulesDueQueue'), 'Arn'] },
        RoleArn: { 'Fn::GetAtt': [expect.stringMatching('^SchedulesSchedulerRole'), 'Arn'] },
        Input: '{"schedule":"ring","scheduledAt":"<aws.scheduler.scheduled-time>"}',
        DeadLetterConfig: { Arn: { 'Fn::GetAtt': [expect.stringMatching('^SchedulesDueDeadLetters'), 'Arn'] } },
        RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
      },
    },
  ]));

test('the expression and the zone are those of the schedule', () => {
  const nightly = { ...ring, every: cron('30 2 * * MON', { timeZone: 'Europe/Berlin' }) };
  const often = { ...ring, name: 'often', every: rate({ hours: 2 }) };
  const many = templateOf(defineDomain({ deciders: [bell], projections: [], schedules: [nightly, often] }));
  expect(
    propertiesOf(many, 'AWS::Scheduler::Schedule').map(({ ScheduleExpression, ScheduleExpressionTimezone }) => [
      ScheduleExpression,
      ScheduleExpressionTimezone,
    ]),
  ).toEqual([
    ['cron(30 2 ? * MON *)', 'Europe/Berlin'],
    ['rate(120 minutes)', 'UTC'],
  ]);
});

const rightsOf = (role: string) =>
  permissionsIn(template)
    .filter(({ who, action }) => who === role && !/^(logs:|sts:|xray:)/.test(action))
    .map(({ action, resource }) => `${action} ${resource.split(':').at(-1)}`)
    .sort();

test('the Scheduler may send to the queues, and has no other right', () => {
  expect(rightsOf('SchedulesSchedulerRole')).toEqual(['sqs:SendMessage SchedulesDueDeadLetters', 'sqs:SendMessage SchedulesDueQueue']);
  const [role] = propertiesOf(template, 'AWS::IAM::Role').filter(({ Description = '' }) => Description.startsWith('Schedules:'));
  expect(role?.['AssumeRolePolicyDocument'].Statement).toEqual([
    {
      ...{ Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: 'scheduler.amazonaws.com' } },
      Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
    },
  ]);
});

test('the function may append, park, receive and keep its positions, and has no other right', () =>
  expect(rightsOf('SchedulesFunctionRole')).toEqual([
    'dynamodb:DeleteItem table/EventStoreNames',
    'dynamodb:DeleteItem table/ParkedTable',
    'dynamodb:GetItem table/SchedulesPositions',
    'dynamodb:PutItem table/EventStoreEvents',
    'dynamodb:PutItem table/EventStoreNames',
    'dynamodb:PutItem table/ParkedTable',
    'dynamodb:Query table/EventStoreEvents',
    'dynamodb:Query table/ParkedTable',
    'dynamodb:UpdateItem table/SchedulesPositions',
    'sqs:ChangeMessageVisibility SchedulesDueQueue',
    'sqs:DeleteMessage SchedulesDueQueue',
    'sqs:GetQueueAttributes SchedulesDueDeadLetters',
    'sqs:GetQueueAttributes SchedulesDueQueue',
    'sqs:GetQueueUrl SchedulesDueDeadLetters',
    'sqs:GetQueueUrl SchedulesDueQueue',
    'sqs:ReceiveMessage SchedulesDueQueue',
    'sqs:SendMessage SchedulesDueDeadLetters',
  ]));

describe('positions', () => {
  const tablesOf = (of: Template) => Object.keys(of.findResources('AWS::DynamoDB::GlobalTable')).filter((id) => id.startsWith('Schedules'));
  test('have a table if a schedule sends all missed times, and none otherwise', () => {
    expect(tablesOf(template)).toHaveLength(1);
    const latest = { ...ring, catchUp: 'latest' as const };
    expect(tablesOf(templateOf(defineDomain({ deciders: [bell], projections: [], schedules: [latest] })))).toEqual([]);
  });
});

test('a domain without schedules has none of it', () => {
  const stack = new ServiceStack(quickApp(production), 'foldstream-test', { domain: withoutSchedules });
  expect([stack.schedules, JSON.stringify(Template.fromStack(stack).toJSON()).includes('Scheduler')]).toEqual([undefined, false]);
});
