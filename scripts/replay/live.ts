import { createHash } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { all, barOf, each } from './all.ts';
import type { Ask } from './api.ts';
import { type Auditing, audit } from './audit.ts';
import { isOver } from './balance.ts';
import { eventsOf } from './facts.ts';
import type { Order } from './orders.ts';
import { reportLive, sayFailures } from './report.ts';

export interface Live extends Auditing {
  /** For how long it waits for the next order that comes to its end. */
  readonly patienceMinutes: number;
}

/** Places the orders, lets the service's own process fulfil them, and compares all books. Answers the exit code. */
export const replayLive = async (live: Live): Promise<number> => {
  const { orders, concurrency } = live;
  const wanted = productsOf(orders);
  const name = nameOf(orders);
  const stocked = await all('receiving stock', [...wanted], concurrency, (product) => receive(live, product, name));
  const placed = await all('placing', orders, concurrency, (order) => place(live, order));
  await untilOver(live, placed.done);
  const { facts, products, faults } = await audit(live, [...wanted.keys()]);
  const newOf = (done: readonly Sent[]) => done.filter(({ isNew }) => isNew).length;
  reportLive({ facts, products, placed: newOf(placed.done), received: newOf(stocked.done) });
  return sayFailures([...stocked.failed, ...placed.failed, ...faults]);
};

/** How many of each product the orders ask for. */
const productsOf = (orders: readonly Order[]): ReadonlyMap<string, number> => {
  const wanted = new Map<string, number>();
  for (const { productId } of orders.flatMap(({ lines }) => lines)) wanted.set(productId, (wanted.get(productId) ?? 0) + 1);
  return wanted;
};

/** Other orders want other goods; the same ones find theirs there. */
const nameOf = (orders: readonly Order[]): string =>
  `live/${createHash('sha256')
    .update(orders.map(({ orderId }) => orderId).join())
    .digest('hex')
    .slice(0, 12)}`;

/** The goods come once: a stream may be longer than the service remembers its keys, so it is asked first. */
const receive = async ({ ask }: Live, [productId, quantity]: readonly [string, number], name: string): Promise<Sent> => {
  const key = `${name}/ReceiveStock`;
  const events = await eventsOf(ask, 'stock', productId);
  if (events.some(({ metadata }) => metadata.commandId === key)) return { id: productId, isNew: false };
  return send(ask, { stream: 'stock', id: productId, type: 'ReceiveStock', key }, { quantity });
};

const place = async ({ ask }: Live, { orderId: id, customerId, lines, purchasedAt: placedAt }: Order): Promise<Sent> =>
  send(
    ask,
    { stream: 'order', id, type: 'PlaceOrder', key: `live/${id}/PlaceOrder` },
    { customerId, lines, placedAt, fulfilledBy: 'marketplace' },
  );

interface Sent {
  readonly id: string;
  /** It was not done before. */
  readonly isNew: boolean;
}
interface Sending {
  readonly stream: string;
  readonly id: string;
  readonly type: string;
  readonly key: string;
}

const send = async (ask: Ask, { stream, id, type, key }: Sending, data: object): Promise<Sent> => {
  const headers = { 'content-type': 'application/json', 'idempotency-key': key };
  const answer = await ask(`/${stream}/${encodeURIComponent(id)}/${type}`, { method: 'POST', headers, body: JSON.stringify(data) });
  return { id, isNew: answer.headers.get('idempotent-replayed') === null };
};

/** Until every order has come to an end, or none has for too long. */
const untilOver = async ({ ask, concurrency, patienceMinutes }: Live, placed: readonly Sent[]): Promise<void> => {
  const open = new Set(placed.map(({ id }) => id));
  const { tick, stop } = barOf('waiting', open.size);
  let last = Date.now();
  while (open.size > 0 && Date.now() - last < patienceMinutes * 60_000) {
    const begun = Date.now();
    await each([...open], concurrency, async (orderId) => {
      const { body } = await ask(`/order-summary/${encodeURIComponent(orderId)}`, {}, [404]);
      if (!isOver(String(body['status']))) return;
      open.delete(orderId);
      last = Date.now();
      tick();
    });
    if (open.size > 0) await setTimeout(Math.max(500, 2 * (Date.now() - begun))); // The service has other things to do than to be asked.
  }
  stop();
};
