import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ConflictException,
  GetScheduleCommand,
  InternalServerException,
  ResourceNotFoundException,
  SchedulerClient,
  ThrottlingException,
} from '@aws-sdk/client-scheduler';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createServices, type Services } from '../../local/http/aws-json.ts';
import { type ScheduleGroup, scheduleGroup } from '../../local/scheduler/schedules.ts';
import { deliveryIn } from '../lambda/queued.ts';
import { scheduleName, schedulerSchedules, toFired } from './scheduler-schedules.ts';

const place = { group: 'group', queue: 'arn:queue', deadLetters: 'arn:dead', role: 'arn:role' };
let folder: string;
let services: Services;
let group: ScheduleGroup;
let client: SchedulerClient;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'foldstream-schedules-'));
  group = scheduleGroup({ name: 'group', folder, timeScale: 1, arnPrefix: 'arn:schedule', demandTarget: () => {}, fire: () => {} });
  services = await createServices({ scheduleGroups: new Map([['group', group]]) });
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  client = new SchedulerClient({ endpoint: services.url, region: 'eu-central-1', credentials, maxAttempts: 1 });
});
afterEach(async () => {
  client.destroy();
  await services.close();
  rmSync(folder, { recursive: true, force: true });
});

const schedules = (now = new Date()) => schedulerSchedules({ client, place, now: () => now });
const one = { process: 'reminder:no-show', event: 'acme/stay-1@2', at: '2126-06-01T12:00:00.001Z' };
const there = async () => client.send(new GetScheduleCommand({ Name: scheduleName(one), GroupName: 'group' }));

test('a schedule has an address and a time, and is gone after it has fired', async () => {
  expect(await schedules().ensure(one)).toBe('made');
  const found = await there();
  expect(found).toMatchObject({
    ...{ ScheduleExpression: 'at(2126-06-01T12:00:01)', ScheduleExpressionTimezone: 'UTC', ActionAfterCompletion: 'DELETE' },
    FlexibleTimeWindow: { Mode: 'OFF' },
    Target: {
      ...{ Arn: 'arn:queue', RoleArn: 'arn:role', DeadLetterConfig: { Arn: 'arn:dead' } },
      RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
    },
  });
  const received = { Records: [{ body: found.Target?.Input, attributes: { ApproximateReceiveCount: '1' } }] };
  const { notice, isRepeated } = deliveryIn(received);
  expect([toFired(notice), isRepeated]).toEqual([one, false]);
});

test('it is made once, moved if its time is another, and deleted once', async () => {
  expect(await schedules().ensure(one)).toBe('made');
  expect(await schedules().ensure(one)).toBe('kept');
  expect(await schedules().ensure({ ...one, at: '2126-06-02T12:00:00.000Z' })).toBe('moved');
  expect((await there()).ScheduleExpression).toBe('at(2126-06-02T12:00:00)');
  const elsewhere = schedulerSchedules({ client, place: { ...place, queue: 'arn:other' }, now: () => new Date() });
  expect(await elsewhere.ensure({ ...one, at: '2126-06-02T12:00:00.000Z' })).toBe('moved');
  expect([await schedules().delete(one), await schedules().delete(one)]).toEqual([true, false]);
});

test('a time that passes while the Scheduler is asked is not too early for it', async () => {
  const now = new Date();
  await schedules(now).ensure({ ...one, at: new Date(now.getTime() + 1).toISOString() });
  const [, at = ''] = /^at\((.*)\)$/.exec((await there()).ScheduleExpression ?? '') ?? [];
  const seconds = (Date.parse(`${at}Z`) - now.getTime()) / 1000;
  expect([seconds >= 15, seconds < 17]).toEqual([true, true]);
});

test('they are listed in pages; what is not of a reminder is left out', async () => {
  for (let index = 0; index < 60; index++) await schedules().ensure({ ...one, event: `stay-${index}@1` });
  group.create('other', {
    ...{ ScheduleExpression: 'at(2126-01-01T00:00:00)', FlexibleTimeWindow: { Mode: 'OFF' } },
    Target: { Arn: 'arn:queue', RoleArn: 'arn:role', Input: 'no JSON' },
  });
  const first = await schedules().list();
  const second = await schedules().list(first.cursor);
  expect([first.schedules.length + second.schedules.length, second.cursor]).toEqual([60, undefined]);
  expect(first.schedules.length).toBeGreaterThan(40);
});

describe('a name', () => {
  test('is the same in every try, another for each reminder and event, and fits', () => {
    const long = { process: 'reminder:x', event: `acme/stay-${'i'.repeat(128)}@1` };
    expect(scheduleName(one)).toBe('6edf860dc9bd-2fc4b96ecbc116b2acc0f2b5953ac2cef2dd96e9a19651d9');
    expect(scheduleName(long)).toMatch(/^[0-9a-zA-Z-_.]{1,64}$/);
    expect(new Set([one, long, { ...one, process: 'reminder:x' }, { ...one, event: 'stay-1@2' }].map(scheduleName)).size).toBe(4);
  });
});

const errors = { ConflictException, InternalServerException, ResourceNotFoundException, ThrottlingException };

describe('what the Scheduler answers in a race', () => {
  const answering = (answers: Readonly<Record<string, keyof typeof errors>>) => {
    const send = async (command: object) => {
      const name = answers[command.constructor.name];
      if (name === undefined) return { Target: {} };
      const $metadata = { httpStatusCode: name === 'InternalServerException' ? 500 : 409 };
      throw new errors[name]({ message: name, Message: name, $metadata });
    };
    return schedulerSchedules({ client: { send } as never, place, now: () => new Date() });
  };
  test.each<[string, Readonly<Record<string, keyof typeof errors>>]>([
    ['it fired meanwhile', { CreateScheduleCommand: 'ConflictException', UpdateScheduleCommand: 'ResourceNotFoundException' }],
    ['another process changes it', { CreateScheduleCommand: 'ConflictException', UpdateScheduleCommand: 'ConflictException' }],
    ['it is throttled', { CreateScheduleCommand: 'ThrottlingException' }],
    ['it is down', { CreateScheduleCommand: 'InternalServerException' }],
  ])('%s: the notice is delivered again', (_, answers) =>
    expect(answering(answers).ensure(one)).rejects.toMatchObject({ name: 'Unavailable' }),
  );
  test.each([['ConflictException'], ['ThrottlingException']] as const)('a deletion that meets %s is tried again', (name) =>
    expect(answering({ DeleteScheduleCommand: name }).delete(one)).rejects.toMatchObject({ name: 'Unavailable' }),
  );
});

test.each<[string, unknown]>([
  ['a notice of an event', { 'detail-type': 'StayBooked.v1', detail: { id: 'stay-1@1' } }],
  ['a schedule without a time', { 'detail-type': 'ReminderDue', detail: { data: { process: 'p', event: 'e' } } }],
  ['nothing', undefined],
])('%s is no message of a schedule', (_, notice) => expect(toFired(notice)).toBeUndefined());
