import { beforeEach, describe, expect, test } from '@jest/globals';
import { reception } from '../../../test/stay/index.ts';
import { memoryClaims } from '../../../test/support/saga-fates.ts';
import type { Recorded } from '../../basics/messages.ts';
import type { SagaClaims } from '../fates.ts';
import type { SagaInput } from '../ports.ts';
import type { AnySaga } from '../saga.ts';
import { sagaStarter } from './starter.ts';
import type { RunState } from './unique.ts';

let time: number;
let claims: SagaClaims;
let runs: Map<string, RunState>;
let refused: string[];
let failsToStart: boolean;
const now = () => new Date(time);

const start = (event: Recorded, saga: AnySaga = reception) =>
  sagaStarter({
    sagas: [saga],
    executions: {
      start: async (_, { event: id }: SagaInput) => {
        if (failsToStart) throw new Error('Unavailable');
        if (!runs.has(id)) runs.set(id, 'under way');
      },
    },
    now,
    onTooLate: () => {},
    unique: {
      claims,
      stateOf: async (_, id) => runs.get(id) ?? 'unknown',
      onRefused: (_, id, holder) => void refused.push(`${id}: ${holder}`),
    },
  })(event);

const requested = (id: string, guestId = 'ada', tenant?: string): Recorded => {
  const stream = tenant === undefined ? { aggregate: 'booking', id } : { tenant, aggregate: 'booking', id };
  const eventId = `${tenant === undefined ? '' : `${tenant}/`}booking-${id}@1`;
  const ids = { eventId, correlationId: 'c', causationId: 'c', commandId: 'c' };
  return {
    type: 'BookingRequested',
    data: { guestId, roomId: 'blue', cents: 1 },
    metadata: { ...stream, ...ids, version: 1, recordedAt: now().toISOString() },
  };
};
const begun = () => [...runs.keys()];

beforeEach(() => {
  time = Date.parse('2026-01-01T00:00:00.000Z');
  claims = memoryClaims(now);
  runs = new Map();
  refused = [];
  failsToStart = false;
});

describe('at most one run of a key is under way:', () => {
  test('the second is refused, and stays so when it is delivered again after the first has ended', async () => {
    await start(requested('1'));
    await start(requested('2'));
    expect([begun(), refused]).toEqual([['booking-1@1'], ['booking-2@1: booking-1@1']]);
    expect(await claims.refusedFor('reception', 'booking-2@1')).toBe('booking-1@1');
    runs.set('booking-1@1', 'ended');
    await start(requested('2'));
    expect([begun(), refused]).toEqual([['booking-1@1'], ['booking-2@1: booking-1@1']]);
  });

  test('another key, and another tenant, has a run of its own', async () => {
    await start(requested('1'));
    await start(requested('2', 'bo'));
    await start(requested('3', 'ada', 'acme'));
    expect(begun()).toEqual(['booking-1@1', 'booking-2@1', 'acme/booking-3@1']);
  });

  test('the next begins after the first has ended; the first, delivered again, changes nothing', async () => {
    await start(requested('1'));
    runs.set('booking-1@1', 'ended');
    await start(requested('2'));
    await start(requested('1'));
    expect([begun(), refused]).toEqual([['booking-1@1', 'booking-2@1'], []]);
    await start(requested('3'));
    expect(refused).toEqual(['booking-3@1: booking-2@1']);
  });

  test('one that stopped half way has its key, because an operator can continue it', async () => {
    await start(requested('1'));
    runs.set('booking-1@1', 'under way');
    await start(requested('2'));
    expect(refused).toHaveLength(1);
  });

  test('a start that failed has its key until it is delivered again, and no other run begins beside it', async () => {
    failsToStart = true;
    await expect(start(requested('1'))).rejects.toThrow('Unavailable');
    failsToStart = false;
    await start(requested('2'));
    await start(requested('1'));
    expect([begun(), refused]).toEqual([['booking-1@1'], ['booking-2@1: booking-1@1']]);
  });

  test('a start that failed and never came again does not keep its key for ever', async () => {
    failsToStart = true;
    await expect(start(requested('1'))).rejects.toThrow('Unavailable');
    failsToStart = false;
    time += 11 * 60_000;
    await start(requested('2'));
    await start(requested('1')); // From the dead letters.
    expect([begun(), refused]).toEqual([['booking-2@1'], ['booking-1@1: booking-2@1']]);
  });

  test('of two that find the first ended, one begins', async () => {
    await start(requested('1'));
    runs.set('booking-1@1', 'ended');
    const sound = claims;
    let isOvertaken = false;
    claims = {
      ...sound,
      take: async (key, event, after) => {
        if (after !== undefined && !isOvertaken) {
          isOvertaken = true;
          await start(requested('3'));
        }
        return sound.take(key, event, after);
      },
    };
    await start(requested('2'));
    expect([begun(), refused]).toEqual([['booking-1@1', 'booking-3@1'], ['booking-2@1: booking-3@1']]);
  });
});

test('a key for ever is never given to another run', async () => {
  const saga: AnySaga = { ...(reception as AnySaga), unique: { key: ({ guestId }) => guestId, among: 'ever' } };
  await start(requested('1'), saga);
  runs.delete('booking-1@1'); // Step Functions has forgotten it.
  time += 100 * 24 * 3600_000;
  await start(requested('2'), saga);
  expect([begun(), refused]).toEqual([[], ['booking-2@1: booking-1@1']]);
});

test('a saga without a key starts for each event', async () => {
  const saga: AnySaga = { ...(reception as AnySaga), unique: undefined };
  await start(requested('1'), saga);
  await start(requested('2'), saga);
  expect(begun()).toEqual(['booking-1@1', 'booking-2@1']);
});
