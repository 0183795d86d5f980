import { expect, test } from '@jest/globals';
import { defineCalls, defineReaction, defineReminder } from 'foldstream';
import { memoryEventStore } from '../../adapters/event-log/memory-event-store.ts';
import { scheduleName } from '../../adapters/reminders/scheduler-schedules.ts';
import { executionName } from '../../adapters/sagas/step-functions-sagas.ts';
import { callOf } from '../../core/calls/outbound-requests.ts';
import { fromStored } from '../../core/log/stored-events.ts';
import type { SendingPorts } from '../../core/processes/sending.ts';
import { integrationEvents } from '../../core/publish/publication.ts';
import { reactor } from '../../core/reactions/reacting.ts';
import { hearReminders } from '../../core/reminders/reminding.ts';
import { events, order, published, stored } from '../former/orders.ts';
import { append, loadAll } from '../support/requests.ts';

// A change here breaks stored data.
//
// The ids of the parts of an event that was split since are in what listeners have seen, in the names of executions and schedules, in the
// keys of calls and in the ids of commands. With other ones what has happened happens again. Do not adapt a literal to the code.

const stream = { aggregate: 'order', id: '42' };
const close = () => ({ to: order, sends: { id: '42', type: 'Close', data: {} } }) as never;
const all = { OrderAccepted: close, LineAdded: close, PriceAgreed: close };
const time = new Date().toISOString();

/** A stream whose eighth event was renamed, split, and its first part split again; and whose ninth was split once. */
const history = async () => {
  const eventStore = memoryEventStore(() => new Date(time));
  const seven = Array.from({ length: 7 }, () => stored('PriceAgreed', { cents: 1 }));
  const split = [
    stored('OrderReceived', { customer: 'ada', cents: 7 }),
    stored('OrderAccepted', { customerId: 'a', products: ['a', 'b'] }),
  ];
  await append(eventStore, eventStore.begin(stream), [...seven, ...split]);
  const { commits } = await loadAll(eventStore, stream);
  const parts = commits.flatMap((commit) => fromStored(events, commit)).slice(7);
  return { eventStore, commits, parts };
};
const ids = ['order-42@8', 'order-42@8.1.2', 'order-42@8.2', 'order-42@9', 'order-42@9.2', 'order-42@9.3'];

test('the ids of parts', async () => {
  const { parts } = await history();
  expect(parts.map(({ type, metadata: { eventId, version } }) => [eventId, type, version])).toEqual([
    ['order-42@8', 'OrderAccepted', 8],
    ['order-42@8.1.2', 'LineAdded', 8],
    ['order-42@8.2', 'PriceAgreed', 8],
    ['order-42@9', 'OrderAccepted', 9],
    ['order-42@9.2', 'LineAdded', 9],
    ['order-42@9.3', 'LineAdded', 9],
  ]);
});

test('the ids on the bus', async () => {
  const { commits } = await history();
  const told = commits.flatMap(integrationEvents([published])).filter(({ streamversion }) => streamversion >= 8);
  expect(told.map(({ source, id, type }) => [source, id, type])).toEqual([
    ['orders', 'order-42@8', 'OrderAccepted.v1'],
    ['orders', 'order-42@8.1.2', 'LineAdded.v1'],
    ['orders', 'order-42@9', 'OrderAccepted.v1'],
    ['orders', 'order-42@9.2', 'LineAdded.v1'],
    ['orders', 'order-42@9.3', 'LineAdded.v1'],
  ]);
});

test('the names of executions', () => {
  expect(ids.slice(0, 3).map((id) => executionName('shipping', id))).toEqual([
    'shipping-e5afcd42f14ac592a12d139dce3ff951',
    'shipping-03d128eddb6b98ba1b78f714e1c68053',
    'shipping-d94dafd1136b68c7666309cd31e47259',
  ]);
});

test('the names of schedules', () => {
  expect(ids.slice(0, 3).map((event) => scheduleName({ process: 'reminder:pay-up', event }))).toEqual([
    '838bdde0d697-b6428ce181a53ca4ee4ca0f0ee468e2ef86d1b994fafb8a5',
    '838bdde0d697-7177a3b71e06ae0a9beb10123f1b2c61826674ff1a059bfd',
    '838bdde0d697-ffffeca4c760053f88d288590d015ae4b1f341b1852f5590',
  ]);
});

test('the keys of calls', async () => {
  const { parts } = await history();
  const on = { OrderAccepted: () => ({ path: '/', body: {} }), LineAdded: () => ({ path: '/', body: {} }), PriceAgreed: () => null };
  const bank = defineCalls({ name: 'bank', of: order, on: on as never });
  expect(parts.flatMap((part) => callOf(bank, part)?.idempotencyKey ?? [])).toEqual(ids.filter((id) => id !== 'order-42@8.2'));
});

test('the ids of commands', async () => {
  const { eventStore, parts } = await history();
  const sent: string[] = [];
  const ports = {
    handle: (async (_decider: unknown, _target: unknown, { commandId }: { readonly commandId: string }) =>
      void sent.push(commandId)) as unknown as SendingPorts['handle'],
    ...{ parked: { of: async () => [] } as never, now: () => new Date(time), onParked: () => {}, onTooLate: () => {} },
  };
  const reactions = [defineReaction({ name: 'noting', of: order, to: [order], on: all })];
  for (const part of parts.slice(0, 3)) await reactor({ ...ports, reactions })(part, { isRepeated: false });
  const schedules = { ensure: async () => 'made' as const, delete: async () => true, list: async () => ({ schedules: [] }) };
  const due = { LineAdded: () => '2026-01-01' };
  const reminders = [defineReminder({ name: 'pay-up', of: order, to: [order], due, send: close })];
  await hearReminders({ ...ports, reminders, eventStore, schedules })(parts[5] as never, { isRepeated: false });
  expect(sent).toEqual([
    'reaction:noting/order-42@8/0',
    'reaction:noting/order-42@8.1.2/0',
    'reaction:noting/order-42@8.2/0',
    'reminder:pay-up/order-42@9.3/0',
  ]);
});
