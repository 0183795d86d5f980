import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { scopesOf } from '../../core/registry/access.ts';
import { ownedDomain } from '../support/owned-domain.ts';
import { type Answer, type AttackedSystem, openAttackedSystem, tokenOf, until } from './attacked-system.ts';

jest.setTimeout(240_000);

// Attacks of users on each other, on a running service: two users of one tenant, and one of the same name in another tenant. None of their
// tokens has a scope of the service.

const secret = 'a-secret-of-bo';
let system: AttackedSystem;
let clerk: string;
let ada: string;
let bo: string;
let otherBo: string;
const of = (subject: string, tenant = 'acme', claims: object = {}) =>
  tokenOf(system.issuer, { subject, scopes: ['openid'], claims: { tenant, ...claims } });
beforeAll(async () => {
  system = await openAttackedSystem('test/attacks/owned');
  clerk = await tokenOf(system.issuer, { subject: 'clerk', scopes: scopesOf(ownedDomain), claims: { tenant: 'acme' } });
  [ada, bo, otherBo] = [await of('ada'), await of('bo'), await of('bo', 'other')];
  const open = async (id: string, owner: string, text: string): Promise<void> => {
    for (const command of ['OpenNote', 'WriteNote'])
      expect(await system.send(`/note/${id}/${command}`, { token: clerk, body: { owner, text, drawer: `d-${owner}` } })).toMatchObject({
        status: 200,
      });
  };
  await Promise.all([open('a1', 'ada', 'of ada'), open('a2', 'ada', 'of ada'), open('b1', 'bo', secret), open('b2', 'bo', secret)]);
  const lists = ['/notes?owner=ada', '/notes?owner=bo', '/owners?owner=bo'];
  for (const path of lists)
    await until(
      () => system.send(path, { token: clerk }),
      ({ body }) => body?.items?.at(-1)?.version >= 2,
    );
});
afterAll(async () => {
  await system?.stop();
});

const expectHarmless = ({ status, text }: Answer): void => {
  expect(status).toBeLessThan(500);
  expect(text).not.toContain(secret);
};
const everyPath = (id: string) => [
  ...[
    `/notes/${id}`,
    `/streams/note/${id}`,
    `/streams/note/${id}?order=desc`,
    `/streams/note/${id}/state`,
    `/streams/note/${id}/published`,
  ],
  ...[`/sagas/filing/${id}`, `/sagas/filing/note-${id}@2`, `/sagas/filing/${id}/runs`],
];

test('the owner reads its own on every route, and the clerk reads all', async () => {
  for (const path of [...everyPath('b1'), '/owners/bo', '/drawers/d-bo', '/notes?owner=bo', '/owners?owner=bo'])
    expect(await system.send(path, { token: bo })).toMatchObject({ status: 200 });
  for (const path of ['/notes/b1', '/streams/note/b1']) expect((await system.send(path, { token: clerk })).text).toContain(secret);
});

describe('nobody else reads it:', () => {
  const strangers: readonly (readonly [string, () => Promise<string> | string])[] = [
    ['another user of the tenant', () => ada],
    ['the user of the same name of another tenant', () => otherBo],
    ['a user whose name begins like it', () => of('bo2')],
    ['a user whose name it begins', () => of('b')],
    ['a user with a space after the name', () => of('bo ')],
    ['a user in large letters', () => of('BO')],
    ['a user who names the tenant, too', () => of('acme/bo')],
    ['a user in brackets', () => of('[bo]')],
    ['a client of this name beside another subject', () => of('mallory', 'acme', { client_id: 'bo' })],
    ['a user with a claim of the field', () => of('mallory', 'acme', { owner: 'bo', actor: 'bo', username: 'bo' })],
    ['a list of subjects', () => of('mallory', 'acme', { sub: ['bo'] })],
    ['an ID token of another', () => of('mallory', 'acme', { token_use: 'id' })],
  ];

  test.each(strangers)('not %s', async (_, token) => {
    const headers = { 'x-actor': 'bo', 'x-owner': 'bo', owner: 'bo', 'read-after': 'note-b1@2', 'if-none-match': '*' };
    const lists = ['/notes?owner=bo', '/notes?owner=bo&limit=1', '/owners?owner=bo', '/notes?drawer=d-bo', `/drawers?text=${secret}`];
    for (const path of [...everyPath('b1'), '/owners/bo', '/drawers/d-bo', ...lists])
      for (const sent of [{ token: await token() }, { token: await token(), headers }]) {
        const answer = await system.send(path, sent);
        expectHarmless(answer);
        if (answer.status === 200) expect(answer.body).toEqual({ items: [] });
        else expect([400, 401, 403, 404]).toContain(answer.status);
      }
  });

  test.each([
    '/notes/%62%31',
    '/notes/b1/',
    '/notes/../notes/b1',
    '/notes/acme%2fb1',
    '/owners/bo%20',
    '/owners/acme%2fbo',
    '/owners/stream%23note-b1',
  ])('not by another spelling: %s', async (path) => {
    const answer = await system.send(path, { token: ada });
    expectHarmless(answer);
    expect([301, 400, 404]).toContain(answer.status);
  });

  test('not by a list of two owners', async () => {
    for (const query of [
      'owner=ada&owner=bo',
      'owner=bo&owner=ada',
      'owner=ada,bo',
      'owner[]=bo',
      'owner=ada&drawer=d-bo',
      'owner=ada&owner%3Dbo',
    ])
      expectHarmless(await system.send(`/notes?${query}`, { token: ada }));
  });

  test('not by a cursor of its list', async () => {
    const { body } = await system.send('/notes?owner=bo&limit=1', { token: bo });
    expect(typeof body.cursor).toBe('string');
    const own = await system.send(`/notes?owner=ada&limit=1&cursor=${body.cursor}`, { token: ada });
    expect(own).toMatchObject({ status: 400, body: { code: 'InvalidCursor' } });
    expect((await system.send(`/notes?owner=bo&limit=1&cursor=${body.cursor}`, { token: ada })).body).toEqual({ items: [] });
  });

  test('not with two tokens in one request', async () => {
    for (const authorization of [[`Bearer ${ada}`, `Bearer ${bo}`], [`Bearer ${ada}, Bearer ${bo}`]])
      expectHarmless(await system.send('/notes/b1', { headers: { authorization } }));
  });

  test('not without a token', async () => {
    for (const path of everyPath('b1')) expect(await system.send(path)).toMatchObject({ status: 401 });
  });
});

test.each(['GET', 'HEAD'])('%s is answered for what is another’s as for what does not exist', async (method) => {
  const told = async (path: string) => {
    const { status, headers, text } = await system.send(path, { method, token: ada });
    const { date: _, 'x-correlation-id': id, ...others } = headers;
    return JSON.stringify({ status, others, text }).replaceAll(String(id), '').replaceAll(/b1|z9/g, 'xx');
  };
  for (const [index, path] of everyPath('b1').entries()) expect(await told(path)).toBe(await told(everyPath('z9')[index] ?? ''));
});

test('a token without scopes sends no command', async () => {
  for (const [id, token] of [
    ['a1', ada],
    ['b1', ada],
    ['b1', bo],
  ] as const)
    expect(await system.send(`/note/${id}/WriteNote`, { token, body: { owner: 'ada', text: 'x', drawer: 'x' } })).toMatchObject({
      status: 403,
    });
  expect((await system.send('/streams/note/b1', { token: clerk })).body.items).toHaveLength(2);
});

test('after all of it nothing is parked, and no function has failed', async () => {
  for (const follower of ['notes', 'owners', 'drawers', 'relay'])
    expect((await system.send(`/parked/${follower}`, { token: clerk })).body).toMatchObject({ items: [] });
  expect(system.log.filter((one) => / failed: /.test(one))).toEqual([]);
});
