import { describe, expect, test } from '@jest/globals';
import { bell, ringingAt } from '../../test/tower/service.ts';
import { Unavailable } from '../basics/errors.ts';
import { commandTo } from '../processes/command-to.ts';
import type { HandleCommand } from '../write/command-handler.ts';
import { cron, defineSchedule, rate } from './schedule.ts';

const hourly = cron('0 * * * *');
const at = (hour: number, minute = 0) => new Date(Date.UTC(2026, 5, 1, hour, minute));

describe.each(['all', 'latest', 'none'] as const)('a schedule that catches up with %s', (catchUp) => {
  test('sends the commands of its time, once, with the time in their ids', async () => {
    const tower = ringingAt({ every: hourly, catchUp });
    tower.clock(at(3));
    for (const isRepeated of [false, true, true]) await tower.due(at(3), isRepeated);
    expect(await tower.rung()).toEqual(['03:00']);
    const { commits } = await tower.eventStore.read({ aggregate: 'bell', id: 'main' }, { from: 1, limit: 1 });
    expect(commits).toMatchObject([
      {
        ...{
          commandId: 'schedule:ring/2026-06-01T03:00:00.000Z/0',
          causationId: '2026-06-01T03:00:00.000Z',
          by: 'schedule:ring',
          depth: 1,
        },
        correlationId: 'schedule:ring/2026-06-01T03:00:00.000Z',
      },
    ]);
    expect(commits[0]).not.toHaveProperty('actor');
  });

  test('takes a time of cron as a whole minute', async () => {
    const tower = ringingAt({ every: hourly, catchUp });
    tower.clock(at(3));
    await tower.due(new Date(at(3).getTime() + 17_000));
    await tower.due(at(3), true);
    expect(await tower.rung()).toEqual(['03:00']);
  });

  test('has no such schedule after a release: that is said', async () => {
    const tower = ringingAt({ every: hourly, catchUp });
    await expect(tower.due(at(3), false, 'toll')).rejects.toThrow("there is no schedule 'toll'");
  });

  test('is delivered again if an outcome is unknown', async () => {
    const lost = new Unavailable('no answer');
    const handle: HandleCommand = () => Promise.reject(lost);
    const tower = ringingAt({ every: hourly, catchUp, handle });
    tower.clock(at(3));
    await expect(tower.due(at(3))).rejects.toBe(lost);
    expect([tower.parked(), tower.positions.size]).toEqual([[], 0]);
  });

  test('parks what is refused, and an operator has it sent again', async () => {
    const tower = ringingAt({ every: hourly, catchUp });
    tower.clock(at(3));
    await tower.hang(false);
    await tower.due(at(3));
    expect(tower.parked()).toMatchObject([{ process: 'schedule:ring', cause: '2026-06-01T03:00:00.000Z', code: 'NotHung', place: 0 }]);
    await tower.hang(true);
    await tower.again('2026-06-01T03:00:00.000Z');
    expect([await tower.rung(), tower.parked()]).toEqual([['03:00'], []]);
  });
});

describe('times that were missed', () => {
  test.each([
    ['all', hourly, ['00:00', '01:00', '02:00', '03:00']],
    ['latest', hourly, ['00:00', '03:00']],
    ['none', hourly, ['00:00', '03:00']],
    ['all', rate({ hours: 1 }), ['00:00', '01:00', '02:00', '03:00']],
    ['latest', rate({ hours: 1 }), ['00:00', '03:00']],
  ] as const)('and are not delivered: %s are sent with the next time', async (catchUp, every, rung) => {
    const tower = ringingAt({ every, catchUp });
    for (const hour of [0, 3]) {
      tower.clock(at(hour));
      await tower.due(at(hour));
    }
    expect(await tower.rung()).toEqual(rung);
  });

  test.each([
    ['all', ['01:00', '02:00', '03:00'], []],
    ['latest', ['03:00'], ['01:00', '02:00']],
    ['none', ['03:00'], ['01:00', '02:00']],
  ] as const)('and are delivered late: %s are sent', async (catchUp, rung, leftOut) => {
    const tower = ringingAt({ every: hourly, catchUp });
    tower.clock(at(3, 5));
    for (const hour of [1, 2, 3]) await tower.due(at(hour));
    expect([await tower.rung(), tower.leftOut]).toEqual([rung, leftOut]);
  });

  test.each([
    ['latest', 59, ['01:00']],
    ['latest', 60, []],
    ['none', 10, ['01:00']],
    ['none', 11, []],
  ] as const)('%s: a time that is %d minutes late', async (catchUp, minutes, rung) => {
    const tower = ringingAt({ every: hourly, catchUp });
    tower.clock(at(1, minutes));
    await tower.due(at(1));
    expect(await tower.rung()).toEqual(rung);
  });

  test('a time that is overtaken is sent, and moves nothing back', async () => {
    const tower = ringingAt({ every: hourly, catchUp: 'all' });
    tower.clock(at(3));
    for (const hour of [1, 3, 2, 1]) await tower.due(at(hour));
    expect(await tower.rung()).toEqual(['01:00', '02:00', '03:00']);
    expect(tower.positions.get('ring')?.sentUntil).toBe('2026-06-01T03:00:00.000Z');
  });

  test('under another expression nothing was missed', async () => {
    const tower = ringingAt({ every: hourly, catchUp: 'all' });
    tower.clock(at(0));
    await tower.due(at(0));
    tower.release(cron('30 * * * *'));
    tower.clock(at(3, 30));
    await tower.due(at(3, 30));
    tower.clock(at(5, 30));
    await tower.due(at(5, 30));
    expect(await tower.rung()).toEqual(['00:00', '03:30', '04:30', '05:30']);
  });

  test('are sent a hundred at a time', async () => {
    const tower = ringingAt({ every: rate({ minutes: 1 }), catchUp: 'all' });
    tower.clock(at(0));
    await tower.due(at(0));
    tower.clock(at(4));
    const more = 'ring has more than 100 missed times: it goes on at the next delivery';
    await expect(tower.due(at(4))).rejects.toThrow(more);
    expect(await tower.rung()).toHaveLength(101);
    await expect(tower.due(at(4), true)).rejects.toThrow(more);
    await tower.due(at(4), true);
    const rung = await tower.rung();
    expect([rung.length, new Set(rung).size, rung.at(-1)]).toEqual([241, 241, '04:00']);
  });

  test('an hour that the clocks show twice was not missed', async () => {
    const tower = ringingAt({ every: cron('0 * * * *', { timeZone: 'Europe/Berlin' }), catchUp: 'all' });
    // Whichever of both the Scheduler takes.
    for (const hour of [23, 25, 26].map((hours) => new Date(Date.UTC(2026, 9, 24, hours)))) {
      tower.clock(hour);
      await tower.due(hour);
    }
    expect(await tower.rung()).toEqual(['23:00', '01:00', '02:00']);
  });

  test('a rate that is deployed anew has other times, and has missed none', async () => {
    const tower = ringingAt({ every: rate({ hours: 1 }), catchUp: 'all' });
    for (const time of [at(0), at(1, 25), at(2, 25), at(5, 25)]) {
      tower.clock(time);
      await tower.due(time);
    }
    expect(await tower.rung()).toEqual(['00:00', '01:25', '02:25', '03:25', '04:25', '05:25']);
  });
});

test('a delivery that may be a later one is looked for in the log', async () => {
  const tries: boolean[] = [];
  const handle: HandleCommand = async (decider, { id }, { tries: told }) => {
    tries.push(told?.isFirst === true);
    expect(await told?.since()).toBe('2026-06-01T02:55:00.000Z');
    return { stream: { aggregate: decider.name, id }, version: 1, events: [], isRepeated: false };
  };
  const tower = ringingAt({ every: hourly, catchUp: 'latest', handle });
  for (const [minute, isRepeated] of [
    [0, false],
    [0, true],
    [2, false],
    [3, false],
  ] as const) {
    tower.clock(at(3, minute));
    await tower.due(at(3), isRepeated);
  }
  expect(tries).toEqual([true, false, true, false]);
});

test('a schedule may send several commands, or none', async () => {
  const tower = ringingAt({ every: hourly, catchUp: 'none' });
  const twice = defineSchedule({
    ...{ name: 'ring', every: hourly, catchUp: 'none', to: [bell] },
    sends: ({ scheduledAt }) =>
      scheduledAt.includes('T04') ? null : ['a', 'b'].map((id) => commandTo(bell, { id, type: 'Ring', data: { at: scheduledAt } })),
  });
  tower.replace(twice);
  for (const hour of [3, 4]) {
    tower.clock(at(hour));
    await tower.due(at(hour));
  }
  expect([await tower.rung('a'), await tower.rung('b')]).toEqual([['03:00'], ['03:00']]);
});

test.each([
  [{}, 0],
  [{ minutes: 1.5 }, 1.5],
  [{ hours: -1 }, -60],
])('a rate of %j is refused', (every, minutes) =>
  expect(() => rate(every)).toThrow(`a rate is a whole number of minutes, from 1, and not ${minutes}`),
);
