import { expect, test } from '@jest/globals';
import { dynamoEventStore } from '../../adapters/event-log/dynamo-event-store.ts';
import { Unavailable } from '../../core/basics/errors.ts';
import { createEventsTable, engineClient, storedItems } from '../support/dynamo.ts';
import { faultyClient } from '../support/faults.ts';
import { handlerOn } from '../support/handling.ts';
import { errorOf, newStream, request } from '../support/requests.ts';
import { add, tally } from '../support/tally.ts';

const handlerFor = (table: string, client = engineClient()) => handlerOn(dynamoEventStore({ client, table, now: () => new Date() }));

test('if a write is executed and its answer is lost, one event is recorded, and the caller gets the usual answer', async () => {
  const [table, stream, asked] = [await createEventsTable(), newStream(), request(add(50))];
  const { client, requests } = faultyClient({ fault: 'timed out, executed', at: 2 });

  const answer = await handlerFor(table, client)(tally, stream, asked);

  expect(requests).toEqual(['Query', 'PutItem', 'PutItem']); // The SDK sent it again by itself, and met its own write.
  expect(answer).toMatchObject({ stream, version: 1, events: [{ type: 'Added', version: 1 }] });
  expect(await storedItems(table, stream)).toHaveLength(1);
});

test('if the answer is lost for good, the caller is told to send the command again, and then gets the usual answer', async () => {
  const [table, stream, asked] = [await createEventsTable(), newStream(), request(add(50))];
  const { client } = faultyClient({ fault: 'an outage after', at: 2 });

  const error = await errorOf(handlerFor(table, client)(tally, stream, asked));
  expect(error).toBeInstanceOf(Unavailable);
  expect(error).toMatchObject({ code: 'Unavailable', retryAfterSeconds: 1 });

  expect(await handlerFor(table)(tally, stream, asked)).toMatchObject({ version: 1, events: [{ type: 'Added', version: 1 }] });
  expect(await storedItems(table, stream)).toHaveLength(1);
});

test('a missing engine is unavailable', async () => {
  const { client } = faultyClient({ fault: 'nobody listens', at: 1 });
  expect(await errorOf(handlerFor('events', client)(tally, newStream(), request(add(1))))).toBeInstanceOf(Unavailable);
});

test('a missing table is a bug, not an outage', async () => {
  const error = await errorOf(handlerFor('no-such-table')(tally, newStream(), request(add(1))));
  expect(error).not.toBeInstanceOf(Unavailable);
  expect(error.name).toBe('ResourceNotFoundException');
});
