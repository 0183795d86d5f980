import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { recallWindow } from '../../core/log/event-store.ts';
import { stock } from '../domain/stock/decider.ts';
import { atMost } from '../support/at-most.ts';
import { type FaultName, faultNames } from '../support/faults.ts';
import { sampled } from '../support/runs.ts';
import { type SagaService, sagaService } from '../support/saga-service.ts';
import { type Trial, trySaga } from './saga-trial.ts';

// Each function of the sagas, whole, on the real engine and the Step Functions of this machine; whatever may happen to each of its requests.

const shipped = {
  order: ['OrderPlaced', 'OrderApproved', 'OrderShipped'],
  payment: ['PaymentRequested', 'PaymentReceived'],
  stock: ['StockReceived', 'StockReserved', 'StockDispatched'],
};
const declined = {
  order: ['OrderPlaced', 'OrderCancelled'],
  payment: ['PaymentRequested', 'PaymentDeclined'],
  stock: ['StockReceived', 'StockReserved', 'StockReleased'],
};
/** An earlier try might have reserved something, or still do. */
const givenUp = { order: ['OrderPlaced', 'OrderCancelled'], payment: [], stock: ['StockReleased'] };
const soldOut = { order: ['OrderPlaced', 'OrderCancelled'], payment: [], stock: [] };
const returned = {
  order: ['OrderPlaced', 'OrderApproved', 'OrderCancelled'],
  payment: ['PaymentRequested', 'PaymentReceived', 'PaymentRefunded'],
  stock: ['StockReceived', 'StockReserved', 'StockDispatched', 'StockReturned'],
};
const late = { ...declined, payment: ['PaymentRequested', 'PaymentWithdrawn', 'PaymentReceived', 'PaymentRefunded'] };
const taken = { order: ['OrderPlaced', 'OrderApproved', 'OrderShipped'], payment: [], stock: [] };

const paid = { isInStock: true, provider: 'receives', then: shipped } as const;
const unpaid = { isInStock: true, provider: 'declines', then: declined } as const;
const cancelled = {
  ...paid,
  others: { before: 'ShipOrder', do: [{ type: 'CancelOrder', data: { reason: 'r' } }] },
  then: returned,
} as const;
const ships = [
  { type: 'ApproveOrder', data: {} },
  { type: 'ShipOrder', data: {} },
];
const stuck = { others: { before: 'CancelOrder', do: ships }, isStuck: true, then: taken } as const;

const done = ['Query', 'PutItem', 'SendTaskSuccess'];
const refused = ['Query', 'Query', 'SendTaskFailure'];

const trials: Readonly<Record<string, Trial>> = {
  'a start': { ...paid, of: 'start', requests: ['Query', 'StartExecution'] },
  'a command': { ...paid, of: 'send ReserveStock', requests: done },
  'a command that is refused': { of: 'send ReserveStock', requests: refused, then: soldOut, thenOnRetry: givenUp },
  'a command that is answered by an event': { ...paid, of: 'send TakePayment', requests: ['Query', 'PutItem', 'PutItem', 'Query'] },
  'a command whose event comes first': {
    ...paid,
    provider: 'receives at once',
    of: 'send TakePayment',
    requests: ['Query', 'PutItem', 'PutItem', 'Query', 'SendTaskSuccess', 'DeleteItem'],
  },
  'an event that is awaited': { ...paid, of: 'listen', requests: ['Query', 'Query', 'SendTaskSuccess', 'DeleteItem'] },
  'an event that ends the saga': { ...unpaid, of: 'listen', requests: ['Query', 'Query', 'SendTaskFailure', 'DeleteItem'] },
  'an event for which nobody waits yet': { ...paid, provider: 'receives at once', of: 'listen', requests: ['Query', 'Query'] },
  'the point of no return, refused': { ...cancelled, of: 'send ShipOrder', requests: refused, isStuck: 'when tried again' },
  'an undo': { ...unpaid, of: 'undo ReserveStock', requests: done },
  'an undo that changes nothing': { ...cancelled, of: 'undo ReserveStock', requests: ['Query', 'Query', 'SendTaskSuccess'] },
  'an undo of what was not answered in time': {
    ...paid,
    provider: 'receives too late',
    of: 'undo TakePayment',
    isHasty: true,
    requests: done,
    then: late,
  },
  'a last word': { ...unpaid, of: 'abort', requests: done },
  'a last word that is refused': { ...stuck, of: 'abort', requests: refused },
  'a call for an operator': { ...stuck, of: 'wait Abort', requests: ['PutItem'] },
};

let services: { readonly usual: SagaService; readonly hasty: SagaService };
const play = (trial: Trial, ...strikes: Parameters<typeof trySaga>[2][]) =>
  trySaga(trial.isHasty ? services.hasty : services.usual, trial, ...strikes);

/** By trial: the faults that were met. */
const played = new Map<string, Set<string>>();
const runs = new Map<string, Promise<unknown>>();
const inTurn = atMost(30);

/** Each fault at each request. */
const strikesOf = ({ requests }: Trial) =>
  sampled(
    requests.flatMap((_, index) => faultNames.map((fault) => ({ fault, at: index + 1 }))),
    5,
  );

const playAll = (title: string, trial: Trial, fault: FaultName): Promise<unknown> =>
  Promise.all(
    strikesOf(trial).map(async (strike) => {
      if (strike.fault !== fault) return;
      await inTurn(() => play(trial, strike));
      played.set(title, (played.get(title) ?? new Set()).add(`${fault} at ${strike.at}`));
    }),
  );

// All are begun together, for most of their time they wait for somebody to try again. Each fails in its own test.
beforeAll(async () => {
  services = { usual: await sagaService(0.05), hasty: await sagaService(0.0005) };
  for (const [title, trial] of Object.entries(trials)) {
    for (const fault of faultNames) {
      const run = playAll(title, trial, fault);
      run.catch(() => {});
      runs.set(`${title}: ${fault}`, run);
    }
  }
});
afterAll(() => Promise.allSettled(runs.values()));

describe.each(Object.entries(trials))('%s', (title, trial) => {
  test('sends the expected requests, and no function fails', async () => {
    expect(await play(trial)).toEqual({ requests: trial.requests, errors: [] });
  });

  test.each(faultNames)('has its effect once, whichever of its requests meets: %s', async (fault) => {
    await runs.get(`${title}: ${fault}`);
  });

  test('met every fault at every request', () => {
    const every = strikesOf(trial).map(({ fault, at }) => `${fault} at ${at}`);
    expect([...(played.get(title) ?? [])].sort()).toEqual(every.sort());
  });
});

test('a command that was carried out more than 64 commits ago counts as done', async () => {
  const received = Array(recallWindow).fill('StockReceived');
  const ReceiveStock = { type: 'ReceiveStock', data: { quantity: 1 } };
  const trial: Trial = {
    ...{ ...paid, of: 'send DispatchStock', requests: done },
    others: { before: 'DispatchStock', to: stock, do: Array(recallWindow).fill(ReceiveStock) },
    then: { ...shipped, stock: ['StockReceived', 'StockReserved', ...received, 'StockDispatched', ...received] },
  };
  await trySaga(services.usual, trial, { fault: 'a crash after', at: 2 });
});

test('every kind of task of the saga functions is tried', () => {
  const kinds = new Set(Object.values(trials).map(({ of }) => of.split(' ')[0]));
  expect(kinds).toEqual(new Set(['start', 'listen', 'send', 'undo', 'abort', 'wait']));
});
