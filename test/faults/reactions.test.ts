import { beforeAll, describe, expect, test } from '@jest/globals';
import { dynamoEventStore } from '../../adapters/event-log/dynamo-event-store.ts';
import { dynamoParkedCommands } from '../../adapters/processes/dynamo-parked-commands.ts';
import { findEvent } from '../../core/log/find-event.ts';
import type { ParkedCommand } from '../../core/processes/ports.ts';
import { reactor, sendAgain } from '../../core/reactions/reacting.ts';
import { eventsOf, reactionsOf } from '../../core/registry/domain.ts';
import { foldingOf } from '../../core/write/decider.ts';
import { domain, guest, stay } from '../loyalty/index.ts';
import { createEventsTable, createParkedCommandsTable, engineClient } from '../support/dynamo.ts';
import { eachFault } from '../support/each-fault.ts';
import { type Strike, trouble, troubled } from '../support/faults.ts';
import { handlerOn } from '../support/handling.ts';
import { request } from '../support/requests.ts';

// Each event gives its points once, and what is refused is parked, whatever happens to the requests on the way. As Lambda does it: a
// notice is delivered again until the function has not failed, by another process if the first one died.

let events: string;
let parkedTable: string;
beforeAll(async () => {
  [events, parkedTable] = await Promise.all([createEventsTable(), createParkedCommandsTable()]);
});

const storeOn = ({ on } = trouble()) => dynamoEventStore({ client: troubled(on), table: events, now: () => new Date() });

/** The function as a new process has it: all of its connections have the same trouble. */
const functionOn = (told = trouble()) => {
  const eventStore = storeOn(told);
  const ports = {
    reactions: reactionsOf(domain),
    handle: handlerOn(eventStore),
    parked: dynamoParkedCommands({ client: troubled(told.on), table: parkedTable }),
    now: () => new Date(),
    onTooLate: () => {},
    onParked: () => {},
  };
  const find = findEvent({ eventsOf: eventsOf(domain), eventStore });
  return {
    react: async (id: string, isRepeated: boolean) => reactor(ports)(await find(id), { isRepeated }),
    again: async (id: string) => sendAgain(ports)('reaction:award-points', await find(id)),
  };
};

let rounds = 0;
/** A guest, a friend, and the event that gives them points. */
const scene = async (isClosed: boolean) => {
  const id = `faults${++rounds}`;
  const send = handlerOn(storeOn());
  if (isClosed) await send(guest, { id: `ada${id}` }, request({ type: 'CloseAccount', data: {} }));
  const data = { guestId: `ada${id}`, nights: 1, friends: [`bob${id}`] };
  await send(stay, { id }, request({ type: 'EndStay', data }));
  const pointsOf = async (name: string) =>
    (await storeOn().load({ aggregate: 'guest', id: `${name}${id}` }, foldingOf(guest), 'strong')).state.points;
  const parked = dynamoParkedCommands({ client: engineClient(), table: parkedTable });
  return {
    event: `stay-${id}@1`,
    open: () => send(guest, { id: `ada${id}` }, request({ type: 'OpenAccount', data: {} })),
    outcome: async () => ({
      ada: await pointsOf('ada'),
      bob: await pointsOf('bob'),
      parked: placesOf(await parked.of('reaction:award-points', `stay-${id}@1`)),
    }),
  };
};
const placesOf = (all: readonly ParkedCommand[]) => all.map(({ place, code }) => `${place} ${code}`);

const isDone = (work: Promise<unknown>): Promise<boolean> =>
  work.then(
    () => true,
    () => false,
  );

const trials = {
  'two commands are carried out': {
    isClosed: false,
    requests: ['Query', 'Query', 'PutItem', 'Query', 'PutItem'],
    outcome: { ada: 10, bob: 1, parked: [] },
  },
  'one is refused and parked': {
    isClosed: true,
    // The refusal is confirmed on a strongly consistent read.
    requests: ['Query', 'Query', 'Query', 'PutItem', 'Query', 'PutItem'],
    outcome: { ada: 0, bob: 1, parked: ['0 AccountClosed'] },
  },
} as const;

type Trial = (typeof trials)[keyof typeof trials];

/** Answers what was requested before the event was delivered again. */
const deliver = async ({ isClosed, outcome }: Trial, ...strikes: readonly Strike[]): Promise<readonly string[]> => {
  const played = await scene(isClosed);
  const told = trouble(...strikes);
  const done = await isDone(functionOn(told).react(played.event, false));
  const requests = [...told.requests];
  if (done) expect(await played.outcome()).toEqual(outcome);
  for (let again = 0; again < 2; again++) await functionOn().react(played.event, true);
  expect(await played.outcome()).toEqual(outcome);
  return requests;
};

describe.each(Object.entries(trials))('%s', (_, trial) => {
  test('with the expected requests', async () => expect(await deliver(trial)).toEqual(trial.requests));

  eachFault('once, whichever of its requests is met by: %s', async (fault) => {
    // One after the other: the engine gives up if too many wait for its locks.
    for (const [index] of trial.requests.entries()) await deliver(trial, { fault, at: index + 1 });
  });
});

describe('an operator has a parked command sent again', () => {
  // The event, what is parked, the first command, the second one that was carried out, and the row that is taken out.
  const requests = ['Query', 'Query', 'Query', 'PutItem', 'Query', 'DeleteItem'];
  /** Answers what was requested before the operator tried once more. */
  const retry = async (...strikes: readonly Strike[]): Promise<readonly string[]> => {
    const played = await scene(true);
    await functionOn().react(played.event, false);
    await played.open();
    const told = trouble(...strikes);
    await isDone(functionOn(told).again(played.event));
    const requested = [...told.requests];
    // The operator sees that it is still parked, or the queue delivers the notice again.
    await functionOn().again(played.event);
    expect(await played.outcome()).toEqual({ ada: 10, bob: 1, parked: [] });
    return requested;
  };

  test('and it is parked no more', async () => expect(await retry()).toEqual(requests));

  eachFault('and it acts once, whichever of the requests is met by: %s', async (fault) => {
    for (const [index] of requests.entries()) await retry({ fault, at: index + 1 });
  });
});
