import { describe, expect, test } from '@jest/globals';
import { domain, guest, stay } from '../../test/loyalty/index.ts';
import { day, second, serviceAt } from '../../test/loyalty/service.ts';
import { handlerOn } from '../../test/support/handling.ts';
import { request } from '../../test/support/requests.ts';
import { maxDepth } from '../basics/depth.ts';
import { InvalidEvent, Refusal, Unavailable } from '../basics/errors.ts';
import type { Recorded } from '../basics/messages.ts';
import { findEvent } from '../log/find-event.ts';
import { commandTo } from '../processes/command-to.ts';
import { eventsOf } from '../registry/domain.ts';
import type { HandleCommand } from '../write/command-handler.ts';
import { foldingOf } from '../write/decider.ts';
import { type AnyReaction, defineReaction } from './reaction.ts';

describe('an event', () => {
  test('sends its commands, each under an id of its own, with their cause', async () => {
    const service = serviceAt();
    await service.end('1', { guestId: 'ada', nights: 3, friends: ['bob', 'cleo'] });
    const event = await service.event('1');
    await service.react({ ...event, metadata: { ...event.metadata, actor: 'ada' } });
    expect(await Promise.all(['ada', 'bob', 'cleo'].map(service.points))).toEqual([30, 1, 1]);
    const { commits } = await service.eventStore.read({ aggregate: 'guest', id: 'bob' }, { from: 1, limit: 1 });
    expect(commits).toMatchObject([
      {
        commandId: 'reaction:award-points/stay-1@1/1',
        causationId: 'stay-1@1',
        correlationId: event.metadata.correlationId,
        actor: 'ada',
        by: 'reaction:award-points',
        depth: 1,
      },
    ]);
  });

  test('goes to the tenant that it is of', async () => {
    const service = serviceAt();
    const data = { guestId: 'ada', nights: 1 };
    await handlerOn(service.eventStore)(stay, { id: '1', tenant: 'acme' }, request({ type: 'EndStay', data }));
    await service.react(await findEvent({ eventStore: service.eventStore, eventsOf: eventsOf(domain) })('acme/stay-1@1'));
    expect(await service.points('ada')).toBe(0);
    const { state } = await service.eventStore.load({ aggregate: 'guest', id: 'ada', tenant: 'acme' }, foldingOf(guest), 'strong');
    expect(state.points).toBe(10);
  });

  test.each([1, 2, 5])('acts once, delivered %d times', async (times) => {
    const service = serviceAt();
    await service.end('1', { guestId: 'ada', nights: 1, friends: ['bob'] });
    for (let delivery = 1; delivery <= times; delivery += 1) await service.react(await service.event('1'), delivery > 1);
    expect([await service.points('ada'), await service.points('bob')]).toEqual([10, 1]);
  });

  test('may cause nothing, and one command', async () => {
    const service = serviceAt();
    for (const id of ['silent', '2']) await service.praise(id);
    for (const id of ['silent', '2']) await service.react(await service.event(id));
    expect([await service.points('by-silent'), await service.points('by-2')]).toEqual([0, 5]);
  });

  test.each([
    ['of another aggregate', { aggregate: 'guest' }, 'StayEnded'],
    ['without a row', {}, 'PointsAwarded'],
    ['that is named like what every object has', {}, 'constructor'],
  ])('%s causes nothing', async (_, metadata, type) => {
    const service = serviceAt();
    await service.end('1', { guestId: 'ada', nights: 1 });
    const event = await service.event('1');
    await service.react({ ...event, type, metadata: { ...event.metadata, ...metadata } });
    expect([await service.points('ada'), service.parked()]).toEqual([0, []]);
  });

  test.each([
    [30 * day, 10, []],
    [30 * day + second, 0, ['award-points stay-1@1']],
  ])('is %d ms old', async (age, points, late) => {
    const service = serviceAt();
    await service.end('1', { guestId: 'ada', nights: 1 });
    const event = await service.event('1');
    service.pass(age);
    await service.react(event);
    expect([await service.points('ada'), service.tooLate]).toEqual([points, late]);
  });
});

describe('what is refused', () => {
  test('is parked with its reason, and holds up no other command', async () => {
    const service = serviceAt();
    await service.tell('ada', 'CloseAccount');
    await service.end('1', { guestId: 'ada', nights: 1, friends: ['bob'] });
    await service.react(await service.event('1'));
    expect(await service.points('bob')).toBe(1);
    expect(service.parked()).toEqual([
      {
        ...{ process: 'reaction:award-points', cause: 'stay-1@1', place: 0, command: 'AwardPoints of guest-ada' },
        ...{ code: 'AccountClosed', message: 'AccountClosed', since: '2026-06-01T00:00:00.000Z' },
      },
    ]);
    expect(service.noted).toEqual(['stay-1@1 AccountClosed']);
  });

  test.each<[string, { guestId: string; nights: number }, string, string | number]>([
    ['an id that no stream can have', { guestId: 'a/b', nights: 1 }, 'InvalidId', 0],
    ['data that its schema refuses', { guestId: 'ada', nights: 0 }, 'InvalidData', 0],
    ['a row that fails', { guestId: 'ada', nights: 1001 }, 'RowFails', 'row'],
  ])('may be %s', async (_, data, code, place) => {
    const service = serviceAt();
    await service.end('1', data);
    await service.react(await service.event('1'));
    expect(service.parked()).toMatchObject([{ cause: 'stay-1@1', code, place }]);
    expect(await service.points('ada')).toBe(0);
  });

  test('may be a command to an aggregate that the reaction does not name', async () => {
    const to: AnyReaction = {
      ...defineReaction({ name: 'lost', of: stay, to: [stay], on: {} }),
      on: { StayPraised: () => commandTo(guest, { id: '1', type: 'OpenAccount', data: {} }) },
    };
    const service = serviceAt({ reactions: [to] });
    await service.praise('1');
    await service.react(await service.event('1'));
    expect(service.parked()).toMatchObject([
      { code: 'RowFails', message: "'lost' sends a command to 'guest', which its 'to' does not name" },
    ]);
  });

  test('is looked for in the log only at a delivery that may be a later one', async () => {
    const tries: (boolean | undefined)[] = [];
    const handle: HandleCommand = async (_, __, request) => {
      tries.push(request.tries?.isFirst);
      expect(await request.tries?.since()).toBe('2026-05-31T23:55:00.000Z');
      throw new Refusal('AccountClosed');
    };
    const service = serviceAt({ handle });
    await service.end('1', { guestId: 'ada', nights: 1 });
    const event = await service.event('1');
    await service.react(event, false);
    await service.react(event, true);
    service.pass(60 * second);
    await service.react(event, false);
    service.pass(1);
    await service.react(event, false);
    expect(tries).toEqual([true, false, true, false]);
  });

  test('says its details', async () => {
    const handle: HandleCommand = () => Promise.reject(new Refusal('OutOfPoints', { left: 3 }));
    const service = serviceAt({ handle });
    await service.end('1', { guestId: 'ada', nights: 1 });
    await service.react(await service.event('1'));
    expect(service.parked()).toMatchObject([{ code: 'OutOfPoints', message: 'OutOfPoints {"left":3}' }]);
  });

  test('may be a thing that is thrown and is no error', async () => {
    const thrown = (): null => {
      throw 'text';
    };
    const service = serviceAt({ reactions: [defineReaction({ name: 'odd', of: stay, to: [], on: { StayPraised: thrown } })] });
    await service.praise('1');
    await service.react(await service.event('1'));
    expect(service.parked()).toMatchObject([{ process: 'reaction:odd', place: 'row', code: 'RowFails', message: 'text' }]);
  });

  test('has nobody in it if nobody asked', async () => {
    const service = serviceAt();
    await service.praise('1');
    await service.react(await service.event('1'));
    const { commits } = await service.eventStore.read({ aggregate: 'guest', id: 'by-1' }, { from: 1, limit: 1 });
    expect(commits[0]).not.toHaveProperty('actor');
  });

  test('ends a loop of processes', async () => {
    const service = serviceAt();
    await service.end('1', { guestId: 'ada', nights: 1 });
    const event = await service.event('1');
    const deep = (depth: number): Recorded => ({ ...event, metadata: { ...event.metadata, depth } });
    await service.react(deep(maxDepth));
    expect(service.parked()).toMatchObject([{ code: 'TooDeep', message: 'TooDeep {"depth":17,"maxDepth":16}' }]);
    await service.react(deep(maxDepth - 1));
    expect(await service.points('ada')).toBe(10);
  });

  test('is no refusal if an earlier delivery has carried the command out, however much has happened since', async () => {
    const service = serviceAt();
    await service.end('1', { guestId: 'ada', nights: 1 });
    await service.react(await service.event('1'));
    for (let count = 0; count < 100; count += 1) await service.tell('ada', 'OpenAccount');
    await service.react(await service.event('1'), true);
    expect(await service.points('ada')).toBe(10);
    await service.tell('ada', 'CloseAccount');
    await service.react(await service.event('1'), true);
    expect(service.parked()).toEqual([]);
    // An archive that is replayed delivers an event as if it were new.
    service.pass(61 * second);
    await service.react(await service.event('1'), false);
    expect([service.parked(), await service.points('ada')]).toEqual([[], 10]);
  });
});

describe('an outcome that is unknown', () => {
  const failing = (failures: Record<string, Error>) => {
    const tried: string[] = [];
    const handle: HandleCommand = async (decider, { id }, { commandId }) => {
      tried.push(id);
      if (failures[id] !== undefined) throw failures[id];
      return { stream: { aggregate: decider.name, id }, version: 1, events: [], isRepeated: commandId === '' };
    };
    return { tried, service: serviceAt({ handle }) };
  };

  test('has the event delivered again, after the other commands are sent', async () => {
    const lost = new Unavailable('no answer');
    const { service, tried } = failing({ ada: lost });
    await service.end('1', { guestId: 'ada', nights: 1, friends: ['bob'] });
    await expect(service.react(await service.event('1'))).rejects.toBe(lost);
    expect([tried, service.parked()]).toEqual([['ada', 'bob'], []]);
  });

  test('of several commands is told of all of them', async () => {
    const { service } = failing({ ada: new Unavailable('one'), bob: new InvalidEvent('two') });
    await service.end('1', { guestId: 'ada', nights: 1, friends: ['bob', 'cleo'] });
    await expect(service.react(await service.event('1'))).rejects.toMatchObject({ message: 'Unavailable: one; InvalidEvent: two' });
  });
});
