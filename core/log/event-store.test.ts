import { describe, expect, test } from '@jest/globals';
import { InvalidEvent } from '../basics/errors.ts';
import { type CommandId, type Commit, hasIdOf, recorded, undamaged } from './event-store.ts';
import { guarded, Poison, readable } from './poison.ts';

const commit: Commit = {
  stream: { tenant: 'acme', aggregate: 'order', id: '42' },
  version: 7,
  events: [
    { type: 'OrderPlaced', schema: 1, data: { cents: 5 } },
    { type: 'OrderApproved', schema: 1, data: {} },
  ],
  recordedAt: '2026-01-01T00:00:00.000Z',
  commandId: 'command',
  correlationId: 'correlation',
  causationId: 'cause',
} as Commit;
const damaged: Commit = { ...commit, events: [], damage: 'its events are no list' } as Commit;

const metadata = {
  tenant: 'acme',
  aggregate: 'order',
  id: '42',
  recordedAt: '2026-01-01T00:00:00.000Z',
  commandId: 'command',
  correlationId: 'correlation',
  causationId: 'cause',
};

describe('the events of a commit', () => {
  test('have ids, versions and no field that the commit lacks', () => {
    expect(recorded(commit)).toStrictEqual([
      { type: 'OrderPlaced', data: { cents: 5 }, metadata: { ...metadata, eventId: 'acme/order-42@7', version: 7 } },
      { type: 'OrderApproved', data: {}, metadata: { ...metadata, eventId: 'acme/order-42@8', version: 8 } },
    ]);
  });

  test.each([
    { actor: 'ada' },
    { by: 'saga:fulfilment' },
    { depth: 3 },
    { commandType: 'PlaceOrder' },
    { commandSchema: 2 },
    { commandFrom: 'client' as const },
  ])('carry %j where the commit has it', (more) => {
    expect(recorded({ ...commit, ...more }).map(({ metadata: told }) => told)).toStrictEqual([
      { ...metadata, ...more, eventId: 'acme/order-42@7', version: 7 },
      { ...metadata, ...more, eventId: 'acme/order-42@8', version: 8 },
    ]);
  });
});

describe('two commands have the same id', () => {
  const [service, client] = [{ commandId: 'k' }, { commandId: 'k', commandFrom: 'client', actor: 'ada' }] as readonly [
    CommandId,
    CommandId,
  ];

  test.each<[string, CommandId, CommandId, boolean]>([
    ['of the service', service, { ...service, actor: 'ada' }, true],
    ['of the service, with another id', service, { commandId: 'other' }, false],
    ['of one client', client, { ...client }, true],
    ['of one client, with another key', client, { ...client, commandId: 'other' }, false],
    ['of two clients', client, { ...client, actor: 'bob' }, false],
    ['of a client, and of nobody', client, { ...client, actor: undefined }, false],
    ['of clients without a name', { ...client, actor: undefined }, { commandId: 'k', commandFrom: 'client' }, true],
    ['of the service and of a client', { ...service, actor: 'ada' }, client, false],
  ])('%s', (_, one, other, isSame) => expect([hasIdOf(one, other), hasIdOf(other, one)]).toEqual([isSame, isSame]));
});

describe('a damaged commit', () => {
  test('is refused with the id of its first event and the damage', () => {
    expect(undamaged(commit)).toBe(commit);
    expect(() => undamaged(damaged)).toThrow(new InvalidEvent('acme/order-42@7: the commit cannot be read: its events are no list'));
    expect(() => recorded(damaged)).toThrow(InvalidEvent);
  });

  test('is poison to a projection', () => {
    expect(readable(commit)).toEqual(recorded(commit));
    const poison = errorOf(() => readable(damaged));
    expect(poison).toMatchObject({
      name: 'Poison',
      eventId: 'acme/order-42@7',
      message: 'InvalidEvent: acme/order-42@7: the commit cannot be read: its events are no list',
    });
    expect(poison.cause).toBeInstanceOf(InvalidEvent);
  });
});

describe("a projection's own code", () => {
  const [event] = recorded(commit) as [ReturnType<typeof recorded>[number]];

  test('returns what it makes of the event', () => expect(guarded(event, () => 5)).toBe(5));

  test.each([
    [new RangeError('no row'), 'RangeError: no row'],
    ['just text', 'just text'],
  ])('that throws %p makes the event poison', (thrown, message) => {
    const poison = errorOf(() =>
      guarded(event, () => {
        throw thrown;
      }),
    );
    expect(poison).toMatchObject({ name: 'Poison', eventId: 'acme/order-42@7', message });
    expect(poison.cause).toBe(thrown);
  });
});

const errorOf = (act: () => unknown): Poison => {
  try {
    act();
  } catch (error) {
    if (error instanceof Poison) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
};
