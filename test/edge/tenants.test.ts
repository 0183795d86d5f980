import { beforeEach, describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { dynamoEventStore } from '../../adapters/event-log/dynamo-event-store.ts';
import { memoryEventStore } from '../../adapters/event-log/memory-event-store.ts';
import { routeNames, rowOf } from '../../adapters/http/routes.ts';
import { dynamoReadModels } from '../../adapters/read-models/dynamo-read-models.ts';
import { memoryReadModels } from '../../adapters/read-models/memory-read-models.ts';
import { relayPositions } from '../../core/publish/relay.ts';
import { tableKey } from '../../core/read/projection.ts';
import { createEventsTable, createNamesTable, createReadTable, engineClient } from '../support/dynamo.ts';
import { storesOf } from '../support/projecting.ts';
import type { Reply } from '../support/read-edge.ts';
import { fewer } from '../support/runs.ts';
import { tenantDomain } from '../support/tenant-domain.ts';
import { lootOf, probesOf, type Shared } from '../support/tenant-probes.ts';
import { type Deed, type Done, type Ground, worldOf } from '../support/tenant-worlds.ts';

// What a tenant is told is what it would be told if it had the service for itself. So nothing of another is in any answer, whatever is
// asked, and nothing that another does changes anything.

beforeEach(() => {
  for (const level of ['info', 'warn', 'error'] as const) jest.spyOn(console, level).mockImplementation(() => {});
});

const begin = Date.UTC(2026, 0, 1);
const clock = () => {
  let time = begin;
  const setTime = (milliseconds: number): void => {
    time = begin + milliseconds;
  };
  return { now: () => new Date(time), setTime };
};
const memoryGround = async (hasTenants: boolean): Promise<Ground> => {
  const { now, setTime } = clock();
  return { hasTenants, stores: { ...storesOf(memoryEventStore(now), memoryReadModels()), now }, setTime };
};
const dynamoGround = async (hasTenants: boolean): Promise<Ground> => {
  const { now, setTime } = clock();
  const client = engineClient();
  const names = await createNamesTable();
  const tables: Record<string, string> = {};
  for (const one of [...tenantDomain.projections, relayPositions]) tables[tableKey(one)] = await createReadTable(one, { hasTenants });
  const eventStore = dynamoEventStore({ client, table: await createEventsTable(), names, now });
  return { hasTenants, stores: { ...storesOf(eventStore, dynamoReadModels({ client, tables })), now }, setTime };
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
const secretOf = (tenant: string) => `the secret of (${tenant})`;

const scripts = fc.constantFrom(...pairs).chain((tenants) => {
  const shared: Shared = {
    ids: ['1', 'a', 'a-b', 'order-1'],
    customers: ['ada', ...tenants, ...tenants.map((tenant) => `${tenant}/ada`)],
    emails: ['ada@example.org', 'bo@example.org'],
    cents: [0, 1],
  };
  const deeds = fc.array(deed(tenants, shared), { minLength: 12, maxLength: 24 });
  return fc.record({ tenants: fc.constant(tenants), shared: fc.constant(shared), deeds });
});

/** A customer's orders differ in their cents, because DynamoDB leaves open in which order it returns items of equal index keys. */
const centsOf = (id: string, customerId: string, { ids, customers }: Shared): number =>
  (ids.indexOf(id) + customers.indexOf(customerId)) % ids.length;

const deed = (tenants: readonly string[], shared: Shared): fc.Arbitrary<Deed> =>
  fc
    .record({
      by: fc.constantFrom(...tenants),
      id: fc.constantFrom(...shared.ids),
      customerId: fc.constantFrom(...shared.customers),
      email: fc.constantFrom(...shared.emails),
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
    .map(({ by, id, customerId, email, key, command }) => {
      const secret = secretOf(by);
      const lines = [{ productId: 'tea', sellerId: secret, priceCents: centsOf(id, customerId, shared), freightCents: 0 }];
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

/** Without the tenant, which is in the names of its streams and in its cursors: so it is told if it has the service for itself. */
const forItself = (tenant: string, { status, headers, body }: Reply): object => {
  const text = JSON.stringify({ status, headers, body: typeof body?.cursor === 'string' ? { ...body, cursor: 'there is more' } : body });
  const names = ['order', 'customer'].map((aggregate) => [`${tenant}/${aggregate}-`, `${aggregate}-`] as const);
  return JSON.parse([...names, [`"tenant":"${tenant}",`, ''] as const].reduce((known, [from, to]) => known.replaceAll(from, to), text));
};

const answered = new Map<string, Set<number>>();
const isOpen = (route: string): boolean => ['GET /', 'GET /openapi.json', 'GET /asyncapi.json', 'GET /health', '$default'].includes(route);

/** What each of two tenants is told is what it would be told by a service of its own, without tenants. Of all that may be asked, one in `oneIn`. */
const hold = (open: (hasTenants: boolean) => Promise<Ground>, oneIn = 1) =>
  fc.asyncProperty(scripts, async ({ tenants, shared, deeds }) => {
    const together = worldOf(await open(true));
    const done: Done[] = [];
    const act = async (deed: Deed): Promise<void> => void done.push({ ...deed, reply: await together.act(deed, done.length) });
    for (const one of deeds) await act(one);
    for (const [by, other] of [tenants, tenants.toReversed() as [string, string]] as const) {
      const loot = await lootOf(together, other, shared);
      const probes = probesOf(by, other, { shared, loot });
      for (const probe of probes.filter((_, index) => index % oneIn === 0)) await act(probe);
    }
    for (const [tenant, other] of [tenants, tenants.toReversed() as [string, string]] as const) {
      const alone = worldOf(await open(false));
      for (const [place, { by, route, asked, reply }] of done.entries()) {
        if (by !== tenant) continue;
        answered.set(route, (answered.get(route) ?? new Set()).add(reply.status));
        expect(JSON.stringify(reply)).not.toContain(secretOf(other));
        if (isOpen(route)) continue;
        const expected = forItself(tenant, await alone.act({ by, route, asked }, place));
        expect({ by, route, asked, ...forItself(tenant, reply) }).toEqual({ by, route, asked, ...expected });
      }
    }
  });

describe('every route answers a tenant as if it were the only tenant', () => {
  test('in memory', () => fc.assert(hold(memoryGround, fewer(3, 1)), { numRuns: 20, endOnFailure: true }));
  test('on DynamoDB', () => fc.assert(hold(dynamoGround, 11), { numRuns: 1, endOnFailure: true }));

  test('every route was tried and has answered', () => {
    // The domain of the tests has no webhook. test/kiosk has one, and its tenant.
    const knownRoutes = routeNames
      .filter((name) => name !== 'webhook')
      .map(rowOf)
      .map(({ method, path }) => `${method} ${path}`);
    expect(new Set(answered.keys())).toEqual(new Set([...knownRoutes, '$default']));
    expect(knownRoutes.filter((route) => !answered.get(route)?.has(200))).toEqual([]);
    expect([...answered].filter(([, statuses]) => statuses.has(500))).toEqual([]);
  });
});
