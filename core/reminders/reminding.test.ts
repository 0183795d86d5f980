import { describe, expect, test } from '@jest/globals';
import { account, noShow, stay } from '../../test/inn/index.ts';
import { day, hour, later, minute, serviceAt } from '../../test/inn/service.ts';
import { handlerOn } from '../../test/support/handling.ts';
import { request } from '../../test/support/requests.ts';
import { Unavailable } from '../basics/errors.ts';
import { findEvent } from '../log/find-event.ts';
import { commandTo } from '../processes/command-to.ts';
import { eventsOf } from '../registry/domain.ts';
import { type AnyReminder, defineReminder } from './reminder.ts';
import { fireReminder, hearReminders, remindAgain } from './reminding.ts';

const book = (until: string, guestId = 'ada') => ({ type: 'BookStay', data: { until, guestId } }) as const;
const move = (until: string) => ({ type: 'MoveStay', data: { until } }) as const;
const cancel = { type: 'CancelStay', data: {} } as const;
const scheduled = (version: number, at: string) => ({ process: 'reminder:no-show', event: `stay-1@${version}`, at });

describe('an event with a time that is ahead', () => {
  test('is scheduled, and its commands are sent when the schedule fires, each with its cause', async () => {
    const service = serviceAt();
    await service.tell('1', book(later(day)));
    await service.hear('1', 1);
    expect([service.schedules(), await service.noShows('1')]).toEqual([[scheduled(1, later(day))], 0]);
    service.pass(day);
    await service.fireDue();
    expect([await service.noShows('1'), await service.cents('ada'), service.schedules()]).toEqual([1, 100, []]);
    const { commits } = await service.eventStore.read({ aggregate: 'account', id: 'ada' }, { from: 1, limit: 1 });
    expect(commits).toMatchObject([
      { commandId: 'reminder:no-show/stay-1@1/1', causationId: 'stay-1@1', by: 'reminder:no-show', depth: 1 },
    ]);
  });

  test('goes to the tenant that it is of', async () => {
    const service = serviceAt();
    await handlerOn(service.eventStore)(stay, { id: '1', tenant: 'acme' }, request(book(later(day))));
    const find = findEvent({ eventStore: service.eventStore, eventsOf: eventsOf({ deciders: [stay, account], projections: [] }) });
    await hearReminders(service.ports)(await find('acme/stay-1@1'), { isRepeated: false });
    service.pass(day);
    await service.fireDue();
    const { commits } = await service.eventStore.read({ aggregate: 'account', id: 'ada', tenant: 'acme' }, { from: 1, limit: 1 });
    expect(commits).toMatchObject([{ commandId: 'reminder:no-show/acme/stay-1@1/1' }]);
  });

  test('acts once, fired and heard again and again', async () => {
    const service = serviceAt();
    await service.tell('1', book(later(day)));
    await service.hear('1', 1);
    service.pass(day);
    for (let times = 0; times < 3; times++) await service.fire(scheduled(1, later(day)), times > 0);
    service.pass(day);
    await service.hear('1', 1, true);
    expect([await service.noShows('1'), await service.cents('ada')]).toEqual([1, 100]);
  });

  test('sends what the state asks for when it fires', async () => {
    const service = serviceAt();
    await service.tell('1', book(later(day)));
    await service.hear('1', 1);
    await service.tell('1', { type: 'Arrive', data: {} });
    service.pass(day);
    await service.fireDue();
    expect([await service.noShows('1'), await service.cents('ada'), service.parked()]).toEqual([0, 0, []]);
  });
});

describe('a later event', () => {
  test('moves the time: the earlier schedule is gone, and sends nothing if it fires all the same', async () => {
    const service = serviceAt();
    await service.tell('1', book(later(day)));
    await service.hear('1', 1);
    await service.tell('1', { type: 'AddNote', data: {} });
    await service.tell('1', move(later(2 * day)));
    await service.hear('1', 3);
    expect(service.schedules()).toEqual([scheduled(3, later(2 * day))]);
    service.pass(day);
    await service.fire(scheduled(1, later(day)));
    expect(await service.noShows('1')).toBe(0);
    service.pass(day);
    await service.fireDue();
    expect(await service.noShows('1')).toBe(1);
  });

  test('cancels it', async () => {
    const service = serviceAt();
    await service.tell('1', book(later(day)));
    await service.hear('1', 1);
    await service.tell('1', cancel);
    await service.hear('1', 2);
    expect(service.schedules()).toEqual([]);
    service.pass(day);
    await service.fire(scheduled(1, later(day)));
    expect(await service.noShows('1')).toBe(0);
  });

  test('that is heard first has the last word', async () => {
    const service = serviceAt();
    await service.tell('1', book(later(day)));
    await service.tell('1', move(later(2 * day)));
    await service.tell('1', move(later(3 * day)));
    for (const version of [3, 1, 2]) await service.hear('1', version);
    expect(service.schedules()).toEqual([scheduled(3, later(3 * day))]);
  });
});

describe('a time that is past when its event is heard', () => {
  test('is sent at once', async () => {
    const service = serviceAt();
    await service.tell('1', book(later(-hour)));
    await service.hear('1', 1);
    expect([await service.noShows('1'), service.schedules()]).toEqual([1, []]);
  });

  test('is made up for after an outage of 14 days, and not later', async () => {
    const service = serviceAt();
    await service.tell('1', book(later(hour)));
    await service.tell('2', book(later(hour)));
    service.pass(14 * day);
    await service.hear('1', 1);
    service.pass(1);
    await service.hear('2', 1);
    expect([await service.noShows('1'), await service.noShows('2'), service.tooLate]).toEqual([1, 0, ['reminder:no-show stay-2@1']]);
  });

  test('however old its event is, a time ahead is scheduled, and what fires is sent', async () => {
    const service = serviceAt();
    await service.tell('1', book(later(100 * day)));
    service.pass(50 * day);
    await service.hear('1', 1);
    service.pass(51 * day);
    await service.fireDue();
    expect(await service.noShows('1')).toBe(1);
  });
});

test.each([
  ['2026-06-02', '2026-06-02T00:00:00.000Z'],
  ['2026-06-02T14:00+02:00', '2026-06-02T12:00:00.000Z'],
  ['2026-06-02T14:00:00.5Z', '2026-06-02T14:00:00.500Z'],
])('the time %s', async (text, at) => {
  const service = serviceAt();
  await service.tell('1', book(text));
  await service.hear('1', 1);
  expect(service.schedules()).toEqual([scheduled(1, at)]);
});

test('a date', async () => {
  const dated: AnyReminder = { ...noShow, due: { StayBooked: () => new Date('2026-06-02T01:02:03.004Z') } } as never;
  const service = serviceAt({ reminders: [dated] });
  await service.tell('1', book('x'));
  await service.hear('1', 1);
  expect(service.schedules()).toEqual([scheduled(1, '2026-06-02T01:02:03.004Z')]);
});

test.each([
  ['tomorrow', 'InvalidTime'],
  ['2026-06-02T14:00:00', 'InvalidTime'],
  ['2026-13-02', 'InvalidTime'],
  ['2200-01-01', 'TimeTooFar'],
  ['1969-12-31', 'TimeTooFar'],
])('the time %s is parked as %s, and the audit leaves it alone', async (text, code) => {
  const service = serviceAt();
  await service.tell('1', book(text));
  await service.hear('1', 1);
  expect(service.parked()).toMatchObject([{ process: 'reminder:no-show', cause: 'stay-1@1', place: 'row', code }]);
  service.pass(day);
  await service.audit();
  expect([service.schedules(), service.parked().length, service.findings]).toEqual([[], 1, []]);
});

test('a row that fails is parked, and an event that moves the time ends that', async () => {
  const failing = {
    ...noShow,
    due: {
      ...noShow.due,
      StayBooked: () => {
        throw new Error('no such day');
      },
    },
  } as unknown as AnyReminder;
  const service = serviceAt({ reminders: [failing] });
  await service.tell('1', book(later(day)));
  await service.hear('1', 1);
  expect(service.parked()).toMatchObject([{ place: 'row', code: 'RowFails', message: 'no such day' }]);
  await service.tell('1', move(later(day)));
  await service.hear('1', 2);
  expect(service.schedules()).toEqual([scheduled(2, later(day))]);
  await service.again('stay-1@1');
  expect(service.parked()).toEqual([]);
});

describe('what is refused', () => {
  test('is parked, the other commands are sent, and an operator sends it again', async () => {
    const service = serviceAt();
    await service.tellAccount('ada', 'CloseAccount');
    await service.tell('1', book(later(-minute)));
    await service.hear('1', 1);
    expect([await service.noShows('1'), service.parked()]).toMatchObject([1, [{ place: 1, code: 'AccountClosed' }]]);
    await service.tellAccount('ada', 'OpenAccount');
    await service.again('stay-1@1');
    expect([await service.noShows('1'), await service.cents('ada'), service.parked()]).toEqual([1, 100, []]);
  });

  test('is taken out of the list if it is no longer due', async () => {
    const service = serviceAt();
    await service.tellAccount('ada', 'CloseAccount');
    await service.tell('1', book(later(-minute)));
    await service.hear('1', 1);
    await service.tell('1', cancel);
    await service.again('stay-1@1');
    expect([await service.cents('ada'), service.parked()]).toEqual([0, []]);
  });

  test('is scheduled if the row was mended and its time is ahead', async () => {
    const service = serviceAt();
    await service.tell('1', book('tomorrow'));
    await service.hear('1', 1);
    const mended = { ...noShow, due: { StayBooked: () => later(day) } } as unknown as AnyReminder;
    await remindAgain({ ...service.ports, reminders: [mended] })('reminder:no-show', 'stay-1@1');
    expect([service.schedules(), service.parked()]).toEqual([[scheduled(1, later(day))], []]);
  });

  test('of a reminder that the code does not have: that is said', async () => {
    const service = serviceAt({ reminders: [] });
    await expect(service.again('stay-1@1')).rejects.toThrow("no 'reminder:no-show' is of the event stay-1@1");
  });
});

describe('another release', () => {
  test('that says a later time for the same event moves the schedule', async () => {
    const service = serviceAt();
    await service.tell('1', book(later(day)));
    await service.hear('1', 1);
    const patient = { ...noShow, due: { ...noShow.due, StayBooked: () => later(3 * day) } } as unknown as AnyReminder;
    service.pass(day);
    await fireReminder({ ...service.ports, reminders: [patient] })(scheduled(1, later(day)), { isRepeated: false });
    expect([await service.noShows('1'), service.schedules()]).toEqual([0, [scheduled(1, later(3 * day))]]);
  });

  test('without the reminder lets its schedules fire in vain', async () => {
    const service = serviceAt({ reminders: [] });
    await service.tell('1', book(later(day)));
    await service.fire(scheduled(1, later(day)));
    expect(await service.noShows('1')).toBe(0);
  });
});

test('a local system that runs faster than the clock sends what fires', async () => {
  const service = serviceAt();
  await service.tell('1', book(later(day)));
  await service.hear('1', 1);
  await service.fire(scheduled(1, later(day)));
  expect(await service.noShows('1')).toBe(1);
});

describe('an outage', () => {
  const down = () => Promise.reject(new Unavailable('no answer'));
  test('of the Scheduler is thrown, after the other reminders have been seen to', async () => {
    const other = { ...noShow, name: 'other', due: { StayBooked: () => later(-minute) } } as unknown as AnyReminder;
    const service = serviceAt({
      reminders: [noShow as unknown as AnyReminder, other],
      schedules: { ensure: down, delete: down, list: down },
    });
    await service.tell('1', book(later(day)));
    await expect(service.hear('1', 1)).rejects.toThrow('no answer');
    expect(await service.noShows('1')).toBe(1);
  });

  test('of the log is thrown', async () => {
    const service = serviceAt({ handle: down });
    await service.tell('1', book(later(-minute)));
    await expect(service.hear('1', 1)).rejects.toThrow('no answer');
  });
});

describe('a chain', () => {
  const chained = (wait: number) =>
    defineReminder({
      ...{ name: 'chained', of: stay, to: [stay] },
      due: { StayMoved: (_, { recordedAt }) => new Date(Date.parse(recordedAt) + wait) },
      send: (_state, { id, due }) => commandTo(stay, { id, type: 'MoveStay', data: { until: due } }),
    }) as unknown as AnyReminder;
  const turns = async (wait: number) => {
    const service = serviceAt({ reminders: [chained(wait)] });
    await service.tell('1', move('x'));
    for (let version = 1; version <= 20; version++) {
      await service.hear('1', version).catch(() => {});
      service.pass(wait);
      await service.fireDue();
    }
    return service.parked().map(({ code }) => code);
  };
  test('of reminders an hour apart goes on', async () => expect(await turns(hour)).toEqual([]));
  test('of reminders at once is bounded', async () => expect(await turns(1000)).toEqual(['TooDeep']));
});
