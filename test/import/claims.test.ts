import { expect, test } from '@jest/globals';
import * as z from 'zod';
import { memoryEventStore } from '../../adapters/event-log/memory-event-store.ts';
import { noCache } from '../../adapters/event-log/tail-cache.ts';
import { defineMapping, type Entry, history, readEntry } from '../../core/import/mapping.ts';
import { commandHandler } from '../../core/write/command-handler.ts';
import { defineDecider } from '../../core/write/decider.ts';
import { recorderOn } from './history.ts';

const plate = z.object({ plate: z.string() });
const car = defineDecider({
  name: 'car',
  commands: { Register: plate, Scrap: z.object({}) },
  events: { Registered: plate, Scrapped: z.object({}) },
  initialState: (): { readonly plate: string } => ({ plate: '' }),
  claims: ({ plate }) => (plate === '' ? [] : [`plate:${plate}`]),
  decide: { Register: (data) => [{ type: 'Registered', data }], Scrap: () => [{ type: 'Scrapped', data: {} }] },
  evolve: { Registered: (_, { plate }) => ({ plate }), Scrapped: () => ({ plate: '' }) },
});

const line = z.object({ car: z.string(), plate: z.string().optional() });
const mapping = defineMapping({
  line,
  toHistory: ({ car: id, plate }) => {
    const happened = { id, recordedAt: '2001-01-01T00:00:00Z', commandId: `import/${plate}` };
    return history(car, {
      ...happened,
      events: [plate === undefined ? { type: 'Scrapped', data: {} } : { type: 'Registered', data: { plate } }],
    });
  },
});
const entry = (content: z.output<typeof line>): Entry => readEntry(mapping, JSON.stringify(content)) as Entry;

test('imported history claims names and gives them up, as commands do', async () => {
  const eventStore = memoryEventStore(() => new Date());
  const record = recorderOn(eventStore);
  const handle = commandHandler({ eventStore, cache: noCache, pause: async () => {} });
  const register = (id: string, commandId: string) =>
    handle(car, { id }, { commandId, correlationId: '', causationId: '', command: { type: 'Register', data: { plate: 'P1' } } });

  await record(entry({ car: 'a', plate: 'P1' }));
  await expect(register('b', 'one')).rejects.toMatchObject({ code: 'NameTaken' });
  await expect(record(entry({ car: 'c', plate: 'P1' }))).rejects.toMatchObject({ code: 'NameTaken' });
  await record(entry({ car: 'a' }));
  expect(await register('b', 'two')).toMatchObject({ version: 1 });
});
