// npm run replay -- FILE [--url URL] [--concurrency N]: drives a running system with the orders of a file.
import { resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import progress from 'cli-progress';
import { api } from './replay/api.ts';
import { commandsOf, type Order, readOrders } from './replay/orders.ts';

const usage = `Usage: npm run replay -- FILE [--url http://127.0.0.1:3000] [--concurrency 8] [--token TOKEN]
Places, approves, ships, delivers or cancels each order of FILE (one JSON object a line), as its data says.
A second run changes nothing: every command carries an idempotency key made of the order and the step. A system that asks for tokens needs one: npm run -s token.`;

type Ask = ReturnType<typeof api>;
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

/** Runs the work on every item, so many at once, and shows how far it is. A failure does not stop the others. */
const all = async <T, R>(
  title: string,
  items: readonly T[],
  concurrency: number,
  work: (item: T) => Promise<R>,
): Promise<{ done: R[]; failed: unknown[] }> => {
  const bar = new progress.SingleBar(
    { format: `${title} {bar} {value}/{total} {eta_formatted}`, stream: process.stderr, noTTYOutput: true, notTTYSchedule: 5000 },
    progress.Presets.shades_classic,
  );
  const queue = items.values();
  const done: R[] = [];
  const failed: unknown[] = [];
  bar.start(items.length, 0);
  const worker = async (): Promise<void> => {
    for (const item of queue) {
      await work(item).then(
        (result) => done.push(result),
        (error) => failed.push(error),
      );
      bar.increment();
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  bar.stop();
  return { done, failed };
};

const main = async (): Promise<number> => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      url: { type: 'string', default: `http://127.0.0.1:${process.env['PORT'] ?? 3000}` },
      concurrency: { type: 'string', default: '8' },
      token: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const [file] = positionals;
  const concurrency = Number(values.concurrency);
  if (values.help) return say(usage, 0);
  if (file === undefined || positionals.length > 1) return say(usage, 2);
  if (!Number.isInteger(concurrency) || concurrency < 1 || concurrency > 100)
    return say('--concurrency is a whole number from 1 to 100', 2);

  const ask = api(values.url, values.token);
  const orders = readOrders(resolve(process.env['INIT_CWD'] ?? '.', file));
  await ask('/health');
  const sent = await all('replaying', orders, concurrency, (order) => replayOrder(ask, order));
  const deadline = Date.now() + 60_000;
  const read = await all('reading back', sent.done, concurrency, (order) => readBack(ask, order, deadline));
  return report(orders.length, sent.done, read.done, [...sent.failed, ...read.failed]);
};

const report = (total: number, sent: readonly Replayed[], read: readonly Summary[], failed: readonly unknown[]): number => {
  const byStatus = Object.entries(Object.groupBy(read, ({ status }) => status)).map(([status, group]) => `${group?.length} ${status}`);
  const cents = read.reduce((sum, { totalCents }) => sum + totalCents, 0);
  const events = sent.reduce((sum, { recorded }) => sum + recorded, 0);
  const worth = (cents / 100).toLocaleString('en-US', { minimumFractionDigits: 2 });
  console.log(`${read.length} of ${total} orders, worth ${worth} with freight: ${byStatus.sort().join(', ')}`);
  console.log(`${events} new events`);
  for (const error of failed.slice(0, 10)) console.error(error instanceof Error ? error.message : error);
  if (failed.length > 10) console.error(`… and ${failed.length - 10} more failures`);
  return failed.length === 0 ? 0 : 1;
};

const say = (text: string, code: number): number => {
  (code === 0 ? console.log : console.error)(text);
  return code;
};

process.exitCode = await main().catch((error: unknown) => say(error instanceof Error ? error.message : String(error), 1));
