import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import {
  CreateScheduleCommand,
  type CreateScheduleCommandInput,
  DeleteScheduleCommand,
  GetScheduleCommand,
  ListSchedulesCommand,
  paginateListSchedules,
  SchedulerClient,
  UpdateScheduleCommand,
} from '@aws-sdk/client-scheduler';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createServices, type Services } from '../http/aws-json.ts';
import { invalid } from './schedule-times.ts';
import { type ScheduleGroup, scheduleGroup } from './schedules.ts';

let folder: string;
let services: Services;
let client: SchedulerClient;
let group: ScheduleGroup;
let fired: string[];
const groups = new Map<string, ScheduleGroup>();

/** The group as a start of the system has it. */
const open = (timeScale = 1) => {
  group?.stop();
  group = scheduleGroup({
    ...{ name: 'group', folder, timeScale, arnPrefix: 'arn:aws:scheduler:eu-central-1:1:schedule' },
    demandTarget: (arn) => {
      if (arn !== 'queue') throw invalid(`there is no queue ${arn}`);
    },
    fire: ({ Target }) => void fired.push(Target.Input ?? ''),
  });
  groups.set('group', group);
};

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'foldstream-schedules-'));
  fired = [];
  services = await createServices({ scheduleGroups: groups });
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  client = new SchedulerClient({ endpoint: services.url, region: 'eu-central-1', credentials, maxAttempts: 1 });
  open();
  group.start();
});
afterEach(async () => {
  group.stop();
  client.destroy();
  await services.close();
  rmSync(folder, { recursive: true, force: true });
});

const at = (milliseconds: number): string => `at(${new Date(Date.now() + milliseconds).toISOString().slice(0, 19)})`;
const schedule = (Name: string, ScheduleExpression: string, more: Partial<CreateScheduleCommandInput> = {}) => ({
  ...{ Name, GroupName: 'group', ScheduleExpression, FlexibleTimeWindow: { Mode: 'OFF' as const } },
  ...{ Target: { Arn: 'queue', RoleArn: 'role', Input: `"${Name}"` }, ActionAfterCompletion: 'DELETE' as const },
  ...more,
});
const make = (...args: Parameters<typeof schedule>) => client.send(new CreateScheduleCommand(schedule(...args)));
const get = (Name: string) => client.send(new GetScheduleCommand({ Name, GroupName: 'group' }));
const hour = 3_600_000;
const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await setTimeout(10);
};

test('a schedule is made, read, changed and deleted', async () => {
  const { ScheduleArn } = await make('one', 'at(2126-06-01T12:00:00)');
  expect(ScheduleArn).toBe('arn:aws:scheduler:eu-central-1:1:schedule/group/one');
  expect(await get('one')).toMatchObject({
    ...{ Name: 'one', GroupName: 'group', ScheduleExpression: 'at(2126-06-01T12:00:00)', ScheduleExpressionTimezone: 'UTC' },
    ...{ State: 'ENABLED', ActionAfterCompletion: 'DELETE', CreationDate: expect.any(Date) },
    Target: { Arn: 'queue', RoleArn: 'role', Input: '"one"' },
  });
  await client.send(new UpdateScheduleCommand(schedule('one', 'at(2127-06-01T12:00:00)')));
  expect((await get('one')).ScheduleExpression).toBe('at(2127-06-01T12:00:00)');
  await client.send(new DeleteScheduleCommand({ Name: 'one', GroupName: 'group' }));
  await expect(get('one')).rejects.toMatchObject({ name: 'ResourceNotFoundException', $metadata: { httpStatusCode: 404 } });
});

test('a second one of this name is a conflict, and what is not there cannot be changed or deleted', async () => {
  await make('one', at(hour));
  await expect(make('one', at(hour))).rejects.toMatchObject({ name: 'ConflictException' });
  await expect(client.send(new UpdateScheduleCommand(schedule('two', at(hour))))).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  });
  await expect(client.send(new DeleteScheduleCommand({ Name: 'two', GroupName: 'group' }))).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  });
  await expect(make('one', at(hour), { GroupName: 'other' })).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
});

test('they are listed in pages', async () => {
  for (const name of ['b1', 'a2', 'a1', 'b2', 'b3']) await make(name, at(hour));
  const pages: (string | undefined)[][] = [];
  const asked = { GroupName: 'group', NamePrefix: 'b', MaxResults: 2 };
  for await (const { Schedules = [] } of paginateListSchedules({ client }, asked)) pages.push(Schedules.map(({ Name }) => Name));
  expect(pages).toEqual([['b1', 'b2'], ['b3']]);
  const { Schedules = [], NextToken } = await client.send(new ListSchedulesCommand({ GroupName: 'group' }));
  expect([Schedules.length, NextToken, Schedules[0]?.Target]).toEqual([5, undefined, { Arn: 'queue' }]);
});

test.each<[string, string, string, Partial<CreateScheduleCommandInput>]>([
  ['a time that is past', 'one', 'at(2026-06-01T12:00:00)', {}],
  ['a time that is none', 'one', 'at(2126-02-31T12:00:00)', {}],
  ['a time with a zone', 'one', 'at(2126-06-01T12:00:00Z)', {}],
  ['another expression', 'one', 'every day', {}],
  ['a name that is too long', 'n'.repeat(65), 'at(2126-06-01T12:00:00)', {}],
  ['a name with other characters', 'a b', 'at(2126-06-01T12:00:00)', {}],
  ['a flexible time', 'one', 'at(2126-06-01T12:00:00)', { FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 5 } }],
  ['a target that is not there', 'one', 'at(2126-06-01T12:00:00)', { Target: { Arn: 'other', RoleArn: 'role' } }],
  ['a long input', 'one', 'at(2126-06-01T12:00:00)', { Target: { Arn: 'queue', RoleArn: 'role', Input: 'x'.repeat(256 * 1024 + 1) } }],
  [
    'too many tries',
    'one',
    'at(2126-06-01T12:00:00)',
    { Target: { Arn: 'queue', RoleArn: 'role', RetryPolicy: { MaximumRetryAttempts: 186 } } },
  ],
  ['an end', 'one', 'at(2126-06-01T12:00:00)', { EndDate: new Date('2127-01-01') }],
  ['what a target cannot have here', 'one', 'at(2126-06-01T12:00:00)', { Target: { Arn: 'queue', RoleArn: 'role', SqsParameters: {} } }],
])('%s is refused', (_, name, expression, more) =>
  expect(make(name, expression, more)).rejects.toMatchObject({ name: 'ValidationException' }),
);

describe('at its time', () => {
  test('a schedule fires and is gone; with a faster clock, sooner', async () => {
    open(1 / 3600);
    group.start();
    await make('hour', at(hour));
    await until(() => fired.length === 1);
    expect(fired).toEqual(['"hour"']);
    await expect(get('hour')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  test('it stays if it is not to be deleted, and does not fire again', async () => {
    open(1 / 3_600_000);
    group.start();
    await make('kept', at(hour), { ActionAfterCompletion: 'NONE' });
    await until(() => fired.length === 1);
    open();
    group.start();
    await setTimeout(20);
    expect([fired.length, (await get('kept')).Name]).toEqual([1, 'kept']);
  });

  test('what came due while the system was stopped fires when it starts', async () => {
    open(1 / 36_000);
    group.start();
    await make('soon', at(hour));
    await make('late', at(1000 * hour));
    group.stop();
    await setTimeout(200);
    expect(fired).toEqual([]);
    open();
    group.start();
    await until(() => fired.length === 1);
    expect([fired, group.all().map(({ Name }) => Name)]).toEqual([['"soon"'], ['late']]);
  });

  test('what was changed fires at its new time alone, and what was deleted does not', async () => {
    open(1 / 36_000);
    group.start();
    for (const name of ['moved', 'gone']) await make(name, at(hour));
    await client.send(new UpdateScheduleCommand(schedule('moved', at(1000 * hour))));
    await client.send(new DeleteScheduleCommand({ Name: 'gone', GroupName: 'group' }));
    await setTimeout(200);
    expect(fired).toEqual([]);
  });

  test('one that is off does not', async () => {
    open(1 / 3_600_000);
    group.start();
    await make('off', at(hour), { State: 'DISABLED' });
    await setTimeout(50);
    expect([fired, group.all().length]).toEqual([[], 1]);
  });
});
