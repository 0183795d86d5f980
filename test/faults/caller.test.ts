import { beforeAll, describe, expect, test } from '@jest/globals';
import { dynamoEventStore } from '../../adapters/event-log/dynamo-event-store.ts';
import { httpThirdParties } from '../../adapters/outbound/http-third-parties.ts';
import { eventId } from '../../core/basics/stream.ts';
import { caller } from '../../core/calls/outbound-requests.ts';
import type { StoredEvent } from '../../core/log/event-store.ts';
import { findEvent } from '../../core/log/find-event.ts';
import { eventsOf } from '../../core/registry/domain.ts';
import { domain } from '../domain/index.ts';
import { createEventsTable } from '../support/dynamo.ts';
import { eachFault } from '../support/each-fault.ts';
import { type Strike, trouble, troubled } from '../support/faults.ts';
import { append } from '../support/requests.ts';
import { type Bank, bankOf, fetchOn } from '../support/third-party.ts';

// What is asked of a third party comes to it in the end and counts once, whatever happens to the requests on the way. As Lambda does it:
// a notice is delivered again until the function has not failed, by another process if the first one died.

let events: string;
beforeAll(async () => {
  events = await createEventsTable();
});

const storeOn = ({ on } = trouble()) => dynamoEventStore({ client: troubled(on), table: events, now: () => new Date() });

/** A function as a new process has it: both of its connections have the same trouble. */
const callerOn = (bank: Bank, told = trouble()) => {
  const call = caller({
    calls: domain.calls ?? [],
    thirdParties: httpThirdParties({
      endpoints: { 'payment-provider': 'http://bank.example' },
      timeoutSeconds: 1,
      maxTries: 3,
      pause: async () => {},
      measure: () => {},
      fetch: fetchOn(told.on(bank.connection)),
    }),
  });
  const find = findEvent({ eventsOf: eventsOf(domain), eventStore: storeOn(told) });
  return async (id: string) => call(await find(id));
};

const payment = (type: string, data: object = {}): StoredEvent => ({ type, schema: 1, data });
const requested = payment('PaymentRequested', { amountCents: 700 });

let streams = 0;
const write = async (...history: readonly StoredEvent[]): Promise<readonly string[]> => {
  const store = storeOn();
  const stream = { aggregate: 'payment', id: `faults${++streams}` };
  let tail = store.begin(stream);
  for (const one of history) tail = (await append(store, tail, [one])).tail;
  return history.map((_, index) => eventId(stream, index + 1));
};

interface Trial {
  readonly history: readonly StoredEvent[];
  /** Which of the events is delivered while things go wrong; those before it have been. */
  readonly delivered: number;
  readonly requests: readonly string[];
  readonly heldCents: number;
}

const received = payment('PaymentReceived');
const trials: Readonly<Record<string, Trial>> = {
  'a payment is asked for': { history: [requested], delivered: 0, requests: ['Query', 'POST'], heldCents: 700 },
  'a payment is given back': {
    history: [requested, received, payment('PaymentRefunded')],
    delivered: 2,
    requests: ['Query', 'POST'],
    heldCents: 0,
  },
  'nobody waits for a payment any more': {
    history: [requested, payment('PaymentWithdrawn')],
    delivered: 1,
    requests: ['Query', 'POST'],
    heldCents: 0,
  },
  'an event asks for nothing': { history: [requested, received], delivered: 1, requests: ['Query'], heldCents: 700 },
};

/** Answers what was requested before somebody else tried once more. */
const deliver = async ({ history, delivered, heldCents }: Trial, ...strikes: readonly Strike[]): Promise<readonly string[]> => {
  const bank = bankOf();
  const ids = await write(...history);
  for (const id of ids.slice(0, delivered)) await callerOn(bank)(id);
  const id = ids[delivered] as string;
  const told = trouble(...strikes);
  const failed = await callerOn(
    bank,
    told,
  )(id).then(
    () => false,
    () => true,
  );
  const requests = [...told.requests];
  if (!failed) expect(bank.heldCents()).toBe(heldCents);
  for (let again = 0; again < 2; again++) await callerOn(bank)(id);
  expect(bank.heldCents()).toBe(heldCents);
  expect(bank.refusals()).toBe(0);
  return requests;
};

describe.each(Object.entries(trials))('%s', (_, trial) => {
  test('sends the expected requests', async () => expect(await deliver(trial)).toEqual(trial.requests));

  eachFault('comes to pass once, whichever of its requests is met by: %s', (fault) =>
    Promise.all(trial.requests.map((_, index) => deliver(trial, { fault, at: index + 1 }))),
  );
});

test.each([
  ['the other way round', [1, 0]],
  ['each of them three times', [1, 0, 1, 0, 0, 1]],
])('a payment that is withdrawn before it is requested is never kept: %s', async (_, order) => {
  const bank = bankOf();
  const ids = await write(requested, payment('PaymentWithdrawn'));
  for (const index of order) await callerOn(bank)(ids[index] as string);
  expect(bank.heldCents()).toBe(0);
});

test('no third party is called for an event that is not in the log', async () => {
  const bank = bankOf();
  const [id = ''] = await write(requested);
  await expect(callerOn(bank)(id.replace('@1', '@2'))).rejects.toMatchObject({ name: 'NotFound' });
  expect(bank.requests()).toBe(0);
});
