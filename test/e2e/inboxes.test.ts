import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { run } from '../../cli/es/run.ts';
import { parcel } from '../depot/index.ts';
import { order } from '../domain/order/decider.ts';
import { type RunningSystem, runSystem } from './running-system.ts';

// Two services on one machine: a shop, and a depot that listens to it. The depot has a queue of its own as well.

jest.setTimeout(300_000);

const folder = mkdtempSync(join(tmpdir(), 'foldstream-inboxes-'));
const shopFolder = join(folder, 'shop');
const depotFolder = join(folder, 'depot');
let shopPort: number;
let shop: RunningSystem;
let depot: RunningSystem;

const freePort = (): Promise<number> =>
  new Promise((found) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => found(port));
    });
  });
const startShop = () => runSystem(shopFolder, { port: shopPort });
const startDepot = () => runSystem(join(depotFolder, 'data'), { domain: 'test/depot', listensTo: [`http://127.0.0.1:${shopPort}`] });

beforeAll(async () => {
  mkdirSync(join(depotFolder, 'test'), { recursive: true });
  symlinkSync(resolve('test/depot'), join(depotFolder, 'test/depot')); // The command line looks for it beside the data.
  shopPort = await freePort();
  shop = await startShop();
  depot = await startDepot();
});
afterAll(async () => {
  await Promise.all([shop?.stop(), depot?.stop()]);
  rmSync(folder, { recursive: true, force: true });
});

const place = async (id: string) => {
  const lines = [{ productId: 'p', sellerId: 's', priceCents: 90, freightCents: 10 }];
  expect((await shop.send(order, id, { type: 'PlaceOrder', data: { customerId: 'ada', lines } })).status).toBe(200);
};
const items = async (id: string): Promise<number> => {
  const { body } = await depot.get(`/streams/parcel/${id}/state`);
  return (body as { state?: { items: number } }).state?.items ?? 0;
};
const tell = async (id: string, type: 'CloseParcel' | 'OpenParcel') =>
  expect((await depot.send(parcel, id, { type, data: {} })).status).toBe(200);
const until = async (holds: () => Promise<boolean>): Promise<void> => {
  while (!(await holds())) await setTimeout(100);
};

/** `npm run es -- …` of the depot. */
const es = async (...args: readonly string[]) => {
  const said: string[] = [];
  const log = jest.spyOn(console, 'log').mockImplementation((line: string) => void said.push(line));
  const code = await run(args, join(depotFolder, 'data'));
  log.mockRestore();
  return { code, said: said.join('\n') };
};

/** As an application sends a message to the queue of an inbox. */
const sendToQueue = async (inbox: string, body: unknown) => {
  const { services, inboxQueues } = JSON.parse(readFileSync(join(depotFolder, 'data/system.json'), 'utf8'));
  const answer = await fetch(services, {
    method: 'POST',
    headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'AmazonSQS.SendMessage' },
    body: JSON.stringify({ QueueUrl: inboxQueues[inbox], MessageBody: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  expect(answer.status).toBe(200);
};

test('what one service publishes acts once in the other one, though both are killed meanwhile', async () => {
  const ids = Array.from({ length: 30 }, (_, index) => `o${index}`);
  await Promise.all(ids.slice(0, 10).map(place));
  await depot.kill();
  await Promise.all(ids.slice(10, 20).map(place));
  await shop.kill();
  [shop, depot] = await Promise.all([startShop(), startDepot()]);
  await Promise.all(ids.slice(20).map(place));
  await until(async () => (await items('of-ada')) >= ids.length);
  await until(async () => (await Promise.all(ids.map(items))).every((one) => one >= 1));
  await setTimeout(1500);
  expect(await items('of-ada')).toBe(30);
  expect(await Promise.all(ids.map(items))).toEqual(ids.map(() => 1));
});

test('a message that is sent twice acts once, and what is wrong is parked, tried again and given up', async () => {
  await tell('closed', 'CloseParcel');
  const sold = { receipt: 'r1', kind: 'sold', parcel: 'open', cents: 1 };
  await sendToQueue('till', sold);
  await sendToQueue('till', sold);
  await sendToQueue('till', { ...sold, receipt: 'r2', parcel: 'closed' });
  await sendToQueue('till', { ...sold, receipt: 'r3', cents: 'many' });
  await sendToQueue('till', '<sold/>');
  await until(async () => (await es('processes', 'inbox:till')).said.split('\n').length === 3);
  const { said } = await es('processes', 'inbox:till', '--json');
  const parked = said.split('\n').map((line) => JSON.parse(line) as { cause: string; code: string; message: string; input: string });
  expect(parked.map(({ code }) => code).sort()).toEqual(['InvalidData', 'InvalidData', 'ParcelClosed']);
  expect(parked.find(({ message }) => message.includes('cents'))?.message).toMatch(/^sold \(r3 of till\): cents: /);
  expect(parked.map(({ input }) => JSON.parse(input).body)).toContain('<sold/>');
  expect([await items('open'), await items('closed')]).toEqual([1, 0]);

  const refused = parked.find(({ code }) => code === 'ParcelClosed')?.cause ?? '';
  expect((await es('processes', 'inbox:till', refused, '--retry')).said).toMatch(/1 command still parked$/);
  await tell('closed', 'OpenParcel');
  expect(await es('processes', 'inbox:till', refused, '--retry')).toEqual({ code: 0, said: '1 command carried out' });
  expect(await items('closed')).toBe(1);
  for (const { cause } of parked.filter((one) => one.cause !== refused))
    expect(await es('processes', 'inbox:till', cause, '--give-up')).toEqual({ code: 0, said: '1 command given up' });
  expect((await es('processes')).said).toBe('Nothing is parked.');
});
