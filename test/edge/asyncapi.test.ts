import { beforeAll, expect, test } from '@jest/globals';
import * as z from 'zod';
import { byReference, type IntegrationEvent } from '../../core/publish/publication.ts';
import { domain } from '../domain/index.ts';
import { edgeOf } from '../support/read-edge.ts';
import { memoryStores } from '../support/read-taps.ts';
import { placement } from './problems.ts';

// biome-ignore lint/suspicious/noExplicitAny: a JSON document, looked at from outside.
type Json = any;
let api: Json;
let published: readonly IntegrationEvent[];
beforeAll(async () => {
  const edge = edgeOf(domain, memoryStores());
  api = (await edge.ask('GET /asyncapi.json')).body;
  await edge.send('order', '42', 'PlaceOrder', placement);
  await edge.send('order', '42', 'CancelOrder', { reason: 'late' });
  const params = { aggregate: 'order', id: '42' };
  published = (await edge.ask('GET /streams/{aggregate}/{id}/published', { params })).body.items;
});

const publications = domain.publications ?? [];
const resolve = (ref: string): Json =>
  ref
    .slice(2)
    .split('/')
    .reduce((part, name) => part?.[name], api);
const refsIn = (value: Json): string[] =>
  value === null || typeof value !== 'object'
    ? []
    : Object.entries(value).flatMap(([name, part]) => (name === '$ref' ? [part as string] : refsIn(part)));

test('is AsyncAPI 3.0, with a channel for each publication, on which the service sends', () => {
  expect(api).toMatchObject({ asyncapi: '3.0.0', info: { title: expect.any(String), version: expect.any(String) } });
  expect(Object.keys(api.channels)).toEqual(publications.map(({ name }) => name));
  for (const { name } of publications)
    expect(api.operations[`publish-${name}`]).toEqual({ action: 'send', channel: { $ref: `#/channels/${name}` } });
});

test('every reference has a target, and every part is referred to', () => {
  const refs = refsIn(api);
  for (const ref of refs) expect(resolve(ref)).toBeDefined();
  for (const kind of ['messages', 'schemas'])
    for (const name of Object.keys(api.components[kind])) expect(refs).toContain(`#/components/${kind}/${name}`);
});

test('has a message for each integration event', () => {
  for (const { name, publishes } of publications) {
    const messages = Object.values<Json>(api.channels[name].messages).map(({ $ref }) => resolve($ref));
    expect(messages.map((message) => message.name)).toEqual(Object.keys(publishes));
  }
});

/** A schema of the document, with what it refers to in place. */
const schemaOf = (message: Json): z.ZodType => {
  const [{ $ref: envelope }, { properties }] = message.payload.allOf;
  const named = z.fromJSONSchema({ type: 'object', properties: { ...properties, data: resolve(properties.data.$ref) } });
  const { oneOf: _, ...fields } = resolve(envelope);
  return z.intersection(z.fromJSONSchema(fields), named);
};

test('published events match the description, and other events do not', () => {
  expect(published).toHaveLength(2);
  const [placed, cancelled] = published.map(({ type }) => schemaOf(api.components.messages[`orders.${type}`])) as [z.ZodType, z.ZodType];
  expect(placed.safeParse(published[0])).toMatchObject({ success: true });
  expect(cancelled.safeParse(published[1])).toMatchObject({ success: true });
  expect(cancelled.safeParse(published[0]).success).toBe(false);
  expect(placed.safeParse({ ...published[0], data: { orderId: '42' } }).success).toBe(false);
  expect(placed.safeParse({ ...published[0], streamversion: 'x' }).success).toBe(false);
});

test('an event has its data, or a reference to them', () => {
  const { oneOf } = api.components.schemas.Envelope;
  expect(oneOf).toEqual([{ required: ['data'] }, { required: ['dataref'] }]);
  const [event] = published as [IntegrationEvent];
  const fits = (one: object) => oneOf.filter(({ required }: Json) => required.every((field: string) => field in one)).length;
  expect([fits(event), fits(byReference(event)), fits({ ...byReference(event), data: {} })]).toEqual([1, 1, 2]);
});

test('no object forbids further fields, so that a shape may grow', () => {
  expect(JSON.stringify(api)).not.toContain('"additionalProperties":false');
});
