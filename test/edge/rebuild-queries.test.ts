import { beforeEach, describe, expect, test } from '@jest/globals';
import { authorization } from '../../adapters/http/authorization.ts';
import { http } from '../../adapters/http/http.ts';
import { queryRoutes } from '../../adapters/http/query-routes.ts';
import { flip } from '../../core/operate/operations.ts';
import type { AnyProjection } from '../../core/read/projection.ts';
import { steward } from '../../core/rebuild/steward.ts';
import { unobserved } from '../support/log-lines.ts';
import { type Reply, toReply } from '../support/read-edge.ts';
import { type Asked, context, type HttpHandler, httpEvent } from '../support/read-lambda.ts';
import { domainOf, memoryWorld, next, rebuildOf, runRebuild, stepsOf, type World } from '../support/rebuilding.ts';
import { added, append } from '../support/requests.ts';
import { tallyTotal } from '../support/tally.ts';

const second = next(tallyTotal);
const rebuilds = { start: async () => 'running' as const };

let world: World;
beforeEach(async () => {
  world = memoryWorld();
  for (const id of ['a', 'b', 'c']) await append(world.eventStore, world.eventStore.begin({ aggregate: 'tally', id }), added(2));
});

const build = async (projection: AnyProjection, ...all: AnyProjection[]) => {
  await steward({ ...world, domain: domainOf(...all), rebuilds });
  await runRebuild(stepsOf(domainOf(...all), world), rebuildOf(projection));
};
/** One process: it remembers what it has seen. */
const api = (...projections: AnyProjection[]) => {
  const domain = domainOf(...projections);
  const edge = { domain, authorize: authorization({ domain, auth: 'none' }), observing: unobserved() };
  const handler = http(queryRoutes({ ...world, domain }), edge) as unknown as HttpHandler;
  return async (route: string, { params, ...asked }: Asked = {}): Promise<Reply> =>
    toReply(await handler(httpEvent(`GET ${route}`, { ...asked, params: { projection: tallyTotal.name, ...params } }), context));
};
const document = '/{projection}/{key}';
const list = '/{projection}';
const even = { parity: 'even', limit: '2' };
const keysIn = ({ body }: Reply) => (body as { items: readonly { key: string }[] }).items.map(({ key }) => key);
const cursorOf = ({ body }: Reply) => (body as { cursor: string }).cursor;

describe('while a projection is filled for the first time', () => {
  test('the answer to a missing document says that it may not have been filled yet', async () => {
    expect(await api(tallyTotal)(document, { params: { key: 'a' } })).toMatchObject({
      status: 404,
      headers: { 'x-freshness': 'filling', 'content-type': 'application/problem+json' },
      body: {
        code: 'NotFound',
        detail: "tally-total has no document 'a' yet: it is still being filled",
        correlationId: expect.any(String),
      },
    });
  });

  test('a list says so', async () => {
    expect(await api(tallyTotal)(list, { query: even })).toMatchObject({ status: 200, headers: { 'x-freshness': 'filling' } });
  });

  test('a complete projection does not say so', async () => {
    await build(tallyTotal, tallyTotal);
    const get = api(tallyTotal);
    for (const answer of [
      await get(document, { params: { key: 'a' } }),
      await get(document, { params: { key: 'x' } }),
      await get(list, { query: even }),
    ])
      expect(answer.headers).not.toHaveProperty('x-freshness');
  });
});

describe('a flip', () => {
  beforeEach(() => build(tallyTotal, tallyTotal));

  test('changes the tag of a document, so that a copy of the old revision is not taken for the new one', async () => {
    const get = api(tallyTotal, second);
    const ask = (tag: string) => get(document, { params: { key: 'a' }, headers: { 'if-none-match': tag } });
    expect(await ask('"1"')).toMatchObject({ status: 304 });
    await build(second, tallyTotal, second);
    expect(await ask('"1"')).toMatchObject({ status: 200, headers: { etag: '"1-r2"' } });
    expect(await ask('"1-r2"')).toMatchObject({ status: 304 });
    await flip(world, { projection: tallyTotal.name, revision: 1 });
    expect(await ask('"1-r2"')).toMatchObject({ status: 200, headers: { etag: '"1"' } });
  });

  test('keeps a begun list on its revision; a new list is of the new revision', async () => {
    const get = api(tallyTotal, second);
    const begun = await get(list, { query: even });
    await build(second, tallyTotal, second);
    expect([...keysIn(begun), ...keysIn(await get(list, { query: { ...even, cursor: cursorOf(begun) } }))].sort()).toEqual(['a', 'b', 'c']);
    const renewed = cursorOf(await get(list, { query: even }));
    expect(renewed).not.toBe(cursorOf(begun));
    expect(keysIn(await get(list, { query: { ...even, cursor: renewed } }))).toHaveLength(1);
  });

  test('refuses the cursor of a removed revision, and an invalid cursor', async () => {
    const begun = await api(tallyTotal)(list, { query: even });
    await build(second, tallyTotal, second);
    for (const cursor of [cursorOf(begun), 'nonsense'])
      expect(await api(second)(list, { query: { ...even, cursor } })).toMatchObject({ status: 400, body: { code: 'InvalidCursor' } });
  });
});

describe('a revision with another index and other documents', () => {
  const doubled = {
    ...second,
    indexes: { byTrail: { partition: 'trail', sort: 'sum' } },
    evolve: { ...tallyTotal.evolve, Added: () => ({ sum: 7, parity: 'odd', trail: 'one' }) },
  } as AnyProjection;
  const [before, after] = [
    { query: { parity: 'even' }, sums: [2, 2, 2] },
    { query: { trail: 'one' }, sums: [7, 7, 7] },
  ];
  const sumsIn = ({ body }: Reply) => (body as { items: readonly { document: { sum: number } }[] }).items.map((item) => item.document.sum);
  beforeEach(() => build(tallyTotal, tallyTotal));

  test('serves when it is full; beside it the old revision serves until then, whole, with its own index', async () => {
    const get = api(tallyTotal, doubled);
    const old = await get(list, { query: before.query });
    expect([old.status, sumsIn(old), old.headers['x-freshness']]).toEqual([200, before.sums, undefined]);
    expect(await get(list, { query: after.query })).toMatchObject({ status: 400 });
    await build(doubled, tallyTotal, doubled);
    const now = await get(list, { query: after.query });
    expect([now.status, sumsIn(now), now.headers['x-freshness']]).toEqual([200, after.sums, undefined]);
    expect(await get(list, { query: before.query })).toMatchObject({ status: 400 });
  });

  test('in place of the old one, its answers lack documents and say so until it is full', async () => {
    const get = api(doubled);
    const filling = await get(list, { query: after.query });
    expect([filling.status, sumsIn(filling), filling.headers['x-freshness']]).toEqual([200, [], 'filling']);
    await build(doubled, doubled);
    const now = await get(list, { query: after.query });
    expect([sumsIn(now), now.headers['x-freshness']]).toEqual([after.sums, undefined]);
  });
});

test('the description of the API is that of the serving revision', async () => {
  const richer = { ...second, indexes: {} } as AnyProjection;
  await build(tallyTotal, tallyTotal);
  const paths = async () => Object.keys(((await api(tallyTotal, richer)('/openapi.json')).body as { paths: object }).paths);
  expect(await paths()).toContain('/tally-total');
  await build(richer, tallyTotal, richer);
  expect(await paths()).not.toContain('/tally-total');
});
