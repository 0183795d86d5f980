import { beforeAll, describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { toOpenApi } from '../../adapters/openapi/openapi.ts';
import { domain } from '../domain/index.ts';
import { edgeOf } from '../support/read-edge.ts';
import { memoryStores } from '../support/read-taps.ts';

// biome-ignore lint/suspicious/noExplicitAny: a JSON document, looked at from outside.
type Json = any;
let api: Json;
beforeAll(async () => {
  api = (await edgeOf(domain, memoryStores()).ask('GET /openapi.json')).body;
});

const methods = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'];
const operations = (): [path: string, method: string, operation: Json][] =>
  Object.entries<Json>(api.paths).flatMap(([path, item]) =>
    Object.entries<Json>(item).map(([method, operation]): [string, string, Json] => [path, method, operation]),
  );
/** Every object in the document, with where it is. */
const objects = (value: Json, where = '#'): [string, Json][] =>
  value === null || typeof value !== 'object'
    ? []
    : [
        [where, value],
        ...Object.entries(value).flatMap(([name, part]) => objects(part, `${where}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`)),
      ];
const resolve = (ref: string): Json =>
  ref
    .slice(2)
    .split('/')
    .reduce((part, name) => part?.[name.replaceAll('~1', '/').replaceAll('~0', '~')], api);

test('is JSON, whole, of version 3.1', () => {
  expect(JSON.parse(JSON.stringify(toOpenApi(domain)))).toEqual(api);
  expect(api).toMatchObject({
    openapi: expect.stringMatching(/^3\.1\.\d+$/),
    info: { title: expect.any(String), version: expect.any(String) },
  });
});

test('has a path for each command, each projection and each index', () => {
  const paths = Object.keys(api.paths);
  for (const { name, commands } of domain.deciders) {
    for (const type of Object.keys(commands)) expect(api.paths[`/${name}/{id}/${type}`]).toHaveProperty('post');
    expect(paths).toContain(`/streams/${name}/{id}`);
  }
  for (const { name, indexes = {} } of domain.projections) {
    expect(api.paths[`/${name}/{key}`]).toHaveProperty('get');
    expect(paths.includes(`/${name}`)).toBe(Object.keys(indexes).length > 0);
    const query = (api.paths[`/${name}`]?.get.parameters ?? []).map((parameter: Json) => parameter.name);
    for (const { partition } of Object.values(indexes))
      expect(query).toEqual(expect.arrayContaining([partition, 'limit', 'order', 'cursor']));
  }
});

describe('every operation', () => {
  test('is one of HTTP, with an id of its own', () => {
    for (const [, method] of operations()) expect(methods).toContain(method);
    const ids = operations().map(([, , { operationId }]) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^\S+$/);
  });

  test('declares the variable parts of its path, and each parameter once', () => {
    for (const [path, , { parameters: given = [] }] of operations()) {
      const parameters = given.map((parameter: Json) => (parameter.$ref === undefined ? parameter : resolve(parameter.$ref)));
      const inPath = parameters.filter((parameter: Json) => parameter.in === 'path');
      expect(inPath.map((parameter: Json) => parameter.name)).toEqual([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name));
      for (const parameter of inPath) expect(parameter.required).toBe(true);
      const names = parameters.map((parameter: Json) => `${parameter.in} ${parameter.name}`);
      expect(new Set(names).size).toBe(names.length);
      for (const parameter of parameters) {
        expect(['path', 'query', 'header', 'cookie']).toContain(parameter.in);
        expect(parameter).toHaveProperty('schema');
      }
    }
  });

  test('has answers, each with a description; errors are problem documents', () => {
    for (const [, , { responses }] of operations()) {
      expect(Object.keys(responses).length).toBeGreaterThan(0);
      for (const [status, { description, content }] of Object.entries<Json>(responses)) {
        expect(status).toMatch(/^[2-5]\d\d$/);
        expect(description).toEqual(expect.any(String));
        if (Number(status) >= 400)
          expect(content).toEqual({ 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } });
      }
    }
  });
});

test('every reference has a target', () => {
  const refs = objects(api).flatMap(([, { $ref }]) => (typeof $ref === 'string' ? [$ref] : []));
  expect(refs.length).toBeGreaterThan(0);
  for (const ref of refs) expect(resolve(ref)).toBeDefined();
});

test('every schema is one of JSON Schema, and required fields are declared', () => {
  const types = ['string', 'number', 'integer', 'boolean', 'object', 'array', 'null'];
  const schemas = objects(api).filter(([where]) => /\/schema$|\/schemas\/\w+$|\/properties\/[^/]+$|\/items$/.test(where));
  expect(schemas.length).toBeGreaterThan(20);
  for (const [, { type, required, properties }] of schemas) {
    for (const one of [type].flat()) if (one !== undefined) expect(types).toContain(one);
    for (const field of required ?? []) expect(Object.keys(properties ?? {})).toContain(field);
  }
  expect(objects(api).filter(([, part]) => '$schema' in part)).toEqual([]);
});

test('the schema of a command is the one that checks it', () => {
  const { schema } = api.paths['/order/{id}/PlaceOrder'].post.requestBody.content['application/json'];
  expect(schema).toMatchObject({
    type: 'object',
    required: ['customerId', 'lines'],
    properties: { lines: { type: 'array', minItems: 1 } },
  });
});

test('describes Prefer: wait on documents of many streams, and on no others', () => {
  const names = (projection: string) => api.paths[`/${projection}/{key}`].get.parameters.map((parameter: Json) => parameter.name);
  expect(names('customer-totals')).toContain('prefer');
  expect(names('order-summary')).not.toContain('prefer');
});

describe('the position of a saga', () => {
  const operation = () => api.paths['/sagas/fulfilment/{id}'].get;
  const answer = () => operation().responses[200].content['application/json'].schema;

  test('is described as the route answers it', async () => {
    expect(Object.keys(operation().responses)).toEqual(['200', '400', '404', '503']);
    const schema = z.fromJSONSchema(answer());
    const event = { saga: 'fulfilment', id: '42', event: 'order-42@1' };
    const began = { execution: 'e', current: [], done: { ReserveStock: 2 }, undone: {}, startedAt: '2026-01-01T00:00:00.000Z' };
    for (const one of [
      { ...event, status: 'pending' },
      { ...event, ...began, status: 'running' },
      { ...event, ...began, status: 'aborted', reason: 'OutOfStock', endedAt: '2026-01-01T00:00:01.000Z' },
    ])
      expect(schema.parse(one)).toEqual(one);
    expect(schema.safeParse({ ...event, status: 'lost' }).success).toBe(false);
    expect(schema.safeParse({ ...event, status: 'running', done: { Nothing: 1 } }).success).toBe(false);
  });

  test('is described only if the domain has sagas', () =>
    expect(Object.keys(toOpenApi({ ...domain, sagas: [] })['paths'] as object).filter((path) => path.startsWith('/sagas'))).toEqual([]));
});
