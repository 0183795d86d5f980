import { beforeEach, describe, expect, jest, test } from '@jest/globals';
import { Unavailable } from '../../core/basics/errors.ts';
import type { ProjectionPorts } from '../../core/read/ports.ts';
import type { Domain } from '../../core/registry/domain.ts';
import { knownBy } from '../../core/registry/knowledge.ts';
import { notes, ownedDomain } from '../support/owned-domain.ts';
import { edgeOf } from '../support/read-edge.ts';
import { counted, memoryStores } from '../support/read-taps.ts';

// What a user of a token without scopes reads of read models: its own documents, at the price of everybody's.

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

describe('a document', () => {
  beforeEach(async () => {
    await send('1', 'OpenNote', 'ada');
    await send('2', 'OpenNote', 'bo');
    await edge.project();
    calls.length = 0;
  });

  test('is answered to its owner, in one read, and kept by no shared cache', async () => {
    expect(await get('1')).toMatchObject({
      status: 200,
      body: { owner: 'ada' },
      headers: { etag: '"1"', 'cache-control': 'private, no-cache' },
    });
    expect(calls).toEqual(['get']);
    expect(await get('1', { headers: { 'if-none-match': '"1"' } })).toMatchObject({ status: 304 });
  });

  test.each([
    ['plainly', {}],
    ['with its tag', { 'if-none-match': '"1"' }],
    ['with any tag', { 'if-none-match': '*' }],
    ['with a token', { 'read-after': 'note-2@1' }],
    ['with a token that does not exist', { 'read-after': 'note-2@7' }],
  ])('of another is 404 as one that does not exist, asked for %s', async (_, headers: Readonly<Record<string, string>>) => {
    const foreign = await get('2', { headers });
    const own = JSON.parse(JSON.stringify(headers).replace('note-2', 'note-9'));
    const missing = await get('9', { headers: own });
    expect(foreign).toMatchObject({ status: 404, body: { code: 'NotFound' } });
    const alike = (reply: typeof foreign, key: string) =>
      JSON.parse(
        JSON.stringify({ ...reply, headers: { ...reply.headers, 'x-correlation-id': '' } })
          .replaceAll(/request-\d+/g, '')
          .replaceAll(`'${key}'`, ''),
      );
    expect(alike(foreign, '2')).toEqual(alike(missing, '9'));
  });

  test('is answered to a caller with the scope, also if another owns it', async () => {
    for (const key of ['1', '2']) expect(await get(key, { as: clerk })).toMatchObject({ status: 200 });
  });

  test('moves with its owner', async () => {
    await send('1', 'GiveNote', 'bo');
    expect((await get('1')).status).toBe(200); // The read model has not moved yet.
    expect((await get('1', { headers: { 'read-after': 'note-1@2' } })).status).toBe(404);
    expect((await get('1', { as: user('bo'), headers: { 'read-after': 'note-1@2' } })).body).toMatchObject({ text: 'of bo' });
    await edge.project();
    expect((await get('1')).status).toBe(404);
    expect((await get('1', { as: user('bo') })).status).toBe(200);
  });

  test('is read by its owner after the command that made it, before any projector has run', async () => {
    await send('3', 'OpenNote', 'ada');
    expect(await get('3')).toMatchObject({ status: 404 });
    expect(await get('3', { headers: { 'read-after': 'note-3@1' } })).toMatchObject({ status: 200, body: { owner: 'ada' } });
  });

  test('belongs to nobody without an owner, and to no user with the name of the field', async () => {
    await send('4', 'OpenNote', '');
    await edge.project();
    for (const sub of ['owner', 'undefined', 'null', ' ']) expect((await get('4', { as: user(sub) })).status).toBe(404);
    expect((await get('4', { as: { claims: { sub: '', scope: 'openid' } } })).status).toBe(403);
  });

  test('is not answered without a token, nor to an ID token', async () => {
    expect(await get('1', { as: {} })).toMatchObject({ status: 401 });
    for (const mark of [{ token_use: 'id' }, { typ: 'ID' }] as readonly Readonly<Record<string, string>>[])
      expect(await get('1', { as: { claims: { sub: 'ada', ...mark } } })).toMatchObject({ status: 403, body: { code: 'Forbidden' } });
  });

  test('of a parked stream is the owner’s as it stands, and what it cannot apply is the owner’s alone to know', async () => {
    await send('1', 'WriteNote', 'ada', 'poison');
    await send('2', 'WriteNote', 'bo', 'poison');
    await edge.project();
    expect(await get('1')).toMatchObject({ status: 200, headers: { 'x-parked': 'note-1@2' } });
    expect(await get('1', { headers: { 'read-after': 'note-1@2' } })).toMatchObject({ status: 409, body: { code: 'Parked' } });
    for (const token of ['note-2@1', 'note-2@2', 'note-2@3'])
      expect(await get('2', { headers: { 'read-after': token } })).toMatchObject({ status: 404 });
  });

  test.each(['read', 'load'] as const)('of a log that does not answer (%s) is 503, and not 404', async (call) => {
    const fail = async () => Promise.reject(new Unavailable('throttled'));
    open(ownedDomain, {}, { eventStore: { ...stores.eventStore, [call]: fail } });
    expect(
      await get(call === 'read' ? '3' : 'ada', { headers: { 'read-after': 'note-3@1' } }, call === 'read' ? 'notes' : 'owners'),
    ).toMatchObject({
      status: 503,
    });
  });

  test('of a read model that does not answer is 503', async () => {
    const fail = async () => Promise.reject(new Unavailable('throttled'));
    open(ownedDomain, {}, { readModels: { ...stores.readModels, get: fail, list: fail } });
    for (const key of ['1', '2', '9']) expect((await get(key)).status).toBe(503);
    expect((await list({ owner: 'ada' })).status).toBe(503);
  });

  test('that waits for a newer release is told of to its owner alone', async () => {
    await send('1', 'WriteNote', 'ada');
    await send('2', 'WriteNote', 'bo');
    await send('3', 'WriteNote', 'ada');
    const { NoteWritten: _, ...events } = notes.events;
    const [decider] = ownedDomain.deciders;
    const older = { ...ownedDomain, deciders: [{ ...decider, events }], projections: [notes] } as unknown as Domain;
    open(older, {}, { knows: knownBy(older) });
    expect(await get('1', { headers: { 'read-after': 'note-1@2' } })).toMatchObject({ status: 503, body: { code: 'NewerRelease' } });
    expect(await get('2', { headers: { 'read-after': 'note-2@2' } })).toMatchObject({ status: 404 });
  });
});

describe('a document of many streams', () => {
  beforeEach(async () => {
    await send('1', 'OpenNote', 'ada', 'mine', user('ada', 'note:write'));
    await send('2', 'OpenNote', 'bo');
    await edge.project();
    calls.length = 0;
  });
  const readOwners = (token: string, key = 'ada', prefer = 'wait=1') => get(key, { headers: { 'read-after': token, prefer } }, 'owners');

  test.each([
    ['an event of its own command', 'note-1@1', 200],
    ['no event', 'note-1@0', 200],
    ['an event of another', 'note-2@1', 400],
    ['an event of another and one of its own', 'note-1@1,note-2@1', 400],
    ['a later event of its own stream', 'note-1@2', 400],
    ['no event of a stream that does not exist', 'note-9@0', 200],
    ['an event of a stream that does not exist', 'note-9@1', 400],
  ])('waits for %s or refuses to', async (_, token, status) => {
    expect(await readOwners(token)).toMatchObject({ status });
  });

  test('takes as long for the event of another as for one that does not exist', async () => {
    const callsOf = async (token: string): Promise<readonly string[]> => {
      calls.length = 0;
      await readOwners(token);
      return [...calls];
    };
    expect(await callsOf('note-2@1')).toEqual(await callsOf('note-9@1'));
  });

  test('waits for an event that another has recorded in the caller’s stream', async () => {
    await send('1', 'WriteNote', 'ada');
    expect((await readOwners('note-1@2')).status).toBe(503); // The projector has not run.
    await edge.project();
    expect((await readOwners('note-1@2')).status).toBe(200);
  });

  test('of another is 404', async () => expect((await readOwners('note-1@1', 'bo')).status).toBe(404));
});
