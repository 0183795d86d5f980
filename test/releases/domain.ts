import {
  type AnyDecider,
  type AnySaga,
  defineDecider,
  defineDomain,
  defineProjection,
  defineSaga,
  ensure,
  Refusal,
  versioned,
} from 'foldstream';
import * as z from 'zod';

// A service over several releases. Each level has the changes of the levels before it, too.

export const levels = {
  first: 1,
  newEventVersion: 2,
  newIndex: 3,
  newProjection: 4,
  changedSaga: 5,
  removedProjections: 6,
  renamedCommand: 7,
} as const;

const placedV1 = z.object({ customerId: z.string(), cents: z.int() });
const placedV2 = placedV1.extend({ channel: z.string() });
const channelOfV1 = 'shop';
const none = z.object({});

/** A probe is refused with the level, so that a test knows which code answers. */
export const service = (level: number) => {
  const has = (name: keyof typeof levels): boolean => level >= levels[name];
  const orderEvents = {
    OrderPlaced: has('newEventVersion')
      ? versioned(placedV2, { 1: { from: placedV1, to: (data) => ({ ...data, channel: channelOfV1 }) } })
      : (placedV1 as unknown as typeof placedV2),
    OrderConfirmed: none,
    OrderCancelled: z.object({ reason: z.string() }),
  };
  const placement = has('newEventVersion') ? placedV1.extend({ channel: z.string().default('web') }) : placedV1;
  const place = has('renamedCommand') ? 'SubmitOrder' : 'PlaceOrder';

  const order: AnyDecider = defineDecider({
    name: 'order',
    commands: { ConfirmOrder: none, CancelOrder: z.object({ reason: z.string() }), Probe: none },
    events: orderEvents,
    initialState: (): { readonly status: string } => ({ status: 'new' }),
    decide: {
      ConfirmOrder: (_, { status }) => {
        if (status === 'confirmed') return [];
        ensure(status === 'placed', 'NotPlaced');
        return [{ type: 'OrderConfirmed', data: {} }];
      },
      CancelOrder: (data, { status }) => (status === 'placed' ? [{ type: 'OrderCancelled', data }] : []),
      Probe: () => {
        throw new Refusal(`Level${level}`);
      },
    },
    evolve: {
      OrderPlaced: () => ({ status: 'placed' }),
      OrderConfirmed: () => ({ status: 'confirmed' }),
      OrderCancelled: () => ({ status: 'cancelled' }),
    },
  });
  const ordering: AnyDecider = {
    ...order,
    commands: { ...order.commands, [place]: placement },
    decide: {
      ...order.decide,
      [place]: (data: z.output<typeof placement>, { status }: { readonly status: string }) => {
        ensure(status === 'new', 'OrderAlreadyPlaced');
        return [{ type: 'OrderPlaced', data }];
      },
    },
  };

  const payment: AnyDecider = defineDecider({
    name: 'payment',
    commands: { RequestPayment: z.object({ cents: z.int() }), ReceivePayment: none, RefundPayment: none },
    events: { PaymentRequested: z.object({ cents: z.int() }), PaymentReceived: none, PaymentRefunded: none },
    initialState: (): { readonly status: string } => ({ status: 'none' }),
    decide: {
      RequestPayment: (data, { status }) => (status === 'none' ? [{ type: 'PaymentRequested', data }] : []),
      ReceivePayment: (_, { status }) => {
        ensure(status !== 'none', 'NotRequested');
        return status === 'requested' ? [{ type: 'PaymentReceived', data: {} }] : [];
      },
      RefundPayment: (_, { status }) => (status === 'refunded' ? [] : [{ type: 'PaymentRefunded', data: {} }]),
    },
    evolve: {
      PaymentRequested: () => ({ status: 'requested' }),
      PaymentReceived: () => ({ status: 'received' }),
      PaymentRefunded: () => ({ status: 'refunded' }),
    },
  });
  const audited: AnyDecider = {
    ...payment,
    commands: { ...payment.commands, OrderAudit: none, AuditPayment: none },
    events: { ...payment.events, AuditOrdered: none, PaymentAudited: none },
    decide: {
      ...payment.decide,
      OrderAudit: (_: object, { status }: { readonly status: string }) =>
        status === 'received' ? [{ type: 'AuditOrdered', data: {} }] : [],
      AuditPayment: (_: object, { status }: { readonly status: string }) => {
        ensure(['ordered', 'audited'].includes(status), 'NotOrdered');
        return status === 'ordered' ? [{ type: 'PaymentAudited', data: {} }] : [];
      },
    },
    evolve: { ...payment.evolve, AuditOrdered: () => ({ status: 'ordered' }), PaymentAudited: () => ({ status: 'audited' }) },
  };
  const paying = has('changedSaga') ? audited : payment;

  const daySeconds = 24 * 3600;
  const to =
    (type: string, data: object = {}) =>
    ({ id }: { readonly id: string }) =>
      ({ id, type, data }) as never;
  const base = {
    name: 'checkout',
    context: z.object({ id: z.string(), cents: z.int() }),
    startsOn: {
      of: ordering,
      event: 'OrderPlaced',
      context: ({ cents }: { readonly cents: number }, { id }: { readonly id: string }) => ({ id, cents }),
    },
    onAbort: {
      to: ordering,
      send: ({ id }: { readonly id: string }, reason: string) => ({ id, type: 'CancelOrder', data: { reason } }) as never,
    },
  };
  const takePayment = {
    to: paying,
    send: ({ id, cents }: { readonly id: string; readonly cents: number }) => ({ id, type: 'RequestPayment', data: { cents } }) as never,
    awaits: { PaymentReceived: 'proceed' },
    timeoutSeconds: daySeconds,
    undo: to('RefundPayment'),
  };
  const confirm = { to: ordering, send: to('ConfirmOrder') };
  const checkout = defineSaga({ ...base, steps: { TakePayment: takePayment, Confirm: confirm } } as never) as AnySaga;
  const audit = { to: paying, send: to('OrderAudit'), awaits: { PaymentAudited: 'proceed' }, timeoutSeconds: daySeconds, undo: 'nothing' };
  const changed = { ...base, revision: 2, before: [checkout], steps: { TakePayment: takePayment, Audit: audit, Confirm: confirm } };

  return defineDomain({
    deciders: [ordering, paying],
    projections: [...projectionsOf(has, orderEvents), paymentsOf(paying.events)],
    sagas: [has('changedSaga') ? (defineSaga(changed as never) as AnySaga) : checkout],
  });
};

type Has = (name: keyof typeof levels) => boolean;

const projectionsOf = (
  has: Has,
  events: { readonly OrderPlaced: typeof placedV2; readonly OrderConfirmed: typeof none; readonly OrderCancelled: z.ZodType },
) => {
  const list = (revision: number) => {
    const document = z.object({ customerId: z.string(), cents: z.int(), channel: z.string(), status: z.string() });
    return defineProjection({
      ...{ name: 'order-list', revision, events, document },
      ...(revision > 1 ? { indexes: { byStatus: { partition: 'status', sort: 'cents' } as const } } : {}),
      initialState: () => ({ customerId: '', cents: 0, channel: channelOfV1, status: 'placed' }),
      evolve: {
        OrderPlaced: (order, { customerId, cents, channel = channelOfV1 }) => ({ ...order, customerId, cents, channel }),
        OrderConfirmed: (order) => ({ ...order, status: 'confirmed' }),
        OrderCancelled: (order) => ({ ...order, status: 'cancelled' }),
      },
    });
  };
  const totals = (name: string, keyOf: (data: z.output<typeof placedV2>) => string) =>
    defineProjection({
      ...{ name, revision: 1, events, document: z.object({ orders: z.int(), cents: z.int() }) },
      key: (event) => (event.type === 'OrderPlaced' ? keyOf(event.data) : undefined),
      initialState: () => ({ orders: 0, cents: 0 }),
      evolve: { OrderPlaced: (total, { cents }) => ({ orders: total.orders + 1, cents: total.cents + cents }) },
    });
  return [
    ...(has('removedProjections') ? [] : [list(1), totals('old-totals', () => 'all')]),
    ...(has('newIndex') ? [list(2)] : []),
    totals('customer-totals', ({ customerId }) => customerId),
    ...(has('newProjection') ? [totals('channel-totals', ({ channel = channelOfV1 }) => channel)] : []),
  ];
};

/** The rows for the new events come without a new revision: no event of these types was recorded before. */
const paymentsOf = (events: AnyDecider['events']) => {
  const rows = {
    PaymentRequested: 'requested',
    PaymentReceived: 'received',
    PaymentRefunded: 'refunded',
    AuditOrdered: 'ordered',
    PaymentAudited: 'audited',
  };
  const known = Object.entries(rows).filter(([type]) => Object.hasOwn(events, type));
  return defineProjection({
    ...{ name: 'payments', revision: 1, events, document: z.object({ status: z.string(), events: z.int() }) },
    initialState: () => ({ status: 'none', events: 0 }),
    evolve: Object.fromEntries(
      known.map(([type, status]) => [type, (before: { readonly events: number }) => ({ status, events: before.events + 1 })]),
    ),
  } as never);
};
