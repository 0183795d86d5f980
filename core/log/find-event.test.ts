import { expect, test } from '@jest/globals';
import * as z from 'zod';
import { memoryEventStore } from '../../adapters/event-log/memory-event-store.ts';
import { filled } from '../../test/support/requests.ts';
import { tally } from '../../test/support/tally.ts';
import { Invalid, NotFound } from '../basics/errors.ts';
import { streamName } from '../basics/stream.ts';
import { findEvent } from './find-event.ts';
import { versioned } from './upcasting.ts';

const eventStore = memoryEventStore(() => new Date());
const find = findEvent({ eventStore, eventsOf: () => tally.events });

test('an event is found at each place of each commit', async () => {
  const { stream } = await filled(eventStore, 1, 3, 2);
  const amounts = [0, 1, 1, 1, 2, 2];
  for (const [index, amount] of amounts.entries()) {
    const id = `${streamName(stream)}@${index + 1}`;
    expect(await find(id)).toMatchObject({ type: 'Added', data: { amount }, metadata: { version: index + 1, eventId: id } });
  }
});

test('no event is found behind the last, and none of a stream that is not there', async () => {
  const { stream } = await filled(eventStore, 2);
  for (const id of [`${streamName(stream)}@3`, 'tally-nobody@1'])
    await expect(find(id)).rejects.toMatchObject({ name: 'NotFound', code: 'NotFound', message: `the log has no event ${id}` });
  await expect(find(`${streamName(stream)}@3`)).rejects.toBeInstanceOf(NotFound);
});

test('an answer of the store that begins elsewhere is not taken for the event', async () => {
  const { commits } = await filled(eventStore, 1, 2);
  const at = (version: number) =>
    findEvent({ eventsOf: () => tally.events, eventStore: { read: async () => ({ commits }) as never } })(`tally-x@${version}`);
  expect(await at(1)).toMatchObject({ metadata: { version: 1 } });
  expect(await at(3)).toMatchObject({ metadata: { version: 3 } });
  await expect(at(4)).rejects.toBeInstanceOf(NotFound);
});

test('another form of id is refused before the log is read', async () => {
  const unread = findEvent({ eventsOf: () => tally.events, eventStore: { read: () => Promise.reject(new Error('it is read')) } });
  await expect(unread('tally-7')).rejects.toBeInstanceOf(Invalid);
});

test('the event is lifted to the schema of today, by the catalogue of its aggregate', async () => {
  const { stream } = await filled(eventStore, 1);
  const asked: string[] = [];
  const before = z.object({ amount: z.int() });
  const today = { Added: versioned(z.object({ many: z.int() }), { 1: { from: before, to: ({ amount }) => ({ many: amount + 40 }) } }) };
  const lifting = findEvent({
    eventStore,
    eventsOf: (aggregate) => {
      asked.push(aggregate);
      return today;
    },
  });
  expect(await lifting(`${streamName(stream)}@1`)).toMatchObject({ data: { many: 40 } });
  expect(asked).toEqual(['tally']);
});
