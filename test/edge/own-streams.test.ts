import { beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { CommitLog } from '../../adapters/event-log/commit-log.ts';
import { memoryCommitLog } from '../../adapters/event-log/memory-event-store.ts';
import { eventStore } from '../../adapters/event-log/store-on-commit-log.ts';
import { memoryReadModels } from '../../adapters/read-models/memory-read-models.ts';
import { Unavailable } from '../../core/basics/errors.ts';
import type { Domain } from '../../core/registry/domain.ts';
import { note, ownedDomain } from '../support/owned-domain.ts';
import { storesOf } from '../support/projecting.ts';
import { edgeOf } from '../support/read-edge.ts';

// Streams, states, integration events and sagas, as a user of a token without scopes reads them: only while the stream is its own, and only
// versions at which it was.

let log: CommitLog;
/** The items that each query of the log has read. */
let queries: number[];
let isDown = false;
let edge: ReturnType<typeof edgeOf>;

const countingLog = (inner: CommitLog): CommitLog => ({
  ...inner,
  query: async (...args) => {
    if (isDown) throw new Unavailable('throttled');
    const page = await inner.query(...args);
    queries.push(page.items.length);
    return page;
  },
});
/** Each run of the saga is known. */
const executions = {
  of: async (_: string, name: string) => ({ name, status: 'RUNNING', startedAt: '2026', input: {}, moments: [] }) as never,
};
const open = (domain: Domain = ownedDomain): void => {
  edge = edgeOf(
    domain,
    storesOf(
      eventStore(countingLog(log), () => new Date()),
      memoryReadModels(),
    ),
    { auth: 'token', executions },
  );
};
beforeEach(() => {
  for (const level of ['info', 'warn', 'error'] as const) jest.spyOn(console, level).mockImplementation(() => {});
  [log, queries, isDown] = [memoryCommitLog(), [], false];
  open();
});

const user = (sub: string, scope = 'openid') => ({ claims: { sub, scope } });
const everything = 'note:write note:read operations:read';
const send = (id: string, command: string, owner: string, sender = user('clerk', everything)) =>
  edge.ask('POST /{aggregate}/{id}/{command}', {
    params: { aggregate: 'note', id, command },
    body: { owner, text: `of ${owner}`, drawer: 'top' },
    ...sender,
  });
type Query = Readonly<Record<string, string>>;
const streams = '/streams/{aggregate}/{id}';
const ask = (path: string, id: string, query: Query = {}, as: object = user('ada')) =>
  edge.ask(`GET ${path}`, { params: path.startsWith('/sagas') ? { saga: 'filing', id } : { aggregate: 'note', id }, query, ...as });
const history = async (id: string, ...steps: readonly (readonly [command: string, owner: string])[]) => {
  for (const [command, owner] of steps) await send(id, command, owner);
};

/** The note `1` is of ada, then of bo, then of ada again; `2` is bo's; `3` ada's. */
beforeEach(async () => {
  await history(
    '1',
    ['OpenNote', 'ada'],
    ['WriteNote', 'ada'],
    ['GiveNote', 'bo'],
    ['WriteNote', 'bo'],
    ['GiveNote', 'ada'],
    ['WriteNote', 'ada'],
  );
  await history('2', ['OpenNote', 'bo'], ['WriteNote', 'bo']);
  await history('3', ['OpenNote', 'ada'], ['WriteNote', 'ada']);
});

describe('only what was the owner’s at every version shown, and is now:', () => {
  test.each<[path: string, id: string, query: Query, status: number]>([
    [streams, '3', {}, 200],
    [streams, '3', { from: '2' }, 200],
    [streams, '3', { from: '9' }, 200],
    [streams, '1', {}, 404],
    [streams, '1', { limit: '2' }, 200],
    [streams, '1', { limit: '3' }, 404],
    [streams, '1', { from: '5' }, 200],
    [streams, '1', { from: '4' }, 404],
    [streams, '1', { order: 'desc', limit: '2' }, 200],
    [streams, '1', { order: 'desc', limit: '3' }, 404],
    [streams, '1', { order: 'desc', from: '2' }, 200],
    [streams, '2', {}, 404],
    [streams, '2', { from: '9' }, 404],
    [streams, '9', {}, 404],
    [streams, '9', { from: '9' }, 404],
    [`${streams}/state`, '3', {}, 200],
    [`${streams}/state`, '1', {}, 200],
    [`${streams}/state`, '1', { version: '2' }, 200],
    [`${streams}/state`, '1', { version: '3' }, 404],
    [`${streams}/state`, '1', { version: '4' }, 404],
    [`${streams}/state`, '1', { version: '5' }, 200],
    [`${streams}/state`, '3', { at: '2020-01-01T00:00:00Z' }, 404],
    [`${streams}/state`, '2', {}, 404],
    [`${streams}/state`, '9', {}, 404],
    [`${streams}/published`, '3', {}, 200],
    [`${streams}/published`, '1', {}, 404],
    [`${streams}/published`, '1', { limit: '2' }, 200],
    [`${streams}/published`, '1', { from: '5' }, 200],
    [`${streams}/published`, '1', { from: '4', limit: '1' }, 404],
    [`${streams}/published`, '2', {}, 404],
    [`${streams}/published`, '9', {}, 404],
    ['/sagas/{saga}/{id}', '3', {}, 200],
    ['/sagas/{saga}/{id}', '1', {}, 200],
    ['/sagas/{saga}/{id}', 'note-1@2', {}, 200],
    ['/sagas/{saga}/{id}', 'note-1@4', {}, 404],
    ['/sagas/{saga}/{id}', '2', {}, 404],
    ['/sagas/{saga}/{id}', 'note-2@2', {}, 404],
    ['/sagas/{saga}/{id}', '9', {}, 404],
    ['/sagas/{saga}/{id}/runs', '3', {}, 200],
    ['/sagas/{saga}/{id}/runs', '1', {}, 404],
    ['/sagas/{saga}/{id}/runs', '1', { limit: '1' }, 200],
    ['/sagas/{saga}/{id}/runs', '1', { from: '3' }, 200],
    ['/sagas/{saga}/{id}/runs', '2', {}, 404],
    ['/sagas/{saga}/{id}/runs', '9', {}, 404],
  ])('%s of %s with %j: %i', async (path, id, query, status) => {
    const { status: answered, body } = await ask(path, id, query);
    expect({ answered, code: body.code }).toEqual({ answered: status, code: status === 404 ? 'NotFound' : undefined });
    if (status === 404) expect(JSON.stringify(body)).not.toMatch(/of (ada|bo)/);
    if (id !== '9' && query['at'] === undefined) expect((await ask(path, id, query, user('clerk', everything))).status).toBe(200);
  });

  test('the note that ada has given away is not hers any more, and is the other’s from then on', async () => {
    await send('3', 'GiveNote', 'bo');
    for (const path of [streams, `${streams}/state`, `${streams}/published`]) expect((await ask(path, '3')).status).toBe(404);
    expect((await ask(streams, '3', { from: '3' }, user('bo'))).status).toBe(200);
    expect((await ask(streams, '3', {}, user('bo'))).status).toBe(404);
  });

  test('nobody owns a note without an owner, and an aggregate without owners has none', async () => {
    await history('4', ['OpenNote', '']);
    for (const sub of ['undefined', 'null', ' ']) expect((await ask(streams, '4', {}, user(sub))).status).toBe(404);
    const { owner: _, ...without } = note;
    open({ ...ownedDomain, deciders: [without] } as Domain);
    for (const path of [streams, `${streams}/state`, `${streams}/published`]) expect((await ask(path, '3')).status).toBe(403);
  });

  test('a scope for what is one’s own is asked for', async () => {
    open({ ...ownedDomain, deciders: [{ ...note, ownScope: 'note:own' }] } as Domain);
    expect(await ask(streams, '3')).toMatchObject({ status: 403, body: { detail: 'the token lacks the scope note:own' } });
    expect((await ask(streams, '3', {}, user('ada', 'note:own'))).status).toBe(200);
    expect((await ask(streams, '2', {}, user('ada', 'note:own'))).status).toBe(404);
  });
});

describe('what fails', () => {
  const paths = [streams, `${streams}/state`, `${streams}/published`, '/sagas/{saga}/{id}', '/sagas/{saga}/{id}/runs'];

  test.each(paths)('%s is 503 for any stream while the log does not answer', async (path) => {
    isDown = true;
    for (const id of ['3', '2', '9']) expect(await ask(path, id)).toMatchObject({ status: 503, body: { code: 'Unavailable' } });
  });

  test.each(paths)('%s tells the owner alone that a newer release has written an event', async (path) => {
    for (const id of ['2', '3']) await send(id, 'GiveNote', id === '2' ? 'bo' : 'ada');
    const { NoteGiven: _, ...events } = note.events;
    open({ ...ownedDomain, deciders: [{ ...note, events, revision: 2 }], publications: [] } as unknown as Domain);
    expect((await ask(path, '2')).status).toBe(404);
    expect(await ask(path, '3')).toMatchObject({ status: 503, body: { code: 'NewerRelease' } });
  });
});

test('a page of a stream of 500 events is read and judged with four queries of the log', async () => {
  for (let version = 1; version <= 500; version++) await send('long', version === 1 ? 'OpenNote' : 'WriteNote', 'ada');
  const costOf = async (path: string, query: Query, id = 'long'): Promise<{ status: number; queries: number; items: number }> => {
    queries.length = 0;
    const { status } = await ask(path, id, query);
    return { status, queries: queries.length, items: queries.reduce((sum, items) => sum + items, 0) };
  };
  const isCheap = ({ status, queries: asked, items }: Awaited<ReturnType<typeof costOf>>): boolean =>
    status === 200 && asked <= 4 && items <= 130;
  const pages: readonly Query[] = [{ from: '200', limit: '100' }, { order: 'desc', limit: '100' }, { from: '1' }];
  for (const query of pages)
    for (const path of [streams, `${streams}/published`]) {
      const cost = await costOf(path, query);
      expect({ path, query, cost, isCheap: isCheap(cost) }).toEqual({ path, query, cost, isCheap: true });
    }
  expect(await costOf(`${streams}/state`, { version: '300' })).toMatchObject({ status: 200, queries: 2 });
  const foreign = await costOf(streams, {}, '2');
  expect(foreign).toEqual({ ...(await costOf(streams, {}, '9')), items: foreign.items });
});
