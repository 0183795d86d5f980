import { describe, expect, test } from '@jest/globals';
import { noShow } from '../../test/inn/index.ts';
import { day, hour, later, serviceAt } from '../../test/inn/service.ts';
import { InvalidEvent, Unavailable } from '../basics/errors.ts';
import { auditReminders, nothingCompared } from './auditing.ts';
import type { AnyReminder } from './reminder.ts';

const book = (until: string) => ({ type: 'BookStay', data: { until, guestId: 'ada' } }) as const;
const cancel = { type: 'CancelStay', data: {} } as const;
const scheduled = (id: string, version: number, at: string) => ({ process: 'reminder:no-show', event: `stay-${id}@${version}`, at });

test('what has no schedule gets one, and a schedule that no longer counts is deleted', async () => {
  const service = serviceAt();
  for (const id of ['1', '2', '3', '4']) await service.tell(id, book(later(2 * day)));
  await service.hear('1', 1);
  await service.ports.schedules.ensure(scheduled('2', 1, later(3 * day)));
  await service.ports.schedules.ensure(scheduled('3', 1, later(2 * day)));
  await service.tell('3', cancel);
  service.pass(hour);
  expect(await service.audit()).toEqual({
    scheduled: 3,
    missing: 2,
    unsent: 0,
    stale: 1,
    unreadable: 0,
    reads: 'nothing',
    cursor: undefined,
  });
  expect(
    service
      .schedules()
      .map(({ event }) => event)
      .sort(),
  ).toEqual(['stay-1@1', 'stay-2@1', 'stay-4@1']);
  expect(service.findings.sort()).toEqual([
    'missing reminder:no-show stay-2@1',
    'missing reminder:no-show stay-4@1',
    'stale reminder:no-show stay-3@1',
  ]);
  expect(await service.audit()).toMatchObject({ scheduled: 3, missing: 0, stale: 0 });
});

test('what is on its way is left alone', async () => {
  const service = serviceAt();
  await service.tell('1', book(later(day)));
  service.pass(hour / 6);
  expect(await service.audit()).toMatchObject({ scheduled: 0, missing: 0 });
});

describe('a time that has passed', () => {
  test('without its command: it is sent, once', async () => {
    const service = serviceAt();
    await service.tell('1', book(later(hour)));
    service.pass(day);
    expect(await service.audit()).toMatchObject({ unsent: 1 });
    expect(await service.audit()).toMatchObject({ unsent: 0 });
    expect([await service.noShows('1'), await service.cents('ada')]).toEqual([1, 100]);
  });

  test('with its command: nothing is done', async () => {
    const service = serviceAt();
    await service.tell('1', book(later(hour)));
    await service.hear('1', 1);
    service.pass(hour);
    await service.fireDue();
    service.pass(hour);
    expect(await service.audit()).toMatchObject({ unsent: 0 });
    expect(await service.noShows('1')).toBe(1);
  });

  test('and asked for nothing then: nothing is sent, whatever the state is now', async () => {
    const service = serviceAt();
    await service.tell('1', book(later(2 * hour)));
    await service.tell('1', { type: 'Arrive', data: {} });
    service.pass(3 * hour);
    const cancelling = {
      ...noShow,
      send: (state: { status: string }, about: never) =>
        noShow.send({ ...state, status: state.status === 'arrived' ? 'new' : 'booked' } as never, about),
    };
    await auditReminders({ ...service.ports, reminders: [cancelling as unknown as AnyReminder] })(nothingCompared, new Date(later(day)));
    expect(await service.noShows('1')).toBe(0);
  });

  test('and is parked: it stays with the operator', async () => {
    const service = serviceAt();
    await service.tellAccount('ada', 'CloseAccount');
    await service.tell('1', book(later(-hour)));
    await service.hear('1', 1);
    await service.tellAccount('ada', 'OpenAccount');
    service.pass(hour);
    expect(await service.audit()).toMatchObject({ unsent: 0 });
    expect([await service.cents('ada'), service.parked().length]).toEqual([0, 1]);
  });

  test.each([
    ['more than two days ago', 3 * hour, 2 * day + 4 * hour],
    ['of an event that is older than 14 days', 14 * day, 15 * day],
  ])('%s: it is not made up for', async (_, due, pass) => {
    const service = serviceAt();
    await service.tell('1', book(later(due)));
    service.pass(pass);
    expect(await service.audit()).toMatchObject({ unsent: 0 });
    expect(await service.noShows('1')).toBe(0);
  });
});

test('it stops when its time is up, and goes on from there', async () => {
  const service = serviceAt();
  for (const id of ['1', '2', '3']) await service.tell(id, book(later(day)));
  service.pass(hour);
  const audit = auditReminders(service.ports);
  let progress = nothingCompared;
  const reads: string[] = [];
  while (progress.reads !== 'nothing') {
    progress = await audit(progress, new Date(0));
    reads.push(progress.reads);
  }
  expect(reads).toEqual(['schedules', 'schedules', 'nothing']);
  expect(progress).toMatchObject({ scheduled: 3, missing: 3 });
});

test('a stream that this code cannot read is told, and left as it is', async () => {
  const service = serviceAt();
  await service.tell('1', book(later(day)));
  await service.ports.schedules.ensure(scheduled('1', 1, later(day)));
  service.pass(hour);
  const read = () => Promise.reject(new InvalidEvent('damaged'));
  const audited = await auditReminders({ ...service.ports, eventStore: { ...service.eventStore, read } })(
    nothingCompared,
    new Date(later(day)),
  );
  expect([audited, service.schedules().length]).toMatchObject([{ unreadable: 1, stale: 0 }, 1]);
});

test('an outage ends it, and what a reminder of other code has scheduled stays', async () => {
  const service = serviceAt();
  await service.tell('1', book(later(day)));
  service.pass(hour);
  const read = () => Promise.reject(new Unavailable('no answer'));
  const ports = { ...service.ports, eventStore: { ...service.eventStore, read } };
  await expect(auditReminders(ports)(nothingCompared, new Date(later(day)))).rejects.toThrow('no answer');
  await service.ports.schedules.ensure({ process: 'reminder:of-tomorrow', event: 'stay-1@1', at: later(day) });
  expect(await service.audit()).toMatchObject({ stale: 0, missing: 1 });
});
