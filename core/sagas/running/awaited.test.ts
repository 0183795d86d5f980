import { beforeEach, describe, expect, test } from '@jest/globals';
import { memoryEventStore } from '../../../adapters/event-log/memory-event-store.ts';
import { payment } from '../../../test/domain/payment/decider.ts';
import { handlerOn } from '../../../test/support/handling.ts';
import { request } from '../../../test/support/requests.ts';
import type { Message } from '../../basics/messages.ts';
import type { Address } from '../../basics/stream.ts';
import type { EventStore } from '../../log/event-store.ts';
import type { AnyDecider } from '../../write/decider.ts';
import type { AnyStep } from '../saga.ts';
import { answerIn, awaitedSince, newestWithRow } from './awaited.ts';

const stream = { aggregate: 'payment', id: '42' };
const commands: readonly Message[] = [
  { type: 'RequestPayment', data: { amountCents: 240 } },
  // Before the provider answers. Its money then comes too late, and is given back in the same commit.
  { type: 'RefundPayment', data: {} },
  { type: 'ReceivePayment', data: {} },
];

/** Requested, withdrawn, and in one commit: received and refunded. */
let eventStore: EventStore;
let reads: Parameters<EventStore['read']>[1][];
/** One commit a page, so that there are several. */
const log = {
  read: (of: Address, range: Parameters<EventStore['read']>[1]) => {
    reads.push(range);
    return eventStore.read(of, { ...range, limit: 1 });
  },
};
const awaiting = (...types: string[]): AnyStep => ({
  to: payment,
  send: () => ({ id: '42', type: 'RequestPayment', data: {} }),
  awaits: Object.fromEntries(types.map((type) => [type, () => ({ abort: type })])),
});

beforeEach(async () => {
  eventStore = memoryEventStore(() => new Date(0));
  reads = [];
  for (const command of commands) await handlerOn(eventStore)(payment as AnyDecider, stream, request(command));
});

describe('the first awaited event from a version on', () => {
  test.each<[number, string[], string | undefined]>([
    [1, ['PaymentRequested', 'PaymentReceived'], 'PaymentRequested'],
    [2, ['PaymentRequested', 'PaymentReceived'], 'PaymentReceived'],
    [3, ['PaymentReceived', 'PaymentRefunded'], 'PaymentReceived'],
    // Inside of the commit.
    [4, ['PaymentReceived', 'PaymentRefunded'], 'PaymentRefunded'],
    [4, ['PaymentReceived'], undefined],
    [5, ['PaymentRefunded'], undefined],
    [1, ['PaymentDeclined', 'constructor'], undefined],
  ])('from %d on, of %j: %s', async (since, types, answer) => {
    const event = await awaitedSince(log, awaiting(...types), stream, since);
    const said = event && answerIn(awaiting(...types), event);
    expect(said).toEqual(answer === undefined ? undefined : { abort: answer });
  });
});

describe('the newest awaited event up to a version', () => {
  test.each<[number, string[], number | undefined]>([
    [4, ['PaymentRequested', 'PaymentReceived'], 3],
    [4, ['PaymentReceived', 'PaymentRefunded'], 4],
    [4, ['PaymentRequested'], 1],
    [2, ['PaymentRequested', 'PaymentReceived'], 1],
    [2, ['PaymentReceived'], undefined],
    [4, ['PaymentDeclined', 'constructor'], undefined],
    [0, ['PaymentRequested'], undefined],
  ])('up to %d, of %j: %s', async (version, types, newest) => {
    expect(await newestWithRow(log, { events: payment.events, rows: awaiting(...types).awaits ?? {} }, stream, version)).toBe(newest);
  });

  test('is looked for from the end on, and no further than needed', async () => {
    await newestWithRow(log, { events: payment.events, rows: { PaymentWithdrawn: 'proceed' } }, stream, 4);
    expect(reads.map(({ newestFirst }) => newestFirst)).toEqual([true, true]);
    reads = [];
    await newestWithRow(log, { events: payment.events, rows: { PaymentWithdrawn: 'proceed' } }, stream, 0);
    expect(reads).toEqual([]);
  });
});
