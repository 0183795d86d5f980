import { describe, expect, test } from '@jest/globals';
import { commandTo, defineCalls, defineDecider, defineReaction, defineReminder, Refusal } from 'foldstream';
import * as z from 'zod';
import { memoryEventStore } from '../../adapters/event-log/memory-event-store.ts';
import { noCache } from '../../adapters/event-log/tail-cache.ts';
import { takeAnswer, takeAnswerAgain } from '../../core/calls/answers.ts';
import type { AnyCalls } from '../../core/calls/calls.ts';
import { EventDropped, findEvent } from '../../core/log/find-event.ts';
import { forgetParked } from '../../core/processes/sending.ts';
import { reactor, sendAgain } from '../../core/reactions/reacting.ts';
import { auditReminders, isCurrent, nothingCompared } from '../../core/reminders/auditing.ts';
import type { Scheduled } from '../../core/reminders/ports.ts';
import type { AnyReminder } from '../../core/reminders/reminder.ts';
import { fireReminder, hearReminders, remindAgain } from '../../core/reminders/reminding.ts';
import { commandHandler } from '../../core/write/command-handler.ts';
import { day, hour, later, now, parkedIn, schedulesIn } from '../inn/service.ts';
import { append, loadAll } from '../support/requests.ts';
import { events, order, stored } from './orders.ts';

// The processes that send commands, and the audit of the schedules, meet events that were renamed, split and dropped since.

const ledger = defineDecider({
  name: 'ledger',
  commands: { Note: z.object({ what: z.string() }), Close: z.object({}), Open: z.object({}) },
  events: { Noted: z.object({ what: z.string() }), Closed: z.object({}), Opened: z.object({}) },
  initialState: () => ({ isClosed: false }),
  decide: {
    Note: (data, { isClosed }) => {
      if (isClosed) throw new Refusal('LedgerClosed');
      return [{ type: 'Noted', data }];
    },
    Close: () => [{ type: 'Closed', data: {} }],
    Open: () => [{ type: 'Opened', data: {} }],
  },
  evolve: { Noted: (state) => state, Closed: () => ({ isClosed: true }), Opened: () => ({ isClosed: false }) },
});
const note = (what: string) => commandTo(ledger, { id: '1', type: 'Note', data: { what } });
const noting = defineReaction({
  ...{ name: 'noting', of: order, to: [ledger] },
  on: { OrderAccepted: (_, { eventId }) => note(eventId), LineAdded: (_, { eventId }) => note(eventId) },
});
const bank = defineCalls({
  ...{ name: 'bank', of: order, to: [ledger] },
  on: { LineAdded: () => ({ path: '/', body: {} }) },
  answers: { 200: z.undefined() },
  answered: { 200: (_: undefined, { metadata }: { metadata: { eventId: string } }) => note(metadata.eventId) },
} as never) as unknown as AnyCalls;

const due = { PriceAgreed: () => later(day), OrderClosed: () => null };
const reminderWith = (rows: object): AnyReminder =>
  defineReminder({ name: 'pay-up', of: order, to: [ledger], due: rows as typeof due, send: (_, { cause }) => note(cause.eventId) });
/** Before the split: the whole event set the time. */
const before = reminderWith({ OrderAccepted: () => later(day), OrderClosed: () => null });
const today = reminderWith(due);

const stream = { aggregate: 'order', id: '42' };
const ofLedger = { aggregate: 'ledger', id: '1' };
const whole = stored('OrderReceived', { customer: 'ada', cents: 7 });

const serviceOf = async (all: readonly ReturnType<typeof stored>[], reminders: readonly AnyReminder[] = [today]) => {
  let clock = now;
  const eventStore = memoryEventStore(() => new Date(clock));
  await append(eventStore, eventStore.begin(stream), all);
  clock += hour;
  const parked = parkedIn();
  const schedules = schedulesIn();
  const findings: string[] = [];
  const handle = commandHandler({ eventStore, cache: noCache, pause: async () => {} });
  const ports = {
    ...{ reminders, reactions: [noting], calls: [bank], eventStore, handle, parked: parked.store, schedules: schedules.store },
    ...{ now: () => new Date(clock), onTooLate: () => {}, onParked: () => {} },
    onFinding: ({ kind, event }: { readonly kind: string; readonly event: string }) => void findings.push(`${kind} ${event}`),
  };
  const find = findEvent({ eventStore, eventsOf: () => events });
  return {
    ...{ ports, find, findings, schedules, isCurrent: (event: string) => isCurrent(ports, { process: 'reminder:pay-up', event }) },
    under: (others: readonly AnyReminder[]) => ({ ...ports, reminders: others }),
    pass: (milliseconds: number) => {
      clock += milliseconds;
    },
    parked: () => parked.list().map(({ process, cause, code }) => [process, cause, code]),
    hear: async (id: string) => hearReminders(ports)(await find(id), { isRepeated: false }),
    fire: (one: Scheduled) => fireReminder(ports)(one, { isRepeated: false }),
    audit: () => auditReminders(ports)(nothingCompared, new Date(clock + hour)),
    tell: (type: 'Close' | 'Open') =>
      handle(ledger, { id: '1' }, { command: { type, data: {} }, commandId: type, correlationId: type, causationId: type }),
    sent: async () => (await loadAll(eventStore, ofLedger)).commits.map(({ commandId }) => commandId).filter((id) => id.includes('/')),
  };
};
const scheduled = (event: string, at = later(day)): Scheduled => ({ process: 'reminder:pay-up', event, at });

describe('a reminder', () => {
  test('is of the last part with a row, and its command has the id of the part', async () => {
    const { hear, schedules, pass, fire, sent, isCurrent: counts } = await serviceOf([stored('PriceAgreed', { cents: 1 }), whole]);
    await hear('order-42@2.2');
    expect(schedules.all()).toEqual([scheduled('order-42@2.2')]);
    expect(await Promise.all(['order-42@1', 'order-42@2', 'order-42@2.2'].map(counts))).toEqual([false, false, true]);
    pass(day);
    for (let times = 0; times < 2; times++) await fire(scheduled('order-42@2.2'));
    expect(await sent()).toEqual(['reminder:pay-up/order-42@2.2/0']);
  });

  test('that the whole has scheduled fires once, under the id of the whole', async () => {
    const { ports, under, find, schedules, pass, fire, sent, audit, findings } = await serviceOf([whole]);
    await hearReminders(under([before]))(await find('order-42@1'), { isRepeated: false });
    expect(schedules.all()).toEqual([scheduled('order-42@1')]);
    pass(day);
    await fireReminder(ports)(scheduled('order-42@1'), { isRepeated: false });
    schedules.take(scheduled('order-42@1'));
    expect(await sent()).toEqual(['reminder:pay-up/order-42@1/0']);
    await fire(scheduled('order-42@1'));
    pass(hour);
    await audit(); // It does not make up for the part: the whole has sent it.
    expect([await sent(), findings]).toEqual([['reminder:pay-up/order-42@1/0'], []]);
  });

  test('that the whole has scheduled is moved to the part by the audit, and sent once', async () => {
    const { under, find, schedules, pass, fire, sent, audit, findings } = await serviceOf([whole]);
    await hearReminders(under([before]))(await find('order-42@1'), { isRepeated: false });
    await audit();
    expect(schedules.all()).toEqual([scheduled('order-42@1.2')]);
    expect(findings).toEqual(['missing order-42@1.2', 'stale order-42@1']);
    pass(day);
    await fire(scheduled('order-42@1.2'));
    expect(await sent()).toEqual(['reminder:pay-up/order-42@1.2/0']);
  });

  test.each<[string, object, readonly string[]]>([
    ['of a renamed event goes on', { OrderAccepted: () => later(day) }, ['reminder:pay-up/order-42@1/0']],
    ['of an event whose row is gone is not sent', {}, []],
    ['that another part cancels is not sent', { OrderAccepted: () => later(day), PriceAgreed: () => null }, []],
  ])('%s', async (_, rows, expected) => {
    const { under, find, pass, fire, sent } = await serviceOf([whole], [reminderWith(rows)]);
    await hearReminders(under([before]))(await find('order-42@1'), { isRepeated: false });
    pass(day);
    await fire(scheduled('order-42@1'));
    expect(await sent()).toEqual(expected);
  });

  test('of a dropped event is not sent; the one before counts again', async () => {
    const { fire, sent, pass, audit, schedules } = await serviceOf([stored('PriceAgreed', { cents: 1 }), stored('OrderViewed', {})]);
    pass(hour);
    await audit();
    expect(schedules.all()).toEqual([scheduled('order-42@1')]);
    await fire(scheduled('order-42@2'));
    expect(await sent()).toEqual([]);
  });

  test('of a part that is refused is parked under its id, and sent again', async () => {
    const { hear, pass, tell, parked, ports, sent } = await serviceOf([whole]);
    await tell('Close');
    pass(day);
    await hear('order-42@1.2');
    expect([parked(), await sent()]).toEqual([[['reminder:pay-up', 'order-42@1.2', 'LedgerClosed']], []]);
    await tell('Open');
    await remindAgain(ports)('reminder:pay-up', 'order-42@1.2');
    expect([parked(), await sent()]).toEqual([[], ['reminder:pay-up/order-42@1.2/0']]);
  });

  test('that the whole has parked is sent again under the id of the whole', async () => {
    const { under, find, ports, pass, tell, parked, sent } = await serviceOf([whole]);
    await tell('Close');
    pass(day);
    await hearReminders(under([before]))(await find('order-42@1'), { isRepeated: false });
    await tell('Open');
    await remindAgain(ports)('reminder:pay-up', 'order-42@1');
    expect([parked(), await sent()]).toEqual([[], ['reminder:pay-up/order-42@1/0']]);
  });
});

describe.each<[string, string, (service: Awaited<ReturnType<typeof serviceOf>>, id: string) => Promise<void>, Again]>([
  [
    'a reaction',
    'reaction:noting',
    async ({ ports, find }, id) => reactor(ports)(await find(id), { isRepeated: false }),
    async ({ ports, find }, id) => sendAgain(ports)('reaction:noting', await find(id)),
  ],
  [
    "a call's answer",
    'call:bank',
    async ({ ports, find }, id) => takeAnswer(ports)(bank, await find(id), { answer: { status: 200, text: '' }, isRepeated: false }),
    async ({ ports, find }, id) => takeAnswerAgain(ports)('call:bank', await find(id)),
  ],
])('%s', (_, process, act, again) => {
  test('to a part that acts has the id of the part, and acts once', async () => {
    const service = await serviceOf([whole]);
    for (let times = 0; times < 2; times++) await act(service, 'order-42@1.1.2');
    expect(await service.sent()).toEqual([`${process}/order-42@1.1.2/0`]);
  });

  test('that is refused is parked under the id of the part, and sent again', async () => {
    const service = await serviceOf([whole]);
    await service.tell('Close');
    await act(service, 'order-42@1.1.2');
    expect(service.parked()).toEqual([[process, 'order-42@1.1.2', 'LedgerClosed']]);
    await service.tell('Open');
    await again(service, 'order-42@1.1.2');
    expect([service.parked(), await service.sent()]).toEqual([[], [`${process}/order-42@1.1.2/0`]]);
  });

  test('to an event that was dropped since is taken off the list', async () => {
    const service = await serviceOf([stored('OrderViewed', {})]);
    const row = { process, cause: 'order-42@1', place: 0, code: 'LedgerClosed', message: '', since: later(0) } as const;
    await service.ports.parked.put({ ...row, command: 'Note of ledger-1' });
    await expect(act(service, 'order-42@1')).rejects.toThrow(EventDropped);
    await forgetParked(service.ports, process, 'order-42@1');
    expect([service.parked(), await service.sent()]).toEqual([[], []]);
  });
});

type Again = (service: Awaited<ReturnType<typeof serviceOf>>, id: string) => Promise<void>;
