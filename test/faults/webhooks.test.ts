import { beforeAll, describe, expect, test } from '@jest/globals';
import { dynamoEventStore } from '../../adapters/event-log/dynamo-event-store.ts';
import { dynamoParkedCommands } from '../../adapters/processes/dynamo-parked-commands.ts';
import { webhooksOf } from '../../core/registry/domain.ts';
import { receive, sendParkedDeliveries } from '../../core/webhooks/receiving.ts';
import type { AnyWebhook } from '../../core/webhooks/webhook.ts';
import { foldingOf } from '../../core/write/decider.ts';
import { bank, domain, tab } from '../kiosk/index.ts';
import { createEventsTable, createParkedCommandsTable, engineClient } from '../support/dynamo.ts';
import { eachFault } from '../support/each-fault.ts';
import { type Strike, trouble, troubled } from '../support/faults.ts';
import { handlerOn } from '../support/handling.ts';
import { request } from '../support/requests.ts';

// Each event of a provider pays in once, and what is refused is parked, whatever happens to the requests on the way. The provider delivers
// again what was not answered, to another process if the first one died, and also what was answered.

let events: string;
let parkedTable: string;
beforeAll(async () => {
  [events, parkedTable] = await Promise.all([createEventsTable(), createParkedCommandsTable()]);
});

const storeOn = ({ on } = trouble()) => dynamoEventStore({ client: troubled(on), table: events, now: () => new Date() });

/** The function as a new process has it: all of its connections have the same trouble. */
const functionOn = (told = trouble()) => {
  const ports = {
    handle: handlerOn(storeOn(told)),
    parked: dynamoParkedCommands({ client: troubled(told.on), table: parkedTable }),
    now: () => new Date(),
    ...{ onParked: () => {}, onUnknownType: () => {} },
  };
  return {
    receive: (body: unknown) =>
      receive(ports, bank as unknown as AnyWebhook, { body, digest: 'a'.repeat(64), headers: {}, correlationId: 'c1' }),
    again: (cause: string) => sendParkedDeliveries(ports, webhooksOf(domain))({ process: 'webhook:bank', cause }),
  };
};

let rounds = 0;
/** Two tabs, and an event that pays into both. */
const scene = async ({ isClosed = false, cents = 10 }: { readonly isClosed?: boolean; readonly cents?: number }) => {
  const id = `faults${++rounds}`;
  const send = handlerOn(storeOn());
  if (isClosed) await send(tab, { id: `ada${id}` }, request({ type: 'CloseTab', data: {} }));
  const centsOf = async (name: string) =>
    (await storeOn().load({ aggregate: 'tab', id: `${name}${id}` }, foldingOf(tab), 'strong')).state.cents;
  const parked = dynamoParkedCommands({ client: engineClient(), table: parkedTable });
  const created = Math.floor(Date.now() / 1000);
  return {
    id,
    body: { id, type: 'money.received', created, data: { tab: `ada${id}`, cents, friend: `bob${id}` } },
    open: () => send(tab, { id: `ada${id}` }, request({ type: 'OpenTab', data: {} })),
    outcome: async () => ({
      ada: await centsOf('ada'),
      bob: await centsOf('bob'),
      parked: (await parked.of('webhook:bank', id)).map(({ place, code }) => `${place} ${code}`),
    }),
  };
};

/** Fulfilled with whether the provider was answered 200. */
const isTaken = (work: Promise<unknown>): Promise<boolean> =>
  work.then(
    () => true,
    () => false,
  );

const trials = {
  'two commands are carried out': {
    given: {},
    requests: ['Query', 'PutItem', 'Query', 'PutItem'],
    // Each command is found in its stream.
    later: ['Query', 'Query'],
    outcome: { ada: 10, bob: 1, parked: [] },
  },
  'one is refused and parked': {
    given: { isClosed: true },
    // The refusal is confirmed on a strongly consistent read.
    requests: ['Query', 'Query', 'PutItem', 'Query', 'PutItem'],
    later: ['Query', 'Query', 'PutItem', 'Query'],
    outcome: { ada: 0, bob: 1, parked: ['0 TabClosed'] },
  },
  'the row fails and is parked': {
    given: { cents: 1_000_001 },
    requests: ['PutItem'],
    later: ['PutItem'],
    outcome: { ada: 0, bob: 0, parked: ['row RowFails'] },
  },
} as const;

type Trial = (typeof trials)[keyof typeof trials];

/** Answers what the first delivery requested, and the second one. */
const deliver = async ({ given, outcome }: Trial, ...strikes: readonly Strike[]) => {
  const { body, outcome: found } = await scene(given);
  const [first, second] = [trouble(...strikes), trouble()];
  const taken = await isTaken(functionOn(first).receive(body));
  const requests = [...first.requests];
  if (taken) expect(await found()).toEqual(outcome);
  await functionOn(second).receive(body);
  const later = [...second.requests];
  await functionOn().receive(body);
  expect(await found()).toEqual(outcome);
  return { requests, later };
};

describe.each(Object.entries(trials))('%s', (_, trial) => {
  test('with the expected requests, at the first delivery and at later ones', async () =>
    expect(await deliver(trial)).toEqual({ requests: trial.requests, later: trial.later }));

  eachFault('once, whichever of its requests is met by: %s', async (fault) => {
    // One after the other: the engine gives up if too many wait for its locks.
    for (const [index] of trial.requests.entries()) await deliver(trial, { fault, at: index + 1 });
  });
});

describe('an operator has a parked delivery sent again', () => {
  // What is parked, the first command, the second one that was carried out, and the row that is taken out.
  const requests = ['Query', 'Query', 'Query', 'PutItem', 'Query', 'DeleteItem'];
  /** Answers what was requested before the operator tried once more. */
  const retry = async (...strikes: readonly Strike[]): Promise<readonly string[]> => {
    const played = await scene({ isClosed: true });
    await functionOn().receive(played.body);
    await played.open();
    const told = trouble(...strikes);
    await isTaken(functionOn(told).again(played.id));
    const requested = [...told.requests];
    // The operator sees that it is still parked, or the queue delivers the notice again; the provider may be late, too.
    await functionOn().again(played.id);
    await functionOn().receive(played.body);
    expect(await played.outcome()).toEqual({ ada: 10, bob: 1, parked: [] });
    return requested;
  };

  test('and it is parked no more', async () => expect(await retry()).toEqual(requests));

  eachFault('and it acts once, whichever of the requests is met by: %s', async (fault) => {
    for (const [index] of requests.entries()) await retry({ fault, at: index + 1 });
  });
});
