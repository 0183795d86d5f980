import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { dynamoEventStore } from '../../adapters/event-log/dynamo-event-store.ts';
import { signing } from '../../adapters/outbound/credentials.ts';
import { dynamoCircuits } from '../../adapters/outbound/dynamo-circuits.ts';
import { httpThirdParties } from '../../adapters/outbound/http-third-parties.ts';
import { dynamoParkedCommands } from '../../adapters/processes/dynamo-parked-commands.ts';
import { takeAnswer, takeAnswerAgain } from '../../core/calls/answers.ts';
import { type Circuits, guarded } from '../../core/calls/guarded.ts';
import { caller } from '../../core/calls/outbound-requests.ts';
import { findEvent } from '../../core/log/find-event.ts';
import { eventsOf } from '../../core/registry/domain.ts';
import { foldingOf } from '../../core/write/decider.ts';
import { courier, domain, parcel } from '../parcels/index.ts';
import { createEventsTable, createNamesTable, createParkedCommandsTable, engineClient } from '../support/dynamo.ts';
import { eachFault } from '../support/each-fault.ts';
import { type Connection, type HttpAnswer, type Strike, trouble, troubled } from '../support/faults.ts';
import { handlerOn } from '../support/handling.ts';
import { request } from '../support/requests.ts';
import { fetchOn } from '../support/third-party.ts';

// A call with credentials and limits whose answer causes a command: the parcel is fetched once and booked once, whatever happens to the
// requests on the way. As SQS and Lambda do it: a notice is delivered again until its call was neither failed nor held.

let [events, parkedTable, circuitsTable] = ['', '', ''];
beforeAll(async () => {
  [events, parkedTable, circuitsTable] = await Promise.all([createEventsTable(), createParkedCommandsTable(), createNamesTable()]);
});

/** A courier that fetches once for each key, and answers the same each time. */
const courierWith = (answer: { readonly status: number; readonly text: string }) => {
  const keys = new Map<string, number>();
  let strangers = 0;
  const handle = async ({ headers }: { readonly headers: Record<string, string> }): Promise<{ response: HttpAnswer }> => {
    if (headers['x-api-key'] !== 'key-of-the-shop') strangers += 1;
    const key = headers['idempotency-key'] ?? '';
    keys.set(key, (keys.get(key) ?? 0) + 1);
    return { response: { statusCode: answer.status, headers: {}, body: new TextEncoder().encode(answer.text) } };
  };
  return { connection: { handle, destroy: () => {} } as Connection, fetched: () => keys.size, strangers: () => strangers };
};

const storeOn = ({ on } = trouble()) => dynamoEventStore({ client: troubled(on), table: events, now: () => new Date() });

/** The circuits of one trial. */
const circuitsOf = (trial: string, told = trouble()): Circuits => {
  const all = dynamoCircuits({ client: troubled(told.on), table: circuitsTable, newVersion: randomUUID });
  return {
    read: (name) => all.read(trial + name),
    replace: (name, ...more) => all.replace(trial + name, ...more),
    place: (name, row) => all.place(trial + name, row),
  };
};

/** The function as a new process has it: all of its connections have the same trouble. `later` is the time that has gone by. */
const functionOn = (trial: string, world: ReturnType<typeof courierWith>, { told = trouble(), later = 0 } = {}) => {
  const eventStore = storeOn(told);
  const now = () => new Date(Date.now() + later * 1000);
  const endpoints = { courier: 'http://courier.example' };
  const credentials = new Map([['courier', courier.credentials ?? { header: '' }]]);
  const thirdParties = httpThirdParties({
    ...{ endpoints, timeoutSeconds: 1, maxTries: 3, pause: async () => {}, measure: () => {} },
    signing: signing({ credentials, endpoints, secretOf: async () => '{"value":"key-of-the-shop"}', now, timeoutSeconds: 1 }),
    fetch: fetchOn(told.on(world.connection)),
  });
  const sending = {
    calls: [courier],
    handle: handlerOn(eventStore),
    parked: dynamoParkedCommands({ client: troubled(told.on), table: parkedTable }),
    ...{ now, onParked: () => {} },
  };
  const guard = guarded({
    ...{ thirdParties, circuits: circuitsOf(trial, told), limits: new Map([['courier', courier.limits ?? {}]]), now },
    ...{ wait: async () => {}, chance: () => 0, onHeld: () => {} },
  });
  const call = caller({ calls: [courier], thirdParties: guard, onAnswer: takeAnswer(sending) });
  const find = findEvent({ eventsOf: eventsOf(domain), eventStore });
  return {
    call: async (id: string, isRepeated: boolean) => call(await find(id), { isRepeated }),
    again: async (id: string) => takeAnswerAgain(sending)('call:courier', await find(id)),
  };
};

const isDone = (work: Promise<unknown>): Promise<boolean> =>
  work.then(
    () => true,
    () => false,
  );

const scene = async (isLost: boolean) => {
  const id = `p${randomUUID().slice(0, 8)}`;
  const send = handlerOn(storeOn());
  await send(parcel, { id }, request({ type: 'PackParcel', data: { grams: 500 } }));
  if (isLost) await send(parcel, { id }, request({ type: 'LoseParcel', data: {} }));
  const parked = dynamoParkedCommands({ client: engineClient(), table: parkedTable });
  return {
    id,
    event: `parcel-${id}@1`,
    find: () => send(parcel, { id }, request({ type: 'FindParcel', data: {} })),
    outcome: async () => ({
      bookings: (await storeOn().load({ aggregate: 'parcel', id }, foldingOf(parcel), 'strong')).state.bookings,
      parked: (await parked.of('call:courier', `parcel-${id}@1`)).map(({ place, code }) => `${place} ${code}`),
    }),
  };
};

const fetched = { status: 201, text: '{"tracking":"t1"}' };
const trials = {
  'a parcel is fetched and booked': {
    ...{ isLost: false, answer: fetched, outcome: { bookings: 1, parked: [] } },
    // The event, the circuit, the place in the row, which begins, the call, and the command.
    requests: ['Query', 'GetItem', 'UpdateItem', 'UpdateItem', 'POST', 'Query', 'PutItem'],
  },
  'the booking is refused and parked': {
    ...{ isLost: true, answer: fetched, outcome: { bookings: 0, parked: ['0 ParcelIsLost'] } },
    requests: ['Query', 'GetItem', 'UpdateItem', 'UpdateItem', 'POST', 'Query', 'Query', 'PutItem'],
  },
  'the answer does not fit and is parked': {
    ...{ isLost: false, answer: { status: 201, text: '{"tracking":""}' }, outcome: { bookings: 0, parked: ['row InvalidData'] } },
    requests: ['Query', 'GetItem', 'UpdateItem', 'UpdateItem', 'POST', 'PutItem'],
  },
  'the answer is no JSON and is parked': {
    ...{ isLost: false, answer: { status: 422, text: '<html>' }, outcome: { bookings: 0, parked: ['row InvalidData'] } },
    requests: ['Query', 'GetItem', 'UpdateItem', 'UpdateItem', 'POST', 'PutItem'],
  },
  'the answer causes nothing': {
    ...{ isLost: false, answer: { status: 422, text: '{"reason":"gone"}' }, outcome: { bookings: 0, parked: [] } },
    requests: ['Query', 'GetItem', 'UpdateItem', 'UpdateItem', 'POST'],
  },
} as const;

type Trial = (typeof trials)[keyof typeof trials];

/** Answers what was requested before the notice was delivered again. */
const deliver = async ({ isLost, answer, outcome }: Trial, ...strikes: readonly Strike[]): Promise<readonly string[]> => {
  const played = await scene(isLost);
  const world = courierWith(answer);
  const told = trouble(...strikes);
  const done = await isDone(functionOn(played.id, world, { told }).call(played.event, false));
  const requests = [...told.requests];
  if (done) expect(await played.outcome()).toEqual(outcome);
  // Ten minutes later: a circuit that has opened lets one try. Twice, because a message may be delivered once more.
  for (let again = 1; again <= 2; again++) await functionOn(played.id, world, { later: again * 600 }).call(played.event, true);
  expect(await played.outcome()).toEqual(outcome);
  expect([world.fetched(), world.strangers()]).toEqual([1, 0]);
  return requests;
};

describe.each(Object.entries(trials))('%s', (_, trial) => {
  test('with the expected requests', async () => expect(await deliver(trial)).toEqual(trial.requests));

  eachFault('once, whichever of its requests is met by: %s', async (fault) => {
    for (const [index] of trial.requests.entries()) await deliver(trial, { fault, at: index + 1 });
  });
});

describe('an operator has a parked answer taken again', () => {
  // The event, what is parked, twice, the command that is looked for, and the row that is taken out. The courier is not called.
  const requests = ['Query', 'Query', 'Query', 'Query', 'PutItem', 'DeleteItem'];
  const retry = async (...strikes: readonly Strike[]): Promise<readonly string[]> => {
    const played = await scene(true);
    const world = courierWith(fetched);
    await functionOn(played.id, world).call(played.event, false);
    await played.find();
    const told = trouble(...strikes);
    await isDone(functionOn(played.id, world, { told }).again(played.event));
    const requested = [...told.requests];
    await functionOn(played.id, world).again(played.event);
    expect(await played.outcome()).toEqual({ bookings: 1, parked: [] });
    return requested;
  };

  test('and it is parked no more', async () => expect(await retry()).toEqual(requests));

  eachFault('and it acts once, whichever of the requests is met by: %s', async (fault) => {
    for (const [index] of requests.entries()) await retry({ fault, at: index + 1 });
  });
});
