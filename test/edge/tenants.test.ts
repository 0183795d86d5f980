import { beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { routeKeys } from '../../adapters/authorization.ts';
import { dynamoEventStore } from '../../adapters/dynamo-event-store.ts';
import { dynamoReadModels } from '../../adapters/dynamo-read-models.ts';
import { memoryEventStore } from '../../adapters/memory-event-store.ts';
import { memoryReadModels } from '../../adapters/memory-read-models.ts';
import { tableKey } from '../../core/projection.ts';
import { createEventsTable, createNamesTable, createReadTable, engineClient } from '../support/dynamo.ts';
import { storesOf } from '../support/projecting.ts';
import type { Asked } from '../support/read-lambda.ts';
import { tenantDomain } from '../support/tenant-domain.ts';
import { lootOf, probesOf, type Shared } from '../support/tenant-probes.ts';
import { type Deed, type Done, type Ground, worldOf } from '../support/tenant-worlds.ts';

// What a tenant is told is what it would be told if there were no other. So nothing of another is in any answer, whatever is asked,
// and nothing that another does changes anything.

beforeEach(() => {
  for (const level of ['info', 'warn', 'error'] as const) jest.spyOn(console, level).mockImplementation(() => {});
});

const begin = Date.UTC(2026, 0, 1);
const clock = () => {
  let time = begin;
  return { now: () => new Date(time), setTime: (milliseconds: number) => void (time = begin + milliseconds) };
};
const memoryGround = async (): Promise<Ground> => {
  const { now, setTime } = clock();
  return { stores: { ...storesOf(memoryEventStore(now), memoryReadModels()), now }, setTime };
};
const dynamoGround = async (): Promise<Ground> => {
  const { now, setTime } = clock();
  const client = engineClient();
  const names = await createNamesTable();
  const tables: Record<string, string> = {};
  for (const one of tenantDomain.projections) tables[tableKey(one)] = await createReadTable(one, { hasTenants: true });
  const eventStore = dynamoEventStore({ client, table: await createEventsTable(), names, now });
  return { stores: { ...storesOf(eventStore, dynamoReadModels({ client, tables })), now }, setTime };
};

/** Each begins like another, or like a part of a key. */
const pairs = [
  ['a', 'a-b'],
  ['a-b', 'a'],
  ['order', 'order-1'],
  ['a', 'A'],
  ['1', '11'],
  ['stream', 'parked'],
  ['a.b', 'a_b'],
  ['tenant', 'operators'],
] as const;

/** What a tenant puts into its events and never asks for. */
const secretOf = (tenant: string) => `the secret of ${tenant}`;

const scripts = (prefix: string) =>
  fc.constantFrom(...pairs).chain(([one, other]) => {
    const tenants = [`${prefix}${one}`, `${prefix}${other}`] as const;
    const shared: Shared = {
      ids: ['1', 'a', 'a-b', 'order-1'],
      customers: ['ada', ...tenants, ...tenants.map((tenant) => `${tenant}/ada`)],
      emails: ['ada@example.org', `${tenants[0]}/ada@example.org`],
      cents: [0, 1],
    };
    return fc.record({
      tenants: fc.constant(tenants),
      shared: fc.constant(shared),
      deeds: fc.array(deed(tenants, shared), { minLength: 12, maxLength: 24 }),
    });
  });

const deed = (tenants: readonly string[], { ids, customers, emails, cents }: Shared): fc.Arbitrary<Deed> =>
  fc
    .record({
      by: fc.constantFrom(...tenants),
      id: fc.constantFrom(...ids),
      customerId: fc.constantFrom(...customers),
      email: fc.constantFrom(...emails),
      priceCents: fc.constantFrom(...cents),
      key: fc.option(fc.constantFrom('key-0', 'key-1'), { nil: undefined }),
      command: fc.constantFrom(
        'PlaceOrder',
        'PlaceOrder',
        'PlaceOrder',
        'ApproveOrder',
        'CancelOrder',
        'RegisterCustomer',
        'RemoveCustomer',
      ),
    })
    .map(({ by, id, customerId, email, priceCents, key, command }) => {
      const secret = secretOf(by);
      const lines = [{ productId: 'tea', sellerId: secret, priceCents, freightCents: 0 }];
      const bodies: Readonly<Record<string, object>> = {
        PlaceOrder: { customerId, lines, fulfilledBy: 'marketplace' },
        CancelOrder: { reason: secret },
        RegisterCustomer: { email, name: secret },
      };
      const aggregate = command.endsWith('Customer') ? 'customer' : 'order';
      const headers: Readonly<Record<string, string>> = key === undefined ? {} : { 'idempotency-key': key };
      return {
        by,
        route: 'POST /{aggregate}/{id}/{command}',
        asked: { params: { aggregate, id, command }, headers, body: bodies[command] ?? {} },
      };
    });

const answered = new Map<string, Set<number>>();

/** What each of two tenants is told where both are, and where only one is. */
const hold = (open: () => Promise<readonly [Ground, Ground, Ground]>, prefix = '') =>
  fc.asyncProperty(scripts(prefix), async ({ tenants, shared, deeds }) => {
    const [together, ...alone] = (await open()).map(worldOf) as [World, World, World];
    const done: Done[] = [];
    const act = async (deed: Deed): Promise<void> => void done.push({ ...deed, reply: await together.act(deed, done.length) });
    for (const one of deeds) await act(one);
    for (const [index, by] of tenants.entries()) {
      const other = tenants[1 - index] as string;
      const loot = await lootOf(together, other, shared);
      for (const probe of probesOf(by, other, { shared, loot })) await act(probe);
    }
    for (const [index, tenant] of tenants.entries()) {
      const secret = secretOf(tenants[1 - index] as string);
      for (const [place, { by, route, asked, reply }] of done.entries()) {
        if (by !== tenant) continue;
        answered.set(route, (answered.get(route) ?? new Set()).add(reply.status));
        expect(JSON.stringify(reply)).not.toContain(secret);
        const wished = { by, route, asked, place };
        expect({ ...wished, reply: await (alone[index] as World).act({ by, route, asked }, place) }).toEqual({ ...wished, reply });
      }
    }
  });
type World = ReturnType<typeof worldOf>;

describe('a tenant cannot tell whether there is another one, by any route', () => {
  test('in memory', () =>
    fc.assert(
      hold(() => Promise.all([memoryGround(), memoryGround(), memoryGround()])),
      { numRuns: 12 },
    ));

  test('on DynamoDB', async () => {
    const grounds = await Promise.all([dynamoGround(), dynamoGround(), dynamoGround()]);
    for (const prefix of ['1', '2'])
      await fc.assert(
        hold(async () => grounds, prefix),
        { numRuns: 1, endOnFailure: true },
      ); // The tables are the same.
  });

  test('all routes that there are were tried, and each has answered', () => {
    expect(new Set(answered.keys())).toEqual(new Set(routeKeys));
    const missing = routeKeys.filter((route) => !answered.get(route)?.has(route === '$default' ? 404 : 200));
    expect(missing).toEqual([]);
    expect([...answered].filter(([, statuses]) => statuses.has(500))).toEqual([]);
  });
});
