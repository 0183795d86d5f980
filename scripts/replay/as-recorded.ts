import { setTimeout } from 'node:timers/promises';
import { all } from './all.ts';
import type { Ask } from './api.ts';
import { cents } from './cents.ts';
import { commandsOf, type Order } from './orders.ts';
import { sayFailures } from './report.ts';

interface Replayed {
  readonly orderId: string;
  readonly version: number;
  readonly recorded: number;
}

/** One order from its first command to its last; each waits for the answer to the one before. */
const replayOrder = async (ask: Ask, order: Order): Promise<Replayed> => {
  let version = 0;
  let recorded = 0;
  for (const { type, data } of commandsOf(order)) {
    const headers = { 'content-type': 'application/json', 'idempotency-key': `replay/${order.orderId}/${type}` };
    const path = `/order/${encodeURIComponent(order.orderId)}/${type}`;
    const answer = await ask(path, { method: 'POST', headers, body: JSON.stringify(data) });
    version = Number(answer.body['version']);
    if (answer.headers.get('idempotent-replayed') === null) recorded += (answer.body['events'] as unknown[]).length;
  }
  return { orderId: order.orderId, version, recorded };
};

interface Summary {
  readonly status: string;
  readonly totalCents: number;
}

/** The document of an order, once the read model itself has come as far as the command side. */
const readBack = async (ask: Ask, { orderId, version }: Replayed, deadline: number): Promise<Summary> => {
  for (;;) {
    const { status, headers, body } = await ask(`/order-summary/${encodeURIComponent(orderId)}`, {}, [404]);
    const seen = status === 404 ? 0 : Number(headers.get('etag')?.replaceAll('"', ''));
    if (seen >= version) return body as unknown as Summary;
    if (Date.now() > deadline)
      throw new Error(`order-summary/${orderId} is at version ${seen}, ${version} is recorded: the projector is behind or stuck`);
    await setTimeout(100);
  }
};

/** Sends what the sellers of these orders did. Answers the exit code. */
export const replayAsRecorded = async (ask: Ask, orders: readonly Order[], concurrency: number): Promise<number> => {
  const sent = await all('replaying', orders, concurrency, (order) => replayOrder(ask, order));
  const deadline = Date.now() + 60_000;
  const read = await all('reading back', sent.done, concurrency, (order) => readBack(ask, order, deadline));
  return report(orders.length, sent.done, read.done, [...sent.failed, ...read.failed]);
};

const report = (total: number, sent: readonly Replayed[], read: readonly Summary[], failed: readonly unknown[]): number => {
  const byStatus = Object.entries(Object.groupBy(read, ({ status }) => status)).map(([status, group]) => `${group?.length} ${status}`);
  const worth = read.reduce((sum, { totalCents }) => sum + totalCents, 0);
  const events = sent.reduce((sum, { recorded }) => sum + recorded, 0);
  console.log(`${read.length} of ${total} orders, worth ${cents(worth)} with freight: ${byStatus.sort().join(', ')}`);
  console.log(`${events} new events`);
  return sayFailures(failed);
};
