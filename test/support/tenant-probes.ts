import type { Asked } from './read-lambda.ts';
import type { Deed, World } from './tenant-worlds.ts';

// What a tenant asks for that wants to see, or to change, what is another's: each route, in every way that a request can say something.

/** What both tenants have, under the same names. */
export interface Shared {
  readonly ids: readonly string[];
  readonly customers: readonly string[];
  readonly emails: readonly string[];
  readonly cents: readonly number[];
}

/** What the other has been told: its tokens, tags and cursors. */
export interface Loot {
  readonly tokens: readonly string[];
  readonly tags: readonly string[];
  /** By the path and query that they go on from. */
  readonly cursors: readonly (readonly [query: Deed, cursor: string])[];
}

const projections = ['order-summary', 'customer-totals', 'ledger', 'accounts'];
const get = (by: string, route: string, asked: Asked): Deed => ({ by, route: `GET ${route}`, asked });

/** The lists of a tenant, a document at a time. */
export const listsOf = (by: string, { customers, cents }: Shared): readonly Deed[] => [
  ...customers.flatMap((customerId) => [
    get(by, '/{projection}', { params: { projection: 'order-summary' }, query: { customerId, limit: '1' } }),
    get(by, '/{projection}', { params: { projection: 'order-summary' }, query: { customerId, order: 'desc', from: '2026' } }),
    get(by, '/{projection}', { params: { projection: 'ledger' }, query: { customerId, limit: '1' } }),
    get(by, '/{projection}', { params: { projection: 'accounts' }, query: { customerId, limit: '1', from: '0' } }),
  ]),
  ...cents.flatMap((value) =>
    ['ledger', 'accounts'].map((projection) =>
      get(by, '/{projection}', { params: { projection }, query: { cents: `${value}`, limit: '1' } }),
    ),
  ),
  ...[...projections, 'relay'].map((projection) => get(by, '/parked/{projection}', { params: { projection }, query: { limit: '1' } })),
];

/** What of a tenant's answers another one may have got hold of. */
export const lootOf = async (world: World, by: string, shared: Shared): Promise<Loot> => {
  const cursors: [Deed, string][] = [];
  for (const deed of listsOf(by, shared)) {
    const { body } = await world.act(deed, 0);
    if (typeof body?.cursor === 'string') cursors.push([deed, body.cursor]);
  }
  const tokens: string[] = [];
  const tags = new Set<string>();
  for (const id of shared.ids) {
    const { body, headers } = await world.act(get(by, '/{projection}/{key}', { params: { projection: 'order-summary', key: id } }), 0);
    if (body?.customerId === undefined) continue;
    tags.add(String(headers['etag']));
    tokens.push(`order-${id}@${String(headers['etag']).replaceAll('"', '')}`);
  }
  return { tokens, tags: [...tags], cursors };
};

/** Every route, as `by` may ask it to get at what is `other`'s. */
export const probesOf = (
  by: string,
  other: string,
  { shared, loot }: { readonly shared: Shared; readonly loot: Loot },
): readonly Deed[] => {
  const names = { 'x-tenant': other, tenant: other, 'x-amz-tenant': other };
  const foreign = (name: string): readonly string[] => [name, `${other}/${name}`, `../${other}/${name}`, `${other}%2F${name}`];
  const documents = projections.flatMap((projection) =>
    [...shared.ids, ...shared.customers, 'cancelled', 'stream#order-1', `${other}/stream#order-1`]
      .flatMap(foreign)
      .map((key) => get(by, '/{projection}/{key}', { params: { projection, key }, headers: names, query: { tenant: other } })),
  );
  const fresh = projections.flatMap((projection) =>
    [...loot.tokens.flatMap((token) => [token, `${other}/${token}`]), `${other}/order-1@1`, 'order-1@1,order-a@1'].map((token) =>
      get(by, '/{projection}/{key}', { params: { projection, key: shared.ids[0] ?? '1' }, headers: { 'read-after': token } }),
    ),
  );
  const copies = loot.tags.map((tag) =>
    get(by, '/{projection}/{key}', {
      params: { projection: 'order-summary', key: shared.ids[0] ?? '1' },
      headers: { 'if-none-match': tag },
    }),
  );
  const goingOn = loot.cursors.map(([{ route, asked }, cursor]) => ({ by, route, asked: { ...asked, query: { ...asked.query, cursor } } }));
  const meant = shared.customers.flatMap((customerId) => [
    get(by, '/{projection}', { params: { projection: 'ledger' }, query: { customerId: `${other}/${customerId}` } }),
    get(by, '/{projection}', { params: { projection: 'ledger' }, query: { customerId, tenant: other } }),
  ]);
  const streams = ['order', 'customer', `${other}/order`].flatMap((aggregate) =>
    shared.ids
      .flatMap(foreign)
      .flatMap((id) => [
        get(by, '/streams/{aggregate}/{id}', { params: { aggregate, id }, headers: names, query: { tenant: other } }),
        get(by, '/streams/{aggregate}/{id}', { params: { aggregate, id }, query: { order: 'desc', limit: '1' } }),
        get(by, '/streams/{aggregate}/{id}/state', { params: { aggregate, id }, headers: names }),
        get(by, '/streams/{aggregate}/{id}/state', { params: { aggregate, id }, query: { version: '1' } }),
        get(by, '/streams/{aggregate}/{id}/published', { params: { aggregate, id }, headers: names }),
      ]),
  );
  const sagas = shared.ids
    .flatMap(foreign)
    .flatMap((id) => [
      get(by, '/sagas/{saga}/{id}', { params: { saga: 'fulfilment', id }, headers: names, query: { tenant: other } }),
      get(by, '/sagas/{saga}/{id}', { params: { saga: 'fulfilment', id: `order-${id}@1` }, headers: names }),
      get(by, '/sagas/{saga}/{id}/runs', { params: { saga: 'fulfilment', id }, headers: names, query: { tenant: other } }),
      get(by, '/sagas/{saga}/{id}/runs', { params: { saga: 'fulfilment', id }, query: { limit: '1' } }),
    ]);
  const runs = shared.ids.map((id) =>
    get(by, '/sagas/{saga}/{id}', { params: { saga: 'fulfilment', id: `${other}/order-${id}@1` }, headers: names }),
  );
  const open = ['GET /', 'GET /openapi.json', 'GET /asyncapi.json', 'GET /health', '$default'].map((route) => ({
    by,
    route,
    asked: { headers: names },
  }));
  return [
    ...documents,
    ...fresh,
    ...copies,
    ...listsOf(by, shared),
    ...goingOn,
    ...meant,
    ...streams,
    ...sagas,
    ...runs,
    ...open,
    ...writes(by, other, { shared, loot }),
  ];
};

/** Commands that say in some way that they are meant for the other. */
const writes = (by: string, other: string, { shared, loot }: { readonly shared: Shared; readonly loot: Loot }): readonly Deed[] => {
  const send = (id: string, command: string, rest: Asked): Deed => ({
    by,
    route: 'POST /{aggregate}/{id}/{command}',
    asked: { body: {}, ...rest, params: { aggregate: 'order', id, command } },
  });
  const tricks = { 'x-tenant': other, tenant: other, 'idempotency-key': 'key-0' };
  return shared.ids.flatMap((id) => [
    send(`${other}/${id}`, 'ApproveOrder', {}),
    send(id, 'ApproveOrder', { headers: tricks, query: { tenant: other }, body: { tenant: other } }),
    ...loot.tags.map((tag) =>
      send(id, 'CancelOrder', { headers: { ...tricks, 'if-match': tag }, body: { reason: 'late', tenant: other } }),
    ),
  ]);
};
