import { describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { keyTypeOf } from '../../core/read/projection.ts';
import { type Domain, defineDomain } from '../../core/registry/domain.ts';
import { edgeOf } from '../support/read-edge.ts';
import { memoryStores } from '../support/read-taps.ts';
import { tally, tallyTotal } from '../support/tally.ts';
import { tallyPublication } from '../support/tally-publication.ts';

// The descriptions of the API are whole, whatever the schemas of the domain are.

// biome-ignore lint/suspicious/noExplicitAny: a JSON document, looked at from outside.
type Json = any;

const fails = z.string().default(() => {
  throw new Error('no');
});
/** Two schemas of one id, which zod does not describe together. */
const twice = z.union([z.string().meta({ id: 'Same' }), z.int().meta({ id: 'Same' })]);
const list = z.object({
  name: z.string(),
  get rest() {
    return list.optional();
  },
});

/** Every place of a domain has the schema in its field `odd`, beside a field that can be described. */
const domainWith = (odd: z.ZodType): Domain => {
  const schema = z.object({ plain: z.string().min(2), odd });
  const document = z.object({ plain: z.string().min(2), odd });
  return {
    deciders: [{ ...tally, commands: { ...tally.commands, Add: schema } }],
    projections: [{ ...tallyTotal, document, indexes: { byPlain: { partition: 'plain', sort: 'sum' } } }],
    publications: [{ ...tallyPublication, publishes: { 'Added.v1': schema } }],
  };
};

const described = async (domain: Domain): Promise<readonly { readonly whole: Json; readonly schemas: readonly Json[] }[]> => {
  const edge = edgeOf(domain, memoryStores());
  const [openapi, asyncapi] = [await edge.ask('GET /openapi.json'), await edge.ask('GET /asyncapi.json')];
  expect([openapi.status, asyncapi.status]).toEqual([200, 200]);
  const content = 'application/json';
  const { paths } = openapi.body;
  const answerOf = (path: string) => paths[path].get.responses[200].content[content].schema;
  const body = paths['/tally/{id}/Add'].post.requestBody.content[content].schema;
  const items = answerOf('/tally-total').properties.items.items.properties.document;
  const { 'tallies.Added.v1': message } = asyncapi.body.components.schemas;
  return [
    { whole: openapi.body, schemas: [body, answerOf('/tally-total/{key}'), items] },
    { whole: asyncapi.body, schemas: [message] },
  ];
};

const refsIn = (value: Json): string[] =>
  value === null || typeof value !== 'object'
    ? []
    : Object.entries(value).flatMap(([name, part]) => (name === '$ref' ? [part as string] : refsIn(part)));
const resolve = (whole: Json, ref: string): Json =>
  decodeURIComponent(ref.slice(2))
    .split('/')
    .reduce((part, name) => part?.[name.replaceAll('~1', '/').replaceAll('~0', '~')], whole);

describe('the descriptions of the API are whole beside', () => {
  test.each<[string, z.ZodType]>([
    ['a type of its own', z.custom(() => true)],
    ['a Date', z.date()],
    ['a bigint', z.bigint().default(1n)],
    ['a map of sets', z.map(z.string(), z.set(z.symbol()))],
    ['a codec', z.codec(z.string(), z.date(), { decode: (text) => new Date(text), encode: String })],
    ['a transformation', z.string().transform(Number)],
    ['a default that throws', fails],
    ['a catch by a function', z.string().catch(({ input }) => (input as string).slice(1))],
    ['two schemas of one id', twice],
    ['a literal that is undefined', z.literal(undefined)],
    ['any JSON', z.json()],
    ['a schema that refers to itself', list],
  ])('%s', async (_, odd) => {
    const domain = domainWith(odd);
    for (const { whole, schemas } of await described(domain)) {
      for (const schema of schemas) expect(schema).toMatchObject({ properties: { plain: { type: 'string', minLength: 2 } } });
      for (const ref of refsIn(whole)) expect([ref, typeof resolve(whole, ref)]).toEqual([ref, 'object']);
    }
    expect(keyTypeOf(domain.projections[0] as Domain['projections'][number], 'plain')).toBe('string');
  });

  test('a command that may have a type of its own', async () => {
    const { deciders } = domainWith(z.custom<`${number}px`>((value) => /^\d+px$/.test(value as string)));
    const domain = defineDomain({ deciders, projections: [] });
    const edge = edgeOf(domain, memoryStores());
    const { body } = await edge.ask('GET /openapi.json');
    const { schema } = body.paths['/tally/{id}/Add'].post.requestBody.content['application/json'];
    expect(schema).toEqual({
      type: 'object',
      properties: { plain: { type: 'string', minLength: 2 }, odd: {} },
      required: ['plain', 'odd'],
    });
  });

  test('a schema that refers to itself, from its own place', async () => {
    const [openapi, asyncapi] = await described(domainWith(list));
    const refs = refsIn(openapi?.whole).filter((ref) => ref.includes('$defs'));
    expect(refs).toContain('#/paths/~1tally~1%7Bid%7D~1Add/post/requestBody/content/application~1json/schema/$defs/__schema0');
    for (const ref of refs) expect(resolve(openapi?.whole, ref)).toMatchObject({ properties: { name: { type: 'string' } } });
    expect(refsIn(asyncapi?.whole)).toContain('#/components/schemas/tallies.Added.v1/definitions/__schema0');
  });
});
