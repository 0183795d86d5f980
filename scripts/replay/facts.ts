import type { Ask, Reply } from './api.ts';
import { type Event, isShipped, type OrderFacts, type ProductFacts } from './balance.ts';
import type { Order } from './orders.ts';

/** Where the books are. */
export interface Books {
  readonly ask: Ask;
  /** Asks the payment provider. */
  readonly askProvider: Ask;
}

/** Every event of a stream; none, where it is not there. */
export const eventsOf = async (ask: Ask, aggregate: string, id: string): Promise<readonly RecordedEvent[]> => {
  const events: RecordedEvent[] = [];
  for (let path: string | undefined = `/streams/${aggregate}/${encodeURIComponent(id)}?limit=100`; path !== undefined; ) {
    const { body }: Reply = await ask(path, {}, [404]);
    events.push(...((body['items'] ?? []) as readonly RecordedEvent[]));
    path = body['next'] as string | undefined;
  }
  return events;
};

export interface RecordedEvent extends Event {
  readonly metadata: { readonly commandId: string };
}

const stateOf = async (ask: Ask, aggregate: string, id: string): Promise<Readonly<Record<string, unknown>>> => {
  const { body } = await ask(`/streams/${aggregate}/${encodeURIComponent(id)}/state`, {}, [404]);
  return (body['state'] ?? {}) as Readonly<Record<string, unknown>>;
};

export const dueCentsOf = ({ lines }: Order): number =>
  lines.reduce((all, { priceCents, freightCents }) => all + priceCents + freightCents, 0);

export const orderFacts = async ({ ask, askProvider }: Books, order: Order): Promise<OrderFacts> => {
  const { orderId } = order;
  const id = encodeURIComponent(orderId);
  const state = await stateOf(ask, 'order', orderId);
  const { body: summary } = await ask(`/order-summary/${id}`, {}, [404]);
  const payment = await eventsOf(ask, 'payment', orderId);
  const { body: account } = await askProvider(`/payments/${id}`, {}, [404]);
  return {
    orderId,
    dueCents: dueCentsOf(order),
    status: String(state['status'] ?? 'not there'),
    shown: String(summary['code'] === undefined ? summary['status'] : 'not there'),
    reason: summary['cancellationReason'] as string | undefined,
    payment,
    takenCents: Number(account['takenCents'] ?? 0),
    returnedCents: Number(account['returnedCents'] ?? 0),
  };
};

export const productFacts = async ({ ask }: Books, productId: string): Promise<ProductFacts> => ({
  productId,
  events: await eventsOf(ask, 'stock', productId),
  onShelf: Number((await stateOf(ask, 'stock', productId))['quantity'] ?? 0),
});

/** The reservations of a product for the lines of shipped orders, as the service names them. */
export const reservationsOf = (orders: readonly Order[], facts: readonly OrderFacts[]): ReadonlyMap<string, ReadonlySet<string>> => {
  const shipped = new Set(facts.filter(isShipped).map(({ orderId }) => orderId));
  const reserved = orders
    .filter(({ orderId }) => shipped.has(orderId))
    .flatMap(({ orderId, lines }) => lines.map(({ productId }, index) => ({ productId, reservation: `${orderId}/${index}` })));
  const byProduct = Map.groupBy(reserved, ({ productId }) => productId);
  return new Map([...byProduct].map(([product, lines]) => [product, new Set(lines.map(({ reservation }) => reservation))]));
};
