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
  withFormer,
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
  otherEvents: 8,
} as const;

const placedV1 = z.object({ customerId: z.string(), cents: z.int() });
const placedV2 = placedV1.extend({ channel: z.string() });
const channelOfV1 = 'shop';
const none = z.object({});

/** A probe is refused with the level, so that a test knows which code answers. */
export const service = (level: number) => {
  const has = (name: keyof typeof levels): boolean => level >= levels[name];
  const orderEvents = eventsOfOrder(has);
  const [opened, settled] = has('otherEvents')
    ? (['OrderAccepted', 'PaymentSettled'] as const)
    : (['OrderPlaced', 'PaymentReceived'] as const);
  const placement = has('newEventVersion') ? placedV1.extend({ channel: z.string().default('web') }) : placedV1;
  const place = has('renamedCommand') ? 'SubmitOrder' : 'PlaceOrder';

  const order = defineDecider({
    name: 'order',
    commands: { ConfirmOrder: none, CancelOrder: z.object({ reason: z.string() }), Probe: none },
    events: orderEvents,
    initialState: (): Status => ({ status: 'new' }),
    decide: {
      ConfirmOrder: (_: object, { status }: Status) => {
        if (status === 'confirmed') return [];
        ensure(status === 'placed', 'NotPlaced');
        return [{ type: 'OrderConfirmed', data: {} }];
      },
      CancelOrder: (data: object, { status }: Status) => (status === 'placed' ? [{ type: 'OrderCancelled', data }] : []),
      Probe: () => {
        throw new Refusal(`Level${level}`);
      },
    },
    evolve: {
      [opened]: () => ({ status: 'placed' }),
      OrderConfirmed: () => ({ status: 'confirmed' }),
      OrderCancelled: () => ({ status: 'cancelled' }),
      ...(has('otherEvents') ? { ChannelChosen: same } : { BasketEmptied: same }),
    },
  } as never) as AnyDecider;
  const ordering: AnyDecider = {
    ...order,
    commands: { ...order.commands, [place]: placement },
    decide: {
      ...order.decide,
      [place]: (data: z.output<typeof placement>, { status }: { readonly status: string }) => {
        ensure(status === 'new', 'OrderAlreadyPlaced');
        if (!has('otherEvents'))
          return [
            { type: 'OrderPlaced', data },
            { type: 'BasketEmptied', data: {} },
          ];
        const { customerId, cents, channel } = data as z.output<typeof placedV2>;
        return partsOf({ customerId, cents, channel });
      },
    },
  };

  const paymentEvents = { PaymentRequested: z.object({ cents: z.int() }), [settled]: none, PaymentRefunded: none };
  const renamed = { from: none, into: [settled], to: () => [{ type: settled, data: {} }] };
  const payment = defineDecider({
    name: 'payment',
    commands: { RequestPayment: z.object({ cents: z.int() }), ReceivePayment: none, RefundPayment: none },
    events: has('otherEvents') ? withFormer(paymentEvents, { PaymentReceived: { 1: renamed } } as never) : paymentEvents,
    initialState: (): Status => ({ status: 'none' }),
    decide: {
      RequestPayment: (data: object, { status }: Status) => (status === 'none' ? [{ type: 'PaymentRequested', data }] : []),
      ReceivePayment: (_: object, { status }: Status) => {
        ensure(status !== 'none', 'NotRequested');
        return status === 'requested' ? [{ type: settled, data: {} }] : [];
      },
      RefundPayment: (_: object, { status }: Status) => (status === 'refunded' ? [] : [{ type: 'PaymentRefunded', data: {} }]),
    },
    evolve: {
      PaymentRequested: () => ({ status: 'requested' }),
      [settled]: () => ({ status: 'received' }),
      PaymentRefunded: () => ({ status: 'refunded' }),
    },
  } as never) as AnyDecider;
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
      event: opened,
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
    awaits: { [settled]: 'proceed' },
    timeoutSeconds: daySeconds,
    undo: to('RefundPayment'),
  };
  const confirm = { to: ordering, send: to('ConfirmOrder') };
  const checkout = defineSaga({ ...base, steps: { TakePayment: takePayment, Confirm: confirm } } as never) as AnySaga;
  const audit = { to: paying, send: to('OrderAudit'), awaits: { PaymentAudited: 'proceed' }, timeoutSeconds: daySeconds, undo: 'nothing' };
  const changed = { ...base, revision: 2, before: [checkout], steps: { TakePayment: takePayment, Audit: audit, Confirm: confirm } };

  return defineDomain({
    deciders: [ordering, paying],
    projections: [...projectionsOf(has, orderEvents), paymentsOf(paying.events, settled)],
    sagas: [has('changedSaga') ? (defineSaga(changed as never) as AnySaga) : checkout],
  });
};

type Has = (name: keyof typeof levels) => boolean;

interface Status {
  readonly status: string;
}
const same = (state: Status): Status => state;

/** The events of an order until the last level, and what becomes of them there: one is split, and one is dropped. */
const eventsOfOrder = (has: Has): AnyDecider['events'] => {
  const others = { OrderConfirmed: none, OrderCancelled: z.object({ reason: z.string() }) };
  const lifted = versioned(placedV2, { 1: { from: placedV1, to: (data) => ({ ...data, channel: channelOfV1 }) } });
  if (!has('otherEvents')) return { OrderPlaced: has('newEventVersion') ? lifted : placedV1, BasketEmptied: none, ...others };
  const into = ['OrderAccepted', 'ChannelChosen'];
  const today = { OrderAccepted: placedV1, ChannelChosen: z.object({ channel: z.string(), cents: z.int() }), ...others };
  return withFormer(today, {
    OrderPlaced: {
      1: { from: placedV1, into, to: (data) => partsOf({ ...data, channel: channelOfV1 }) },
      2: { from: placedV2, into, to: partsOf },
    },
    BasketEmptied: { 1: { from: none, into: [], to: () => [] } },
  });
};

const partsOf = ({ customerId, cents, channel }: z.output<typeof placedV2>) => [
  { type: 'OrderAccepted' as const, data: { customerId, cents } },
  { type: 'ChannelChosen' as const, data: { channel, cents } },
];

interface Totalled {
  readonly customerId: string;
  readonly cents: number;
  readonly channel?: string;
}

const projectionsOf = (has: Has, events: AnyDecider['events']) => {
  const [opened, chosen] = has('otherEvents') ? ['OrderAccepted', 'ChannelChosen'] : ['OrderPlaced', 'OrderPlaced'];
  const list = (revision: number) => {
    const document = z.object({ customerId: z.string(), cents: z.int(), channel: z.string(), status: z.string() });
    const channelOf = (order: object, { channel = channelOfV1 }: Totalled) => ({ ...order, channel });
    const place = (order: object, { customerId, cents, channel = channelOfV1 }: Totalled) =>
      has('otherEvents') ? { ...order, customerId, cents } : { ...order, customerId, cents, channel };
    return defineProjection({
      ...{ name: 'order-list', revision, events, document },
      ...(revision > 1 ? { indexes: { byStatus: { partition: 'status', sort: 'cents' } as const } } : {}),
      initialState: () => ({ customerId: '', cents: 0, channel: channelOfV1, status: 'placed' }),
      evolve: {
        [chosen]: channelOf,
        [opened]: place,
        OrderConfirmed: (order: object) => ({ ...order, status: 'confirmed' }),
        OrderCancelled: (order: object) => ({ ...order, status: 'cancelled' }),
      },
    } as never);
  };
  const totals = (name: string, type: string, keyOf: (data: Totalled) => string) =>
    defineProjection({
      ...{ name, revision: 1, events, document: z.object({ orders: z.int(), cents: z.int() }) },
      key: (event: { readonly type: string; readonly data: Totalled }) => (event.type === type ? keyOf(event.data) : undefined),
      initialState: () => ({ orders: 0, cents: 0 }),
      evolve: {
        [type]: (total: { readonly orders: number; readonly cents: number }, { cents }: Totalled) => ({
          ...{ orders: total.orders + 1, cents: total.cents + cents },
        }),
      },
    } as never);
  return [
    ...(has('removedProjections') ? [] : [list(1), totals('old-totals', opened, () => 'all')]),
    ...(has('newIndex') ? [list(2)] : []),
    totals('customer-totals', opened, ({ customerId }) => customerId),
    ...(has('newProjection') ? [totals('channel-totals', chosen, ({ channel = channelOfV1 }) => channel)] : []),
  ];
};

/** The rows for the new events come without a new revision: no event of these types was recorded before. */
const paymentsOf = (events: AnyDecider['events'], settled: string) => {
  const rows = {
    PaymentRequested: 'requested',
    [settled]: 'received',
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
