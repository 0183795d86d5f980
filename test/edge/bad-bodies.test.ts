import { beforeEach, describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { defineProjection } from '../../core/read/projection.ts';
import { defineDomain } from '../../core/registry/domain.ts';
import { defineDecider, foldingOf } from '../../core/write/decider.ts';
import { toEvent } from '../../local/http/request-event.ts';
import { edgeOf } from '../support/read-edge.ts';
import type { Asked } from '../support/read-lambda.ts';
import { memoryStores } from '../support/read-taps.ts';

const data = z.looseObject({ any: z.unknown().optional(), of: z.record(z.string(), z.unknown()).optional() });

/** It records whatever it is sent, and its state tells 0 from -0. */
const blob = defineDecider({
  name: 'blob',
  commands: { Save: data, Negate: z.object({ by: z.number() }) },
  events: { Saved: data, Negated: z.object({ by: z.array(z.object({ by: z.number() })) }) },
  initialState: () => ({ signs: '' }),
  decide: {
    Save: (saved) => [{ type: 'Saved', data: saved }],
    Negate: ({ by }) => [{ type: 'Negated', data: { by: [{ by: -by }] } }],
  },
  evolve: {
    Saved: ({ signs }, { any }) => ({ signs: signs + (Object.is(any, -0) ? '-' : '+') }),
    Negated: ({ signs }, { by: [only] }) => ({ signs: signs + (Object.is(only?.by, -0) ? '-' : '+') }),
  },
});
const blobs = defineProjection({
  name: 'blobs',
  revision: 1,
  events: blob.events,
  document: z.object({}),
  initialState: () => ({}),
  evolve: { Saved: () => ({}) },
});
const domain = defineDomain({ deciders: [blob], projections: [blobs] });

let edge: ReturnType<typeof edgeOf>;
beforeEach(() => {
  edge = edgeOf(domain, memoryStores());
});

const send = (asked: Asked) =>
  edge.ask('POST /{aggregate}/{id}/{command}', { params: { aggregate: 'blob', id: '1', command: 'Save' }, ...asked });
const levels = (count: number): string => `{"any":${'['.repeat(count - 1)}${']'.repeat(count - 1)}}`;

/** What the gateway of this machine hands over for these bytes: as API Gateway does, it decodes what it takes for text. */
const asReceived = (bytes: Buffer, type: string): Asked => {
  const request = { url: '/blob/1/Save', method: 'POST', headers: {}, headersDistinct: { 'content-type': [type] }, socket: {} };
  const received = { request, body: bytes, requestId: 'r' } as unknown as Parameters<typeof toEvent>[0];
  const { body, isBase64Encoded } = toEvent(
    received,
    { key: 'k', parameters: {}, target: undefined },
    { apiId: 'a', accountId: '1', stage: 's' },
  );
  return { body, isBase64Encoded, headers: { 'content-type': type } };
};

describe('text that is not UTF-8 is never recorded:', () => {
  const latin1 = Buffer.from('{"any":"caf\xe9"}', 'latin1');
  const cutEmoji = Buffer.concat([Buffer.from('{"any":"'), Buffer.from('😀').subarray(0, 3), Buffer.from('"}')]);
  test.each(['application/json', 'application/json; charset=utf-8', 'application/vnd.blob+json'])('bytes of %s', async (type) => {
    for (const bad of [latin1, cutEmoji]) {
      const reply = await send(asReceived(bad, type));
      expect(reply).toMatchObject({ status: 400, body: { code: 'InvalidRequest', detail: expect.stringContaining('not UTF-8') } });
    }
    expect(edge.writes).toEqual([]);
    expect((await send(asReceived(Buffer.from('{"any":"café 😀 \\ufffd"}'), type))).status).toBe(200);
  });

  test.each([
    ['content-type', 'application/json; charset=iso-8859-1', 'iso-8859-1'],
    ['content-type', 'application/json;a=b; Charset="UTF-16LE"', 'UTF-16LE'],
    ['content-encoding', 'gzip', 'gzip'],
    ['content-encoding', 'identity, br', 'identity, br'],
  ])('%s %s is 415, which names it', async (name, value, named) => {
    const headers = { 'content-type': 'application/json', [name]: value };
    const reply = await send({ body: '{"any":1}', headers });
    expect(reply).toMatchObject({ status: 415, body: { code: 'UnsupportedMediaType', detail: expect.stringContaining(`'${named}'`) } });
    expect(edge.writes).toEqual([]);
  });

  test.each([
    ['content-type', 'application/json; charset=UTF-8'],
    ['content-type', 'application/json;charset="utf8"'],
    ['content-encoding', 'identity'],
    ['content-encoding', ''],
  ])('%s %s is accepted', async (name, value) => {
    expect((await send({ body: '{"any":1}', headers: { 'content-type': 'application/json', [name]: value } })).status).toBe(200);
  });
});

describe('data that the log could not keep unchanged', () => {
  test.each([
    ['more than 400 levels', levels(401), ['any', '0', '0']],
    ['far more levels', levels(200_000), ['any', '0', '0']],
    ['half of a surrogate pair', '{"of":{"a":["x","\\ud800x"]}}', ['of', 'a', '1']],
    ['half of one in a name', '{"of":{"\\udc00":1}}', ['of', '\ufffd']],
    ["a record's field __proto__", '{"of":{"__proto__":1}}', ['of', '__proto__']],
    ['a field __proto__', '{"__proto__":{"a":1}}', ['__proto__']],
    ['a number that is none in JavaScript', '{"any":1e999}', ['any']],
    ['a negative one', '{"of":{"a":[-1e999]}}', ['of', 'a', '0']],
  ])('is 400, and names the place: %s', async (_, body, path) => {
    const reply = await send({ body });
    expect(reply).toMatchObject({ status: 400, body: { code: 'InvalidData', issues: [{ message: expect.any(String) }] } });
    expect(reply.body.issues[0].path.slice(0, 3)).toEqual(path);
    expect(reply.body.issues[0].path.length).toBeLessThanOrEqual(20);
    expect(edge.writes).toEqual([]);
  });

  test('is not data of 400 levels, with emoji and names like constructor', async () => {
    expect((await send({ body: levels(400) })).status).toBe(200);
    expect((await send({ body: '{"any":"\\ud83d\\ude00","of":{"constructor":null,"toString":-1.5}}' })).status).toBe(200);
  });
});

test.each([
  ['of the caller', 'Save', '{"any":-0}'],
  ['deep in it', 'Save', '{"of":{"a":[{"b":-0}]},"any":-0.0}'],
  ['of a decision', 'Negate', '{"by":0}'],
])('-0 %s is 0 before it is folded: the snapshot and the log give one state', async (_, command, body) => {
  const stores = memoryStores();
  edge = edgeOf(domain, stores);
  expect((await send({ params: { aggregate: 'blob', id: '1', command }, body })).status).toBe(200);
  const folding = foldingOf(blob);
  const stream = { aggregate: 'blob', id: '1' };
  const { state } = await stores.eventStore.load(stream, folding, 'strong');
  const refolded = await stores.eventStore.load(stream, { ...folding, fingerprint: 'another' }, 'strong');
  expect([state, refolded.state]).toEqual([{ signs: '+' }, { signs: '+' }]);
});
