import { expect, test } from '@jest/globals';
import * as z from 'zod';
import { memoryEventStore } from '../../adapters/event-log/memory-event-store.ts';
import { tailCache } from '../../adapters/event-log/tail-cache.ts';
import { recorder } from '../../cli/import/recorder.ts';
import { defineMapping, type Entry, history, readEntry } from '../../core/import/mapping.ts';
import { foldingOf } from '../../core/write/decider.ts';
import { diary } from '../support/diary.ts';

const mapping = defineMapping({
  line: z.object({ at: z.string(), notes: z.array(z.string()), actor: z.string().optional() }),
  toHistory: ({ at, notes, actor }) =>
    history(diary, {
      id: '1',
      recordedAt: at,
      commandId: `import/${at}`,
      actor,
      events: notes.map((note) => ({ type: 'Written', data: { note, at } })),
    }),
});
const entry = (content: object): Entry => readEntry(mapping, JSON.stringify(content)) as Entry;

test('evolve sees the times and the actors of imported history, as they are stored', async () => {
  const eventStore = memoryEventStore(() => new Date('2026-01-01T12:00:00.000Z'));
  const cache = tailCache({ maxEntries: 10, maxBytes: 1_000_000 });
  const record = recorder({ eventStore, cache, pause: async () => {} });
  await record(entry({ at: '2001-05-01T10:00:00Z', notes: ['a', 'b'], actor: 'ada' }));
  await record(entry({ at: '2000-01-01T00:00:00Z', notes: ['of an earlier time'] }));
  const recordedAt = '2001-05-01T10:00:00.000Z'; // The times of a stream do not run backwards.
  const seen = [
    { what: 'a', version: 1, recordedAt, actor: 'ada' },
    { what: 'b', version: 2, recordedAt, actor: 'ada' },
    { what: 'of an earlier time', version: 3, recordedAt },
  ];
  const stream = { aggregate: 'diary', id: '1' };
  expect(cache.get(stream)?.state.seen).toStrictEqual(seen);
  expect((await eventStore.load(stream, foldingOf(diary), 'strong')).state.seen).toStrictEqual(seen);
  expect((await eventStore.load(stream, { ...foldingOf(diary), fingerprint: 'no snapshot' }, 'strong')).state.seen).toStrictEqual(seen);
});
