import { beforeEach, describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { toOpenApi } from '../../adapters/openapi/openapi.ts';
import { scopesOf } from '../../core/registry/access.ts';
import { defineDomain } from '../../core/registry/domain.ts';
import { type AnyDecider, defineDecider } from '../../core/write/decider.ts';
import { hut } from '../support/hut.ts';
import { edgeOf } from '../support/read-edge.ts';
import { memoryStores } from '../support/read-taps.ts';
import { callOf, type Json } from './described.ts';

// Answers of decisions, rules on who may send a command, and commands that no client sends, as a client meets them.

/** An aggregate whose only command is internal. */
const cellar = defineDecider({
  name: 'cellar',
  commands: { Fill: z.object({}) },
  events: { Filled: z.object({}) },
  internal: ['Fill'],
  initialState: () => ({}),
  decide: { Fill: () => [{ type: 'Filled', data: {} }] },
  evolve: { Filled: (state) => state },
});
const domain = defineDomain({ deciders: [hut, cellar], projections: [] });

let edge: ReturnType<typeof edgeOf>;
let call: ReturnType<typeof callOf>;
beforeEach(() => {
  edge = edgeOf(domain, memoryStores(), { auth: 'token' });
  call = callOf(edge);
});
const send = (actor: string, command: string, body: unknown, { key = '', scope = 'hut:write' } = {}) =>
  call('POST', `/hut/1/${command}`, { body, headers: key === '' ? {} : { 'idempotency-key': key }, claims: { sub: actor, scope } });

describe('the answer of a decision', () => {
  test('is in the body, and again in that of a repetition', async () => {
    const first = await send('gil', 'Book', { nights: 2 }, { key: 'k' });
    expect(first).toMatchObject({ status: 200, body: { version: 1, answer: { bed: 1 }, token: 'hut-1@1' } });
    const again = await send('gil', 'Book', { nights: 2 }, { key: 'k' });
    expect(again).toMatchObject({ status: 200, body: first.body, headers: { 'idempotent-replayed': 'true' } });
  });

  test('is absent where the command has none', async () => {
    await send('gil', 'Book', { nights: 2 });
    expect((await send('gil', 'Leave', { bed: 1 })).body).not.toHaveProperty('answer');
  });

  test('is described, as a part of the body', async () => {
    const { paths } = toOpenApi(domain, { auth: 'token' }) as Json;
    const { schema } = paths['/hut/{id}/Book'].post.responses[200].content['application/json'];
    const { body } = await send('gil', 'Book', { nights: 2 });
    expect(z.fromJSONSchema(schema).parse(body)).toEqual(body);
    const { answer, ...without } = body as { readonly answer: object };
    expect(z.fromJSONSchema(schema).parse(without)).toEqual(without);
    for (const wrong of [{ ...body, answer: { ...answer, bed: 'one' } }, { ...body, answer: {} }, { answer }])
      expect(z.fromJSONSchema(schema).safeParse(wrong).success).toBe(false);
    expect(paths['/hut/{id}/Leave'].post.responses[200].content['application/json'].schema).toEqual({
      $ref: '#/components/schemas/Answer',
    });
  });

  test('that contains itself is described at its place', () => {
    const { schema } = bodyOf({ ...hut, answers: { Book: z.json() } });
    const at = '#/paths/~1hut~1%7Bid%7D~1Book/post/responses/200/content/application~1json/schema';
    const [name] = Object.keys(schema.$defs);
    expect(JSON.stringify(schema)).toContain(`${at}/$defs/${name}`);
  });
});

const bodyOf = (decider: unknown): Json =>
  (toOpenApi({ deciders: [decider as AnyDecider], projections: [] }, { auth: 'token' }) as Json).paths['/hut/{id}/Book'].post.responses[200]
    .content['application/json'];

describe('a rule on who may send a command', () => {
  test('answers 403 with a code of its own, and asks for no other token', async () => {
    await send('gil', 'Book', { nights: 2 });
    const reply = await send('bo', 'Leave', { bed: 1 });
    expect(reply).toMatchObject({ status: 403, body: { code: 'NotAllowed', detail: 'this caller may not send Leave to this hut' } });
    expect(reply.headers).not.toHaveProperty('www-authenticate');
    expect(await send('gil', 'Leave', { bed: 1 })).toMatchObject({ status: 200 });
  });

  test('knows the scopes of the token', async () => {
    await send('gil', 'Book', { nights: 2 });
    expect(await send('bo', 'Leave', { bed: 1 }, { scope: 'hut:write warden' })).toMatchObject({ status: 200 });
  });

  test('is asked without tokens, too, and knows no actor then', async () => {
    const open = callOf(edgeOf(domain, memoryStores(), { auth: 'none' }));
    await open('POST', '/hut/1/Book', { body: { nights: 1 } });
    expect(await open('POST', '/hut/1/Leave', { body: { bed: 1 } })).toMatchObject({ status: 403, body: { code: 'NotAllowed' } });
  });

  test('is described', () => {
    const refusal = (auth: 'token' | 'none', command: string) =>
      (toOpenApi(domain, { auth }) as Json).paths[`/hut/{id}/${command}`].post.responses[403]?.description;
    expect(refusal('token', 'Leave')).toBe(
      'a token without the scope hut:write, or a rule of the aggregate does not allow this caller to send the command (`NotAllowed`)',
    );
    expect(refusal('none', 'Leave')).toBe('a rule of the aggregate does not allow this caller to send the command (`NotAllowed`)');
    expect(refusal('token', 'Book')).toBe('a token without the scope hut:write');
    expect(refusal('none', 'Book')).toBeUndefined();
  });
});

describe('an internal command', () => {
  const withoutWords = ({ status, body }: { status: number; body: unknown }) => ({
    status,
    ...(body as object),
    detail: '',
    correlationId: '',
  });

  test('is to a client like a command that does not exist', async () => {
    const internal = await send('gil', 'Close', {});
    expect(internal).toMatchObject({ status: 404, body: { code: 'UnknownCommand', detail: "'hut' has no command 'Close'" } });
    expect(withoutWords(internal)).toEqual(withoutWords(await send('gil', 'Closed', {})));
    expect(withoutWords(await call('GET', '/hut/1/Close'))).toEqual(withoutWords(await call('GET', '/hut/1/Closed')));
    expect(await call('GET', '/hut/1/Book')).toMatchObject({ status: 405 });
    expect(edge.writes).toEqual([]);
  });

  test('is in no description, and needs no scope', () => {
    const described = JSON.stringify(toOpenApi(domain, { auth: 'token' }));
    for (const word of ['Close', 'Fill', 'cellar:write']) expect(described).not.toContain(word);
    expect(scopesOf(domain)).toEqual(['hut:write', 'hut:read', 'cellar:read', 'operations:read']);
  });
});
