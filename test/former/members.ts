import { commandTo, defineCalls, defineDecider, defineDomain, defineReaction, defineReminder, defineSaga } from 'foldstream';
import * as z from 'zod';
import { history, order, published, sums } from './orders.ts';

// A service whose processes listen to parts of events that were renamed and split.

const ledger = defineDecider({
  name: 'ledger',
  commands: { Note: z.object({ what: z.string() }) },
  events: { Noted: z.object({ what: z.string() }) },
  initialState: () => ({}),
  decide: { Note: (data) => [{ type: 'Noted', data }] },
  evolve: { Noted: () => ({}) },
});
const note = (what: string) => commandTo(ledger, { id: '1', type: 'Note', data: { what } });

export const noting = defineReaction({
  ...{ name: 'noting', of: order, to: [ledger] },
  on: {
    OrderAccepted: (_, { eventId }) => note(eventId),
    PriceAgreed: (_, { eventId }) => note(eventId),
    LineAdded: (_, { eventId }) => note(eventId),
  },
});

export const bank = defineCalls({ name: 'bank', of: order, on: { PriceAgreed: () => ({ path: '/', body: {} }) } });

export const payUp = defineReminder({
  ...{ name: 'pay-up', of: order, to: [ledger] },
  due: { PriceAgreed: () => '2126-01-01', OrderClosed: () => null },
  send: (_, { cause }) => note(cause.eventId),
});

export const shipping = defineSaga({
  name: 'shipping',
  context: z.object({ id: z.string() }),
  startsOn: { of: order, event: 'OrderAccepted', context: (_, { id }) => ({ id }) },
  steps: {
    Price: {
      to: order,
      send: ({ id }) => ({ id, type: 'Close', data: {} }),
      awaits: { PriceAgreed: 'proceed' },
      timeoutSeconds: 60,
      undo: 'nothing',
    },
    Lines: {
      to: order,
      send: ({ id }) => ({ id, type: 'Close', data: {} }),
      awaits: { LineAdded: 'proceed' },
      timeoutSeconds: 60,
      undo: 'nothing',
    },
  },
  onAbort: { to: ledger, send: (_, reason) => ({ id: '1', type: 'Note', data: { what: reason } }) },
});

export const members = { deciders: [order, ledger], projections: [history, sums], publications: [published] };
export const domain = defineDomain({ ...members, reactions: [noting], calls: [bank], sagas: [shipping] });
/** With reminders as well. */
export const whole = defineDomain({ ...domain, reminders: [payUp] });
