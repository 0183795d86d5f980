import * as z from 'zod';
import { defineCalls } from '../core/calls/calls.ts';
import type { Tail } from '../core/log/event-store.ts';
import { defineProjection } from '../core/read/projection.ts';
import { abort, defineSaga } from '../core/sagas/saga.ts';
import type { Scenario } from '../core/testing/scenarios.ts';
import { type CommandOf, defineDecider, type EventOf, type StateOf } from '../core/write/decider.ts';
import { customer } from './domain/customer/decider.ts';
import { order } from './domain/order/decider.ts';

// Nothing here runs: it is the compiler that is tested. What must not compile says so, and fails where it does.

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const yes = <T extends true>(): T | undefined => undefined;

// ── What the tables infer ─────────────────────────────────────────────────────────────────────────────────────────────
type Status = 'new' | 'placed' | 'approved' | 'shipped' | 'delivered' | 'cancelled';
yes<Equal<StateOf<typeof order>, { readonly status: Status }>>();
yes<Equal<CommandOf<typeof order>['type'], 'PlaceOrder' | 'ApproveOrder' | 'ShipOrder' | 'DeliverOrder' | 'CancelOrder'>>();
yes<Equal<EventOf<typeof order>['type'], 'OrderPlaced' | 'OrderApproved' | 'OrderShipped' | 'OrderDelivered' | 'OrderCancelled'>>();
yes<Equal<Extract<EventOf<typeof order>, { type: 'OrderCancelled' }>['data'], { reason: string }>>();

const event: EventOf<typeof order> = { type: 'OrderCancelled', data: { reason: 'r' } };
// @ts-expect-error no such event
const misspelt: EventOf<typeof order> = { type: 'OrderCanceled', data: { reason: 'r' } };
// @ts-expect-error the data of another event
const mistaken: EventOf<typeof order> = { type: 'OrderCancelled', data: { shippedAt: 'x' } };
// @ts-expect-error an event for a command
const backwards: CommandOf<typeof order> = { type: 'OrderCancelled', data: { reason: 'r' } };
void [event, misspelt, mistaken, backwards];

// ── Deciders ──────────────────────────────────────────────────────────────────────────────────────────────────────────
type Door = { readonly open: boolean; readonly times: number };
const events = { Opened: z.object({}), Closed: z.object({ why: z.string() }) };
const base = {
  name: 'door',
  commands: { Open: z.object({}), Close: z.object({ why: z.string() }) },
  events,
  initialState: (): Door => ({ open: false, times: 0 }),
};
const decide = { Open: () => [], Close: () => [] };
const evolve = { Opened: (door: Door) => door, Closed: (door: Door) => door };

defineDecider({
  ...base,
  decide: {
    Open: (_, { open }) => (open ? [] : [{ type: 'Opened', data: {} }]),
    Close: ({ why }, { open }) => (open ? [{ type: 'Closed', data: { why } }] : []),
  },
  evolve: { Opened: (door) => ({ ...door, open: true, times: door.times + 1 }), Closed: () => ({ open: false, times: 0 }) },
});

defineDecider({ ...base, decide, evolve });
// @ts-expect-error Close is missing
defineDecider({ ...base, evolve, decide: { Open: () => [] } });
// @ts-expect-error Closed is missing
defineDecider({ ...base, decide, evolve: { Opened: (door) => door } });
// @ts-expect-error Shut is no command
defineDecider({ ...base, evolve, decide: { Open: () => [], Close: () => [], Shut: () => [] } });
// @ts-expect-error Shut is no event
defineDecider({ ...base, decide, evolve: { Opened: (door) => door, Closed: (door) => door, Shut: (door) => door } });
// @ts-expect-error a misspelt event
defineDecider({ ...base, evolve, decide: { Open: () => [{ type: 'Openedd', data: {} }], Close: () => [] } });
// @ts-expect-error the data of an event is wrong
defineDecider({ ...base, evolve, decide: { Open: () => [], Close: () => [{ type: 'Closed', data: { because: 1 } }] } });
// @ts-expect-error the data of a command is misread
defineDecider({ ...base, evolve, decide: { Open: () => [], Close: ({ because }) => [{ type: 'Closed', data: { why: because } }] } });
// @ts-expect-error an event alone, where a list is due
defineDecider({ ...base, evolve, decide: { Open: () => ({ type: 'Opened', data: {} }), Close: () => [] } });
// @ts-expect-error a promise: a decider is synchronous
defineDecider({ ...base, evolve, decide: { Open: async () => [], Close: () => [] } });
// @ts-expect-error a state of the wrong shape
defineDecider({ ...base, decide, evolve: { Opened: (door) => ({ ...door, open: 'yes' }), Closed: (door) => door } });
// @ts-expect-error a state of the wrong shape, without a parameter to infer from
defineDecider({ ...base, decide, evolve: { Opened: () => ({ open: 'yes', times: 0 }), Closed: (door) => door } });
// @ts-expect-error a state that lacks a field
defineDecider({ ...base, decide, evolve: { Opened: () => ({ open: true }), Closed: (door) => door } });
defineDecider({ ...base, decide, evolve, owner: ({ open }) => (open ? 'ada' : undefined), ownScope: 'door:own' });
// @ts-expect-error an owner that is a number
defineDecider({ ...base, decide, evolve, owner: ({ times }) => times });
// @ts-expect-error a field that the state does not have
defineDecider({ ...base, decide, evolve, owner: ({ ownerId }) => ownerId });
// @ts-expect-error a promise: whose an aggregate is follows from its state
defineDecider({ ...base, decide, evolve, owner: async () => 'ada' });
defineDecider({
  ...base,
  evolve,
  decide: {
    Open: (_, door) => {
      // @ts-expect-error the state is not to be changed
      door.open = true;
      return [];
    },
    Close: () => [],
  },
});

// ── Projections ───────────────────────────────────────────────────────────────────────────────────────────────────────
const document = z.object({
  owner: z.string(),
  times: z.int(),
  status: z.enum(['open', 'closed']),
  closedAt: z.string().optional(),
  tags: z.array(z.string()),
  isLocked: z.boolean(),
});
type Doors = z.output<typeof document>;
const view = {
  name: 'doors',
  revision: 1,
  events,
  document,
  initialState: (): Doors => ({ owner: '', times: 0, status: 'open', tags: [], isLocked: false }),
};

defineProjection({
  ...view,
  indexes: {
    byOwner: { partition: 'owner', sort: 'times' },
    byStatus: { partition: 'status', sort: 'closedAt' },
    byTimes: { partition: 'times', sort: 'owner' },
  },
  evolve: {
    Opened: (doors, _, { version }) => ({ ...doors, times: version }),
    Closed: (doors, { why }, { recordedAt }) => (why === '' ? null : { ...doors, closedAt: recordedAt }),
  },
});
// A projection may leave events out: they move its version and nothing else.
defineProjection({ ...view, evolve: { Opened: (doors) => doors } });

// @ts-expect-error a misspelt event
defineProjection({ ...view, evolve: { Openedd: (doors) => doors } });
// @ts-expect-error a document of the wrong shape
defineProjection({ ...view, evolve: { Opened: (doors) => ({ ...doors, times: 'many' }) } });
// @ts-expect-error a document that lacks a field
defineProjection({ ...view, evolve: { Opened: () => ({ owner: 'ada' }) } });
// @ts-expect-error undefined for a document: `null` deletes it
defineProjection({ ...view, evolve: { Opened: () => undefined } });
// @ts-expect-error the data of an event is misread
defineProjection({ ...view, evolve: { Closed: (doors, { because }) => ({ ...doors, owner: because }) } });
// @ts-expect-error metadata that there is not
defineProjection({ ...view, evolve: { Opened: (doors, _, { happenedAt }) => ({ ...doors, closedAt: happenedAt }) } });
// @ts-expect-error a promise: a projection is synchronous
defineProjection({ ...view, evolve: { Opened: async (doors) => doors } });
defineProjection({ ...view, evolve: {} });
// @ts-expect-error an initial document of another shape
defineProjection({ ...view, initialState: () => ({ owner: 1 }), evolve: {} });
// @ts-expect-error an index on a field that there is not
defineProjection({ ...view, indexes: { byOwner: { partition: 'owner', sort: 'openedAt' } }, evolve: {} });
// @ts-expect-error an index on a list, which can be no key
defineProjection({ ...view, indexes: { byTag: { partition: 'tags', sort: 'times' } }, evolve: {} });
// @ts-expect-error an index on a truth value, which can be no key
defineProjection({ ...view, indexes: { byLock: { partition: 'isLocked', sort: 'times' } }, evolve: {} });
// @ts-expect-error an index without an order
defineProjection({ ...view, indexes: { byOwner: { partition: 'owner' } }, evolve: {} });

defineProjection({ ...view, owner: 'owner', ownScope: 'doors:own', evolve: {} });
defineProjection({ ...view, owner: 'closedAt', evolve: {} });
// @ts-expect-error an owner in a field that there is not
defineProjection({ ...view, owner: 'ownerId', evolve: {} });
// @ts-expect-error an owner that is a number
defineProjection({ ...view, owner: 'times', evolve: {} });
// @ts-expect-error an owner that is a list
defineProjection({ ...view, owner: 'tags', evolve: {} });

// ── Sagas ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
const context = z.object({ orderId: z.string(), lines: z.array(z.object({ productId: z.string() })), paidCents: z.array(z.int()) });
const ship = ({ orderId }: { orderId: string }) => ({ id: orderId, type: 'ShipOrder', data: {} }) as const;
const undo = 'nothing';

defineSaga({
  name: 'process',
  context,
  startsOn: {
    of: order,
    event: 'OrderPlaced',
    context: ({ lines }, { id }) => (lines.length === 0 ? undefined : { orderId: id, lines, paidCents: [] }),
  },
  steps: {
    Approve: {
      to: order,
      send: ({ orderId }) => ({ id: orderId, type: 'ApproveOrder', data: {} }),
      awaits: { OrderApproved: 'proceed', OrderCancelled: ({ reason }) => abort(reason) },
      timeoutSeconds: 60,
      onlyNew: true,
      undo: ({ orderId, paidCents }) => ({ id: orderId, type: 'CancelOrder', data: { reason: `${paidCents.length}` } }),
    },
    Rename: { to: order, send: ship, alongside: 'Approve', undo },
    Note: {
      forEach: 'lines',
      to: order,
      send: ({ productId }, { orderId }, index) => ({ id: `${orderId}.${index}`, type: 'CancelOrder', data: { reason: productId } }),
      undo: ({ productId }) => ({ id: productId, type: 'CancelOrder', data: { reason: '' } }),
    },
    Count: { forEach: 'paidCents', to: order, send: (cents) => ({ id: cents.toFixed(), type: 'ShipOrder', data: {} }), undo },
    Ship: { to: order, send: ship },

    // @ts-expect-error a command of another aggregate
    E1: { to: customer, send: ship },
    // @ts-expect-error a misspelt command
    E2: { to: order, send: ({ orderId }) => ({ id: orderId, type: 'ShpOrder', data: {} }) },
    // @ts-expect-error the command's data lack a field
    E3: { to: order, send: ({ orderId }) => ({ id: orderId, type: 'CancelOrder', data: {} }) },
    // @ts-expect-error nobody says whom the command goes to
    E4: { to: order, send: () => ({ type: 'ShipOrder', data: {} }) },
    // @ts-expect-error a field that the context does not have
    E5: { to: order, send: ({ orderNo }) => ({ id: orderNo, type: 'ShipOrder', data: {} }) },
    // @ts-expect-error an event that the awaited aggregate does not have
    E6: { to: order, send: ship, awaits: { CustomerRegistered: 'proceed' }, timeoutSeconds: 1, undo },
    // @ts-expect-error the data of the awaited event are misread
    E7: { to: order, send: ship, awaits: { OrderCancelled: ({ why }) => abort(why) }, timeoutSeconds: 1, undo },
    // @ts-expect-error it would wait for ever
    E8: { to: order, send: ship, awaits: { OrderShipped: 'proceed' }, undo },
    // @ts-expect-error when it has waited in vain, nobody knows how to undo it
    E9: { to: order, send: ship, awaits: { OrderShipped: 'proceed' }, timeoutSeconds: 1 },
    // @ts-expect-error an undo by another aggregate's command
    E10: { to: order, send: ship, undo: ({ orderId }) => ({ id: orderId, type: 'ChangeEmail', data: { email: '' } }) },
    // @ts-expect-error alongside of a step that there is not
    E11: { to: order, send: ship, alongside: 'Aprove', undo },
    // @ts-expect-error a list that is none
    E12: { to: order, forEach: 'orderId', send: ship, undo },
    // @ts-expect-error a step over a list that cannot be undone
    E13: { to: order, forEach: 'paidCents', send: () => ship({ orderId: '' }) },
  },
  onAbort: { to: order, send: ({ orderId }, reason) => ({ id: orderId, type: 'CancelOrder', data: { reason } }) },
});

const placed = { of: order, event: 'OrderPlaced', context: () => undefined } as const;
const cancel = { to: order, send: ship };
defineSaga({ name: 'x', context, startsOn: placed, steps: { A: { to: order, send: ship } }, onAbort: cancel });
defineSaga({
  name: 'x',
  context,
  // @ts-expect-error it starts on an event of another aggregate
  startsOn: { of: customer, event: 'OrderPlaced', context: () => undefined },
  steps: { A: { to: order, send: ship } },
  onAbort: cancel,
});
defineSaga({
  name: 'x',
  context,
  // @ts-expect-error it starts with half a context
  startsOn: { of: order, event: 'OrderPlaced', context: () => ({ orderId: '' }) },
  steps: { A: { to: order, send: ship } },
  onAbort: cancel,
});
defineSaga({
  name: 'x',
  context,
  startsOn: placed,
  steps: { A: { to: order, send: ship } },
  // @ts-expect-error what it ends with lacks a field
  onAbort: { to: order, send: () => ({ id: '', type: 'CancelOrder', data: {} }) },
});

// ── Calls ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
const called = { name: 'carrier', of: order } as const;
defineCalls({
  ...called,
  on: {
    OrderPlaced: ({ lines }, { id }) => (lines.length === 0 ? null : { path: `/parcels/${id}`, body: { count: lines.length } }),
    OrderCancelled: ({ reason }) => ({ path: '/cancel', body: { reason } }),
  },
});
// @ts-expect-error an event that the aggregate does not have
defineCalls({ ...called, on: { PaymentRequested: () => null } });
// @ts-expect-error the data of the event are misread
defineCalls({ ...called, on: { OrderCancelled: ({ why }) => ({ path: '/cancel', body: { why } }) } });
// @ts-expect-error nobody says where to
defineCalls({ ...called, on: { OrderCancelled: () => ({ body: {} }) } });
// @ts-expect-error a promise: a row asks for a call, and makes none
defineCalls({ ...called, on: { OrderCancelled: async () => null } });

// ── The tail cannot be made ───────────────────────────────────────────────────────────────────────────────────────────
// @ts-expect-error nobody outside a store has what a tail is made of
const forged: Tail = { stream: { aggregate: 'order', id: '1' }, version: 7 };
void forged;

// ── Scenarios ─────────────────────────────────────────────────────────────────────────────────────────────────────────
// @ts-expect-error an event where a command is due
const scenario: Scenario<typeof order>['when'] = { type: 'OrderShipped', data: {} };
void scenario;
