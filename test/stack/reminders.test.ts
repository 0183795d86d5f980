import { describe, expect, test } from '@jest/globals';
import { Template } from 'aws-cdk-lib/assertions';
import { ServiceStack } from '../../lib/service-stack.ts';
import { domain as withoutReminders } from '../domain/index.ts';
import { domain } from '../inn/index.ts';
import { permissionsIn } from './permissions.ts';
import { propertiesOf, quickApp } from './synthesize.ts';

const production = { stage: 'prod', issuer: 'https://issuer.example', audience: 'foldstream' };
const template = Template.fromStack(new ServiceStack(quickApp(production), 'foldstream-test', { domain }));

test('the function hears of the events that set times, of what operators send again, and of the audit', () => {
  const rules = propertiesOf(template, 'AWS::Events::Rule').filter(({ EventPattern }) => EventPattern?.source.includes('reminders'));
  expect(rules).toMatchObject([
    {
      EventBusName: { Ref: expect.stringMatching('^RelayBus') },
      EventPattern: {
        source: ['reminders'],
        'detail-type': ['StayBooked.v1', 'StayMoved.v1', 'StayCancelled.v1', 'SendAgain', 'AuditReminders'],
      },
      Targets: [{ Arn: { 'Fn::GetAtt': [expect.stringMatching('^RemindersHeardQueue'), 'Arn'] } }],
    },
  ]);
});

test('the audit begins each night', () => {
  const rules = propertiesOf(template, 'AWS::Events::Rule').filter(({ ScheduleExpression }) => ScheduleExpression === 'cron(0 2 * * ? *)');
  expect(rules).toMatchObject([{ Targets: [{ Arn: { 'Fn::GetAtt': [expect.stringMatching('^RemindersFunction'), 'Arn'] } }] }]);
  expect(JSON.parse(rules[0]?.['Targets'][0].Input)).toEqual({
    'detail-type': 'AuditReminders',
    detail: { data: { scheduled: 0, missing: 0, unsent: 0, stale: 0, unreadable: 0, reads: 'log' } },
  });
});

const rightsOf = (role: string, pattern: RegExp) =>
  permissionsIn(template)
    .filter(({ who, action, resource }) => who === role && !/^(logs:|sts:|xray:)/.test(action) && pattern.test(resource))
    .map(({ action, resource }) => `${action} ${resource.split(':').at(-1)}`)
    .sort();

test('the function may append, park, receive and schedule, and has no other right', () =>
  expect(rightsOf('RemindersFunctionRole', /./)).toEqual([
    'dynamodb:DeleteItem table/EventStoreNames',
    'dynamodb:DeleteItem table/ParkedTable',
    'dynamodb:PutItem table/EventStoreEvents',
    'dynamodb:PutItem table/EventStoreNames',
    'dynamodb:PutItem table/ParkedTable',
    'dynamodb:Query table/EventStoreEvents',
    'dynamodb:Query table/ParkedTable',
    'dynamodb:Scan table/EventStoreEvents',
    'events:PutEvents event-bus/RelayBus',
    'iam:PassRole role/RemindersSchedulerRole',
    'scheduler:CreateSchedule schedule/RemindersSchedules/*',
    'scheduler:DeleteSchedule schedule/RemindersSchedules/*',
    'scheduler:GetSchedule schedule/RemindersSchedules/*',
    'scheduler:ListSchedules *',
    'scheduler:UpdateSchedule schedule/RemindersSchedules/*',
    'sqs:ChangeMessageVisibility RemindersHeardQueue',
    'sqs:DeleteMessage RemindersHeardQueue',
    'sqs:GetQueueAttributes RemindersHeardDeadLetters',
    'sqs:GetQueueAttributes RemindersHeardQueue',
    'sqs:GetQueueUrl RemindersHeardDeadLetters',
    'sqs:GetQueueUrl RemindersHeardQueue',
    'sqs:ReceiveMessage RemindersHeardQueue',
    'sqs:SendMessage RemindersHeardDeadLetters',
  ]));

test('a schedule may put a message into the queue, or the queue of dead letters, and nothing else', () =>
  expect(rightsOf('RemindersSchedulerRole', /./)).toEqual([
    'sqs:SendMessage RemindersHeardDeadLetters',
    'sqs:SendMessage RemindersHeardQueue',
  ]));

test('the Scheduler of this account alone takes that role', () => {
  const roles = propertiesOf(template, 'AWS::IAM::Role').filter(({ Description }) => Description?.startsWith('Schedules'));
  expect(roles).toMatchObject([
    {
      AssumeRolePolicyDocument: {
        Statement: [
          {
            Action: 'sts:AssumeRole',
            Principal: { Service: 'scheduler.amazonaws.com' },
            Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
          },
        ],
      },
    },
  ]);
});

test('an operator may list the schedules, and what is parked', () => {
  expect(rightsOf('OperatorsRole', /schedule|^\*$/).filter((right) => right.startsWith('scheduler:'))).toEqual([
    'scheduler:GetSchedule schedule/RemindersSchedules/*',
    'scheduler:ListSchedules *',
  ]);
  expect(rightsOf('OperatorsRole', /table.Parked/)).toEqual(['dynamodb:DeleteItem table/ParkedTable', 'dynamodb:Query table/ParkedTable']);
});

test('the policy of the log lets the function append', () => {
  const [{ ResourcePolicy } = {}] = propertiesOf(template, 'AWS::DynamoDB::GlobalTable').flatMap(({ Replicas }) =>
    Replicas.filter((replica: object) => 'ResourcePolicy' in replica),
  );
  expect(JSON.stringify(ResourcePolicy)).toContain('RemindersFunctionRole');
});

test('the own key of the stage covers the queue, and the Scheduler may use it', () => {
  const own = Template.fromStack(new ServiceStack(quickApp({ ...production, ownKey: true }), 'foldstream-test', { domain }));
  const users = propertiesOf(own, 'AWS::IAM::Policy').filter(({ PolicyName }) => PolicyName === 'KeyUsers');
  expect(JSON.stringify(users)).toContain('RemindersSchedulerRole');
});

describe('a domain without reminders', () => {
  test('has none of it', () => {
    const stack = new ServiceStack(quickApp(production), 'foldstream-test', { domain: withoutReminders });
    const text = JSON.stringify(Template.fromStack(stack).toJSON());
    expect([stack.reminders, /scheduler|ScheduleGroup/i.test(text)]).toEqual([undefined, false]);
  });
});
