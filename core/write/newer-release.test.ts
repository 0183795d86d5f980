import { beforeEach, describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { memoryCommitLog } from '../../adapters/event-log/memory-event-store.ts';
import { eventStore } from '../../adapters/event-log/store-on-commit-log.ts';
import { tailCache } from '../../adapters/event-log/tail-cache.ts';
import { handlerOn } from '../../test/support/handling.ts';
import { errorOf, request } from '../../test/support/requests.ts';
import { NewerRelease } from '../basics/errors.ts';
import type { EventStore } from '../log/event-store.ts';
import { versioned } from '../log/upcasting.ts';
import { type AnyDecider, defineDecider } from './decider.ts';

// A newer release has recorded events, and the older one runs again. Both states have the same shape and revision.

const noted = z.object({ text: z.string() });
const older = defineDecider({
  name: 'card',
  commands: { Note: noted },
  events: { Noted: noted },
  initialState: (): { readonly notes: number } => ({ notes: 0 }),
  decide: { Note: (data) => [{ type: 'Noted', data }] },
  evolve: { Noted: ({ notes }) => ({ notes: notes + 1 }) },
});
const withNewType: AnyDecider = {
  ...older,
  commands: { ...older.commands, Burn: z.object({}) },
  events: { ...older.events, Burnt: z.object({}) },
  decide: { ...older.decide, Burn: () => [{ type: 'Burnt', data: {} }] },
  evolve: { ...older.evolve, Burnt: () => ({ notes: -1 }) },
};
const withNewVersion: AnyDecider = {
  ...older,
  events: {
    Noted: versioned(z.object({ text: z.string(), by: z.string() }), { 1: { from: noted, to: ({ text }) => ({ text, by: '' }) } }),
  },
  decide: { Note: ({ text }: { text: string }) => [{ type: 'Noted', data: { text, by: 'ada' } }] },
  evolve: { Noted: ({ notes }: { notes: number }) => ({ notes: notes + 1 }) },
};
const note = { type: 'Note', data: { text: 'a' } };
const burn = { type: 'Burn', data: {} };

let log: ReturnType<typeof memoryCommitLog>;
let store: EventStore;
beforeEach(() => {
  log = memoryCommitLog();
  store = eventStore(log, () => new Date());
});
const send = (decider: AnyDecider, command: { type: string; data: object }, commandId?: string, on = store) =>
  handlerOn(on)(decider, { id: '1' }, request(command, commandId));
const sendAll = async (decider: AnyDecider, ...commands: (typeof note | typeof burn)[]) => {
  for (const command of commands) await send(decider, command);
};
const refused = async (decider: AnyDecider = older) => {
  const error = await errorOf(send(decider, note));
  expect(error).toBeInstanceOf(NewerRelease);
  return error as NewerRelease;
};

describe('a command of the older release', () => {
  test('to a stream with an event of a new type waits for the newer release, which carries it out', async () => {
    await sendAll(withNewType, note, burn);
    expect((await refused()).details).toEqual({ event: 'card-1@2', eventType: 'Burnt', schema: 1 });
    expect(await send(withNewType, note)).toMatchObject({ version: 3 });
  });

  test('to a stream with an event of a new schema version waits, too', async () => {
    await sendAll(withNewVersion, note);
    expect((await refused()).details).toEqual({ event: 'card-1@1', eventType: 'Noted', schema: 2, known: 1 });
  });

  test.each([1, 7, 8, 9, 40])('waits also if %i commits with snapshots of the newer release follow the event', async (more) => {
    await sendAll(withNewType, note, burn, ...Array<typeof note>(more).fill(note));
    expect((await refused()).details).toMatchObject({ event: 'card-1@2' });
  });

  test('to another stream is carried out, and to one with snapshots of the newer release as well', async () => {
    await sendAll(withNewType, ...Array<typeof note>(12).fill(note));
    expect(await send(older, note)).toMatchObject({ version: 13 });
  });

  test('that loses to a writer of the newer release waits', async () => {
    await send(older, note);
    const cache = tailCache({ maxEntries: 9, maxBytes: 1e9 });
    const warm = handlerOn(store, cache);
    await warm(older as AnyDecider, { id: '1' }, request(note));
    await send(withNewType, burn);
    expect(await errorOf(warm(older as AnyDecider, { id: '1' }, request(note)))).toBeInstanceOf(NewerRelease);
  });
});

test('the newer release begins at a snapshot of the older one', async () => {
  await sendAll(older, ...Array<typeof note>(20).fill(note));
  let items = 0;
  const watched = eventStore(
    {
      ...log,
      query: async (...args) => {
        const page = await log.query(...args);
        items += page.items.length;
        return page;
      },
    },
    () => new Date(),
  );
  expect(await send(withNewType, note, undefined, watched)).toMatchObject({ version: 21 });
  expect(items).toBeLessThanOrEqual(8);
});

describe('a repeated request', () => {
  test('whose answer only a newer release can repeat waits', async () => {
    const tail = store.begin({ aggregate: 'card', id: '1' });
    const asked = { ...request(note, 'k1'), commandType: 'Note' };
    const folded = { fingerprint: 'newer', state: null };
    await store.append(tail, asked, {
      events: [{ type: 'Noted', schema: 1, data: { text: 'a' } }],
      answer: { schema: 1, data: 7 },
      folded,
    });
    expect(await errorOf(send(older, note, 'k1'))).toBeInstanceOf(NewerRelease);
    expect(await send(older, note, 'k2')).toMatchObject({ version: 2 });
  });

  test('whose digest a newer release made in another form waits', async () => {
    await send(older, note, 'k1');
    const forged = eventStore(
      {
        ...log,
        query: async (...args) => {
          const page = await log.query(...args);
          return { ...page, items: page.items.map((item) => ({ ...item, request: new Uint8Array(20) })) };
        },
      },
      () => new Date(),
    );
    expect(await errorOf(send(older, note, 'k1', forged))).toBeInstanceOf(NewerRelease);
  });
});
