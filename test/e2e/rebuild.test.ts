import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, expect, jest, test } from '@jest/globals';
import { type RunningSystem, runSystem } from './running-system.ts';

// Three releases of a service, one after the other, on the same data: the state machine fills what is new, while people use it.

jest.setTimeout(600_000);

const folder = mkdtempSync(join(tmpdir(), 'foldstream-e2e-rebuild-'));
const dataFolder = join(folder, 'data');
let system: RunningSystem | undefined;

/** A minute of its schedules and machines takes a second and a half. */
const release = async (name: string): Promise<void> => {
  await system?.stop();
  system = await runSystem(dataFolder, { domain: `test/e2e/releases/${name}`, timeScale: 0.025 });
};
afterAll(async () => {
  await system?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const url = (path: string) => `${(system as RunningSystem).url}${path}`;
const send = async (id: string, command: string, data: object): Promise<number> => {
  const headers = { 'content-type': 'application/json', 'idempotency-key': `${id}-${command}` };
  return (await fetch(url(`/order/${id}/${command}`), { method: 'POST', headers, body: JSON.stringify(data) })).status;
};
const placement = (customerId: string) => ({
  customerId,
  lines: [{ productId: 'tea', sellerId: 'bo', priceCents: 450, freightCents: 120 }],
});
const place = (id: string) => send(id, 'PlaceOrder', placement(`customer-${Number(id) % 3}`));
const advance = ['ApproveOrder', 'ShipOrder', 'DeliverOrder'];

/** An answer of the read side: `"3-r2"` is version 3 in revision 2. */
interface Seen {
  readonly status: number;
  readonly version: number;
  readonly revision: number;
  readonly isFilling: boolean;
}
const look = async (path: string): Promise<Seen> => {
  const { status, headers } = await fetch(url(path));
  const [, version = 0, revision = 1] = /^"(\d+)(?:-r(\d+))?"$/.exec(headers.get('etag') ?? '') ?? [];
  return { status, version: Number(version), revision: Number(revision), isFilling: headers.get('x-freshness') === 'filling' };
};
const until = async (holds: () => Promise<boolean>): Promise<void> => {
  while (!(await holds())) await setTimeout(100);
};
const settled = (ids: readonly string[], revision: number) =>
  until(async () => {
    const seen = await Promise.all(ids.map((id) => look(`/order-summary/${id}`)));
    return seen.every((one) => one.status === 200 && one.revision === revision && !one.isFilling);
  });

const ids = Array.from({ length: 24 }, (_, index) => String(index));

test('a first release fills its projections by itself', async () => {
  await release('first');
  expect(new Set(await Promise.all(ids.map(place)))).toEqual(new Set([200]));
  await settled(ids, 1);
});

test('a second revision is filled and takes over: no query fails, and none goes back in time', async () => {
  await release('second');
  const complaints: string[] = [];
  let isOver = false;
  let asked = 0;
  const read = async (mine: readonly string[]): Promise<void> => {
    const last = new Map<string, Seen>();
    while (!isOver) {
      for (const id of mine) {
        const before = last.get(id);
        const now = await look(`/order-summary/${id}`);
        const isFine =
          now.status === 200 && !now.isFilling && now.version >= (before?.version ?? 0) && now.revision >= (before?.revision ?? 1);
        if (!isFine) complaints.push(`order ${id}: ${JSON.stringify(before)}, then ${JSON.stringify(now)}`);
        last.set(id, now);
        asked += 1;
      }
      const list = await fetch(url('/order-summary?customerId=customer-1&limit=100'));
      if (list.status !== 200) complaints.push(`the list: ${list.status}`);
    }
  };
  const write = async (): Promise<void> => {
    for (const command of advance) for (const id of ids) expect([200, 409]).toContain(await send(id, command, {}));
    for (let id = ids.length; !isOver && id < 500; id++) expect(await place(String(id))).toBe(200);
  };
  const traffic = Promise.all([read(ids.slice(0, 12)), read(ids.slice(12)), write()]);
  await settled(ids, 2);
  await setTimeout(500); // And some more of it, behind the flip.
  isOver = true;
  await traffic;
  expect(complaints).toEqual([]);
  expect(asked).toBeGreaterThan(ids.length);
});

test('a new projection fills itself in the same way', () => totalsAreWhole());

const totalsAreWhole = async (): Promise<void> => {
  await until(async () => !(await look('/customer-totals/customer-1')).isFilling);
  await until(async () => {
    const totals = await Promise.all(
      [0, 1, 2].map(async (n) => ((await (await fetch(url(`/customer-totals/customer-${n}`))).json()) as { orders?: number }).orders),
    );
    const placed = await Promise.all([0, 1, 2].map((n) => countListed(`customer-${n}`)));
    return JSON.stringify(totals) === JSON.stringify(placed);
  });
};

/** How many orders of a customer the other projection lists. */
const countListed = async (customerId: string): Promise<number> => {
  let [count, cursor] = [0, ''];
  do {
    const next = cursor === '' ? '' : `&cursor=${cursor}`;
    const page = (await (await fetch(url(`/order-summary?customerId=${customerId}&limit=100${next}`))).json()) as {
      items: object[];
      cursor?: string;
    };
    count += page.items.length;
    cursor = page.cursor ?? '';
  } while (cursor !== '');
  return count;
};

test('the next release removes the first revision and its table', async () => {
  const tables = async (): Promise<readonly string[]> => {
    const { endpoint, region } = JSON.parse(readFileSync(join(dataFolder, 'system.json'), 'utf8'));
    const client = new DynamoDBClient({ endpoint, region, credentials: { accessKeyId: 'local', secretAccessKey: 'local' } });
    const { TableNames = [] } = await client.send(new ListTablesCommand({}));
    client.destroy();
    return TableNames.filter((name) => name.includes('ordersummary')).map((name) => name.replace(/.*(ordersummaryr\d).*/, '$1'));
  };
  expect([...(await tables())].sort()).toEqual(['ordersummaryr1', 'ordersummaryr2']);
  await release('third');
  expect(await tables()).toEqual(['ordersummaryr2']);
  for (const id of ids) expect(await look(`/order-summary/${id}`)).toMatchObject({ status: 200, revision: 2, isFilling: false });
});

test('a revision that a rollback removed is filled again when the release returns', async () => {
  await release('first');
  await settled(ids, 1);
  await release('second');
  await settled(ids, 2);
  await totalsAreWhole();
});
