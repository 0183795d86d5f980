import { setTimeout } from 'node:timers/promises';
import { seeded } from '../../local/stream/chaos.ts';

/** An order of the traffic, and what its customer knows of it. */
export interface Order {
  readonly id: string;
  readonly customerId: string;
  readonly cents: number;
  /** Absent if the client leaves it to the service. */
  readonly channel: string | undefined;
  /** The deployment from which on the customer pays. */
  readonly paysFrom: number;
  placed: boolean;
  paid: boolean;
  confirmed: boolean;
}

export interface Answer {
  readonly status: number;
  readonly code: string | undefined;
  readonly retryAfter: string | null;
  // biome-ignore lint/suspicious/noExplicitAny: the body of any answer; the caller knows which.
  readonly body: any;
}

/** The API of a running service, and the headers of each request to it. */
export interface Service {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Undefined if no answer came. */
export const ask = async (
  { url, headers }: Service,
  path: string,
  { data, key, milliseconds = 10_000 }: { readonly data?: object; readonly key?: string; readonly milliseconds?: number } = {},
): Promise<Answer | undefined> => {
  try {
    const response = await fetch(`${url}${path}`, {
      ...(data === undefined ? {} : { method: 'POST', body: JSON.stringify(data) }),
      headers: { ...headers, 'content-type': 'application/json', ...(key === undefined ? {} : { 'idempotency-key': key }) },
      signal: AbortSignal.timeout(milliseconds),
    });
    const body = (await response.json()) as Answer['body'];
    return { status: response.status, code: body.code, retryAfter: response.headers.get('retry-after'), body };
  } catch {
    return undefined;
  }
};

const channels = [undefined, 'app', 'web'];
const customers = ['ada', 'bo', 'cleo'];

export interface Traffic {
  readonly orders: Order[];
  /** The number of the present deployment. */
  deployment: number;
  /** Places no new orders. */
  drain(): void;
  /** Ends when all orders are confirmed, or rejects when the time is up. */
  settled(seconds: number): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Clients that place orders, pay them now or some deployments later, and audit payments. A client that gets no answer, or is told to try
 * again, sends the same request again. Now and then it does not wait for the answer.
 */
export const startTraffic = (service: Service, seed: number, perDeployment: number): Traffic => {
  const random = seeded(seed);
  const orders: Order[] = [];
  let place = 'PlaceOrder';
  let isDraining = false;
  let isOver = false;

  /** Sends a request until it is answered. */
  const send = async (path: () => string, data: object, key: string): Promise<Answer | undefined> => {
    while (!isOver) {
      const isLost = random() < 0.1;
      const answer = await ask(service, path(), { data, key, ...(isLost ? { milliseconds: 1 + random() * 30 } : {}) });
      if (answer !== undefined && answer.status !== 503) return answer;
      await setTimeout(50 + random() * 100);
    }
    return undefined;
  };

  const placeOrder = async (order: Order): Promise<void> => {
    const { id, customerId, cents, channel } = order;
    const data = { customerId, cents, ...(channel === undefined ? {} : { channel }) };
    const answer = await send(() => `/order/${id}/${place}`, data, `place-${id}`);
    if (answer?.code === 'UnknownCommand') place = place === 'PlaceOrder' ? 'SubmitOrder' : 'PlaceOrder';
    // The other two: an earlier try under the other name was carried out, and its answer was lost.
    if (answer?.status === 200 || answer?.code === 'OrderAlreadyPlaced' || answer?.code === 'IdempotencyKeyReused') order.placed = true;
    else if (answer !== undefined && answer.code !== 'UnknownCommand')
      throw new Error(`order ${id} is not placed: ${JSON.stringify(answer)}`);
  };

  const goOn = async (order: Order): Promise<void> => {
    const { id } = order;
    if (!order.placed) return placeOrder(order);
    if (!order.paid) {
      if (order.paysFrom > traffic.deployment) return;
      order.paid = (await ask(service, `/payment/${id}/ReceivePayment`, { data: {}, key: `pay-${id}` }))?.status === 200;
      return;
    }
    await ask(service, `/payment/${id}/AuditPayment`, { data: {}, key: `audit-${id}` }); // Refused unless the saga has ordered an audit.
    const types = (await ask(service, `/streams/order/${id}`))?.body.items?.map(({ type }: { type: string }) => type) ?? [];
    if (types.includes('OrderCancelled')) throw new Error(`the saga of order ${id} has gone back`);
    order.confirmed = types.includes('OrderConfirmed');
  };

  const newOrder = (): Order => {
    const pick = <T>(some: readonly T[]): T => some[Math.floor(random() * some.length)] as T;
    const delay = random() < 0.5 ? 0 : 1 + Math.floor(random() * 3);
    const order = { id: `o${orders.length}`, customerId: pick(customers), cents: 1 + Math.floor(random() * 1000), channel: pick(channels) };
    return { ...order, paysFrom: traffic.deployment + delay, placed: false, paid: false, confirmed: false };
  };

  const client = async (): Promise<void> => {
    while (!isOver) {
      const open = orders.filter((order) => !order.confirmed);
      if (!isDraining && orders.length < traffic.deployment * perDeployment && random() < 0.5) {
        const order = newOrder();
        orders.push(order);
        await goOn(order);
      } else if (open.length > 0) await goOn(open[Math.floor(random() * open.length)] as Order);
      await setTimeout(20 + random() * 60);
    }
  };

  const traffic: Traffic = {
    orders,
    deployment: 1,
    drain: () => {
      isDraining = true;
    },
    settled: async (seconds) => {
      const until = Date.now() + seconds * 1000;
      while (orders.some(({ confirmed }) => !confirmed)) {
        if (isOver) throw new Error('the traffic was stopped before its end');
        if (Date.now() > until)
          throw new Error(`not confirmed: ${orders.flatMap(({ id, confirmed }) => (confirmed ? [] : [id])).join(', ')}`);
        await Promise.race([setTimeout(100), clients]);
      }
    },
    stop: async () => {
      isOver = true;
      await clients;
    },
  };
  const clients = Promise.all([client(), client(), client()]).then(() => {});
  clients.catch(() => {}); // `settled` and `stop` report it.
  return traffic;
};
