import { beforeAll, describe, expect, test } from '@jest/globals';
import { dynamoEventStore } from '../../adapters/event-log/dynamo-event-store.ts';
import { dynamoParkedCommands } from '../../adapters/processes/dynamo-parked-commands.ts';
import { receiveAgain, receiver } from '../../core/inboxes/receiving.ts';
import type { ParkedCommand } from '../../core/processes/ports.ts';
import { inboxesOf } from '../../core/registry/domain.ts';
import { foldingOf } from '../../core/write/decider.ts';
import { domain, parcel } from '../depot/index.ts';
import { causeOf, digest, message } from '../depot/service.ts';
import { createEventsTable, createParkedCommandsTable, engineClient } from '../support/dynamo.ts';
import { eachFault } from '../support/each-fault.ts';
import { type Strike, trouble, troubled } from '../support/faults.ts';
import { handlerOn } from '../support/handling.ts';
import { request } from '../support/requests.ts';

// Each event adds its items once, and what is wrong is parked with its message, whatever happens to the requests on the way. As a queue does
// it: a message is delivered again until the function has not failed it, by another process if the first one died; a sender may send it
// again, and late.

let events: string;
let parkedTable: string;
beforeAll(async () => {
  [events, parkedTable] = await Promise.all([createEventsTable(), createParkedCommandsTable()]);
});

const storeOn = ({ on } = trouble()) => dynamoEventStore({ client: troubled(on), table: events, now: () => new Date() });

/** The function as a new process has it: all of its connections have the same trouble. */
const functionOn = (told = trouble()) => {
  const ports = {
    inboxes: inboxesOf(domain),
    handle: handlerOn(storeOn(told)),
    parked: dynamoParkedCommands({ client: troubled(told.on), table: parkedTable }),
    now: () => new Date(),
    digest,
    onDropped: () => {},
    onParked: () => {},
  };
  return {
    receive: (body: object, isRepeated: boolean) =>
      receiver(ports)('orders', message(body, { sentAt: new Date().toISOString() }), { isRepeated }),
    again: (id: string) => receiveAgain(ports)('orders', causeOf('orders', id)),
  };
};

let rounds = 0;
/** An order that is placed, with a parcel that may be closed, and data that may be wrong. */
const scene = async ({ isClosed, totalCents }: Pick<Trial, 'isClosed' | 'totalCents'>) => {
  const id = `faults${++rounds}`;
  const send = handlerOn(storeOn());
  if (isClosed) await send(parcel, { id }, request({ type: 'CloseParcel', data: {} }));
  const itemsOf = async (name: string) =>
    (await storeOn().load({ aggregate: 'parcel', id: name }, foldingOf(parcel), 'strong')).state.items;
  const parked = dynamoParkedCommands({ client: engineClient(), table: parkedTable });
  const data = { orderId: id, customerId: id, totalCents };
  const time = new Date().toISOString();
  return {
    id,
    event: { specversion: '1.0', id, source: 'orders', type: 'OrderPlaced.v1', time, data },
    open: () => send(parcel, { id }, request({ type: 'OpenParcel', data: {} })),
    outcome: async () => ({
      items: [await itemsOf(id), await itemsOf(`of-${id}`)],
      parked: placesOf(await parked.of('inbox:orders', causeOf('orders', id))),
    }),
  };
};
const placesOf = (all: readonly ParkedCommand[]) => all.map(({ place, code, input = '' }) => `${place} ${code} ${input.length > 0}`);

const isDone = (work: Promise<unknown>): Promise<boolean> =>
  work.then(
    () => true,
    () => false,
  );

interface Trial {
  readonly isClosed: boolean;
  readonly totalCents: number | string;
  readonly requests: readonly string[];
  readonly outcome: { readonly items: readonly number[]; readonly parked: readonly string[] };
}

const trials: Readonly<Record<string, Trial>> = {
  'two commands are carried out': {
    ...{ isClosed: false, totalCents: 100 },
    requests: ['Query', 'PutItem', 'Query', 'PutItem'],
    outcome: { items: [1, 1], parked: [] },
  },
  'one is refused and parked': {
    ...{ isClosed: true, totalCents: 100 },
    // The refusal is confirmed on a strongly consistent read.
    requests: ['Query', 'Query', 'PutItem', 'Query', 'PutItem'],
    outcome: { items: [0, 1], parked: ['0 ParcelClosed true'] },
  },
  'the data do not fit': {
    ...{ isClosed: false, totalCents: 'many' },
    requests: ['PutItem'],
    outcome: { items: [0, 0], parked: ['row InvalidData true'] },
  },
};

/** Answers what was requested before the message was delivered again, by its queue and by its sender. */
const deliver = async (trial: Trial, ...strikes: readonly Strike[]): Promise<readonly string[]> => {
  const played = await scene(trial);
  const told = trouble(...strikes);
  const done = await isDone(functionOn(told).receive(played.event, false));
  const requests = [...told.requests];
  if (done) expect(await played.outcome()).toEqual(trial.outcome);
  await functionOn().receive(played.event, true);
  await functionOn().receive(played.event, false);
  expect(await played.outcome()).toEqual(trial.outcome);
  return requests;
};

describe.each(Object.entries(trials))('%s', (_, trial) => {
  test('with the expected requests', async () => expect(await deliver(trial)).toEqual(trial.requests));

  eachFault('once, whichever of its requests is met by: %s', async (fault) => {
    // One after the other: the engine gives up if too many wait for its locks.
    for (const [index] of trial.requests.entries()) await deliver(trial, { fault, at: index + 1 });
  });
});

test('two events of one parcel act once each, whichever order and however often they come', async () => {
  const [first, second] = [await scene({ isClosed: false, totalCents: 1 }), await scene({ isClosed: false, totalCents: 2 })];
  const one = { ...first.event, data: { ...first.event.data, orderId: second.id } };
  for (const [event, isRepeated] of [
    [second.event, false],
    [one, false],
    [second.event, true],
    [one, false],
    [second.event, false],
  ] as const)
    await functionOn().receive(event, isRepeated);
  expect([(await second.outcome()).items, (await first.outcome()).items]).toEqual([
    [2, 1],
    [0, 1],
  ]);
});

describe('an operator has a parked message tried again', () => {
  // What is parked, the first command, the second one that was carried out, and the row that is taken out.
  const requests = ['Query', 'Query', 'PutItem', 'Query', 'DeleteItem'];
  const retry = async (...strikes: readonly Strike[]): Promise<readonly string[]> => {
    const played = await scene({ isClosed: true, totalCents: 1 });
    await functionOn().receive(played.event, false);
    await played.open();
    const told = trouble(...strikes);
    await isDone(functionOn(told).again(played.id));
    const requested = [...told.requests];
    // The operator sees that it is still parked, or the queue delivers the notice again.
    await functionOn().again(played.id);
    expect(await played.outcome()).toEqual({ items: [1, 1], parked: [] });
    return requested;
  };

  test('and it is parked no more', async () => expect(await retry()).toEqual(requests));

  eachFault('and it acts once, whichever of the requests is met by: %s', async (fault) => {
    for (const [index] of requests.entries()) await retry({ fault, at: index + 1 });
  });
});
