import { describe, expect, test } from '@jest/globals';
import { guest, stay } from '../../test/loyalty/index.ts';
import { day, serviceAt } from '../../test/loyalty/service.ts';
import { Unavailable } from '../basics/errors.ts';
import { commandTo } from '../processes/command-to.ts';
import type { HandleCommand } from '../write/command-handler.ts';
import { sendAgain } from './reacting.ts';
import { defineReaction } from './reaction.ts';

describe('an operator has a command sent again', () => {
  test('which is carried out, and is parked no more; what was carried out stays as it is', async () => {
    const service = serviceAt();
    await service.tell('ada', 'CloseAccount');
    await service.end('1', { guestId: 'ada', nights: 1, friends: ['bob'] });
    await service.react(await service.event('1'));
    await service.tell('ada', 'OpenAccount');
    await sendAgain(service.ports)('reaction:award-points', await service.event('1'));
    expect([await service.points('ada'), await service.points('bob'), service.parked()]).toEqual([10, 1, []]);
  });

  test('which is refused again, and stays parked', async () => {
    const service = serviceAt();
    await service.tell('ada', 'CloseAccount');
    await service.end('1', { guestId: 'ada', nights: 1 });
    await service.react(await service.event('1'));
    service.pass(day);
    await sendAgain(service.ports)('reaction:award-points', await service.event('1'));
    expect(service.parked()).toMatchObject([{ code: 'AccountClosed', since: '2026-06-02T00:00:00.000Z' }]);
  });

  test('after the row was mended: its failure is parked no more', async () => {
    const service = serviceAt();
    await service.end('1', { guestId: 'ada', nights: 1001 });
    await service.react(await service.event('1'));
    expect(service.parked()).toHaveLength(1);
    const mended = defineReaction({
      ...{ name: 'award-points', of: stay, to: [guest] },
      on: { StayEnded: ({ guestId }) => commandTo(guest, { id: guestId, type: 'AwardPoints', data: { points: 7 } }) },
    });
    await sendAgain({ ...service.ports, reactions: [mended] })('reaction:award-points', await service.event('1'));
    expect([await service.points('ada'), service.parked()]).toEqual([7, []]);
  });

  test('which stays parked if its outcome is unknown', async () => {
    const service = serviceAt();
    await service.tell('ada', 'CloseAccount');
    await service.end('1', { guestId: 'ada', nights: 1 });
    await service.react(await service.event('1'));
    const handle: HandleCommand = () => Promise.reject(new Unavailable('no answer'));
    await expect(sendAgain({ ...service.ports, handle })('reaction:award-points', await service.event('1'))).rejects.toThrow('no answer');
    expect(service.parked()).toMatchObject([{ code: 'AccountClosed' }]);
  });

  test('of a reaction that the code does not have: that is said', async () => {
    const service = serviceAt();
    await service.end('1', { guestId: 'ada', nights: 1 });
    await expect(sendAgain(service.ports)('reaction:award', await service.event('1'))).rejects.toThrow(
      "no process 'reaction:award' has a row for the event stay-1@1",
    );
  });
});
