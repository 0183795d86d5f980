import { beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { ProjectionPorts } from '../../core/read/ports.ts';
import type { Domain } from '../../core/registry/domain.ts';
import { notes, ownedDomain, owners } from '../support/owned-domain.ts';
import { edgeOf } from '../support/read-edge.ts';
import { counted, memoryStores } from '../support/read-taps.ts';

// What a user of a token without scopes lists of read models: its own documents. And whose the documents of two revisions are.

let stores: ProjectionPorts;
let calls: string[];
let edge: ReturnType<typeof edgeOf>;
const open = (domain: Domain = ownedDomain, options: Partial<Parameters<typeof edgeOf>[2]> = {}, over: Partial<ProjectionPorts> = {}) => {
  ({ stores, calls } = counted({ ...stores, ...over }));
  edge = edgeOf(domain, stores, { auth: 'token', ...options });
};
beforeEach(() => {
  for (const level of ['info', 'warn', 'error'] as const) jest.spyOn(console, level).mockImplementation(() => {});
  stores = memoryStores();
  open();
});

const user = (sub: string, scope = 'openid') => ({ claims: { sub, scope } });
const clerk = user('clerk', 'note:write note:read notes:read owners:read drawers:read');
const send = (id: string, command: string, owner: string, text = `of ${owner}`, sender: object = clerk) =>
  edge.ask('POST /{aggregate}/{id}/{command}', {
    params: { aggregate: 'note', id, command },
    body: { owner, text, drawer: 'top' },
    ...sender,
  });
type Options = { readonly headers?: Readonly<Record<string, string>>; readonly as?: object };
const get = (key: string, { headers = {}, as = user('ada') }: Options = {}, projection = 'notes') =>
  edge.ask('GET /{projection}/{key}', { params: { projection, key }, headers, ...as });
const list = (query: Readonly<Record<string, string>>, as: object = user('ada'), projection = 'notes') =>
  edge.ask('GET /{projection}', { params: { projection }, query, ...as });

describe('a list', () => {
  beforeEach(async () => {
    for (const [id, owner] of Object.entries({ 1: 'ada', 2: 'bo', 3: 'ada', 4: 'bo' })) await send(id, 'OpenNote', owner);
    await edge.project();
    calls.length = 0;
  });
  const keysOf = ({ body }: Awaited<ReturnType<typeof list>>) => body.items.map(({ key }: { readonly key: string }) => key);

  test('by the owner, with the caller’s own value, has its documents', async () => {
    expect(keysOf(await list({ owner: 'ada' }))).toEqual(['1', '3']);
    expect(calls).toEqual(['list']);
  });

  test('is continued by its cursor', async () => {
    const { body } = await list({ owner: 'ada', limit: '1' });
    expect(keysOf(await list({ owner: 'ada', limit: '1', cursor: body.cursor }))).toEqual(['3']);
  });

  test('of another’s documents is empty, as that of nobody’s, without a read; no cursor continues it', async () => {
    const { body } = await list({ owner: 'bo', limit: '1' }, clerk);
    calls.length = 0;
    for (const cursor of [undefined, body.cursor, 'made-up'])
      for (const owner of ['bo', 'nobody'])
        expect(await list({ owner, limit: '1', ...(cursor === undefined ? {} : { cursor }) })).toMatchObject({
          status: 200,
          body: { items: [] },
        });
    expect(calls).toEqual([]);
  });

  test('by another field is refused, and says how to ask', async () => {
    const reply = await list({ drawer: 'top' });
    expect(reply).toMatchObject({ status: 400, body: { code: 'InvalidRequest' } });
    expect(reply.body.detail).toBe(
      "notes is not listed by 'drawer', but by ?owner=…&sort=drawer with your own value, because this token lists its own documents only; " +
        'from, to, limit, cursor and order are optional',
    );
    expect((await list({ text: 'a' }, user('ada'), 'drawers')).body.detail).toBe(
      'drawers has no index by its owner: read your own documents by their keys',
    );
    expect(calls).toEqual([]);
    expect((await list({ drawer: 'top' }, clerk)).status).toBe(200);
  });

  test('has no document that the answer of the index shows as another’s', async () => {
    const stale = async () => ({ items: [{ key: '1', version: 1, recordedAt: '', document: { owner: 'bo' } }] });
    open(ownedDomain, {}, { readModels: { ...stores.readModels, list: stale } });
    expect((await list({ owner: 'ada' })).body).toEqual({ items: [] });
    expect((await list({ owner: 'ada' }, clerk)).body.items).toHaveLength(1);
  });
});

describe('of two revisions each is asked for itself:', () => {
  const { owner: _, ...without } = notes;
  const both = (...projections: readonly object[]): Domain => ({ ...ownedDomain, projections: projections as Domain['projections'] });
  const cursorOf = (revision: number): string =>
    Buffer.concat([Buffer.alloc(32), Buffer.from(JSON.stringify([revision, '1', 'top']))]).toString('base64url');

  test('the one that serves names no owner, so no document is one’s own', async () => {
    open(both(without, { ...notes, revision: 2 }));
    await send('1', 'OpenNote', 'ada');
    await edge.project();
    for (const reply of [await get('1'), await get('9'), await list({ owner: 'ada' }), await list({ owner: 'bo' })])
      expect(reply).toMatchObject({ status: 403, body: { detail: 'the token lacks the scope notes:read' } });
    expect((await get('1', { as: clerk })).status).toBe(200);
    // The cursor leads into the revision that names the owner.
    expect(await list({ owner: 'ada', cursor: cursorOf(2) })).toMatchObject({ status: 400, body: { code: 'InvalidCursor' } });
  });

  test('the one that serves names the owner, and a cursor leads into no other', async () => {
    open(both(notes, { ...without, revision: 2 }));
    await send('1', 'OpenNote', 'ada');
    await edge.project();
    expect((await get('1')).status).toBe(200);
    expect((await get('1', { as: user('bo') })).status).toBe(404);
    expect((await list({ owner: 'ada' })).body.items).toHaveLength(1);
    expect((await list({ owner: 'ada', cursor: cursorOf(2) })).status).toBe(403);
  });
});

test('an API that requires no token knows no owner: every caller reads everything', async () => {
  open(ownedDomain, { auth: 'none' });
  await send('1', 'OpenNote', 'ada', 'text', {});
  await edge.project();
  for (const as of [{}, user('bo')]) {
    expect((await get('1', { as })).status).toBe(200);
    expect((await list({ drawer: 'top' }, as)).body.items).toHaveLength(1);
    expect((await edge.ask('GET /streams/{aggregate}/{id}', { params: { aggregate: 'note', id: '1' }, ...as })).status).toBe(200);
  }
});

test('the API describes who may read what', async () => {
  open({ ...ownedDomain, projections: [{ ...notes, ownScope: 'notes:own' }, owners] }, { scopePrefix: 'api/' });
  const { paths } = (await edge.ask('GET /openapi.json')).body;
  const told = (path: string) => [paths[path].get.security, paths[path].get.responses[403].description];
  expect(told('/notes/{key}')).toEqual([
    [{ token: ['api/notes:read'] }, { token: ['api/notes:own'] }],
    'a token with neither the scope api/notes:read nor api/notes:own',
  ]);
  expect(told('/owners')).toEqual([[{ token: ['api/owners:read'] }, { token: [] }], 'an ID token without the scope api/owners:read']);
  expect(told('/parked/notes')).toEqual([[{ token: ['api/operations:read'] }], 'a token without the scope api/operations:read']);
  for (const path of [
    '/streams/note/{id}',
    '/streams/note/{id}/state',
    '/streams/note/{id}/published',
    '/sagas/filing/{id}',
    '/sagas/filing/{id}/runs',
  ])
    expect(paths[path].get.responses[404].description).toContain('to a token without the scope for all');
  expect(paths['/notes/{key}'].get.responses[404].description).toContain('a document that does not belong to its actor');
  expect(paths['/notes'].get.responses[400].description).toContain('the list of any other owner is empty');
});

describe('a scope for what is one’s own', () => {
  const domain: Domain = { ...ownedDomain, projections: [{ ...notes, ownScope: 'notes:own' }] };
  beforeEach(async () => {
    open(domain);
    await send('1', 'OpenNote', 'ada');
    await send('2', 'OpenNote', 'bo');
    await edge.project();
  });

  test('is asked for, and opens no more', async () => {
    const refused = await get('1');
    expect(refused).toMatchObject({ status: 403, body: { detail: 'the token lacks the scope notes:own' } });
    expect(refused.headers['www-authenticate']).toBe('Bearer error="insufficient_scope", scope="notes:own"');
    expect((await get('1', { as: user('ada', 'openid notes:own') })).status).toBe(200);
    expect((await get('2', { as: user('ada', 'notes:own') })).status).toBe(404);
    expect((await get('2', { as: user('ada', 'notes:read') })).status).toBe(200);
  });
});
