import { expect, test } from '@jest/globals';
import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as z from 'zod';
import { indexAttributes } from '../../adapters/read-models/index-fields.ts';
import type { AnyProjection } from '../../core/read/projection.ts';
import { ReadModels } from '../../lib/read-models.ts';
import { quickApp } from './synthesize.ts';

const document = z.object({
  country: z.string(),
  climate: z.enum(['mild', 'harsh']),
  people: z.int(),
  areaKm2: z.number(),
  nickname: z.string().optional(),
  twins: z.array(z.string()),
  isCapital: z.boolean(),
});

const cities = (members: Partial<AnyProjection> = {}): AnyProjection => ({
  name: 'city-facts',
  revision: 1,
  events: {},
  document,
  initialState: () => ({}),
  evolve: {},
  ...members,
});

const tablesOf = (...projections: AnyProjection[]) => {
  const stack = new Stack(quickApp(), 'test');
  new ReadModels(stack, 'ReadModels', { of: projections });
  return Template.fromStack(stack).findResources('AWS::DynamoDB::GlobalTable');
};
const tableOf = (projection: AnyProjection) => Object.values(tablesOf(projection))[0] ?? {};

test('a table is keyed by the document and can be thrown away', () => {
  expect(tableOf(cities())).toMatchObject({
    DeletionPolicy: 'Delete',
    UpdateReplacePolicy: 'Delete',
    Properties: {
      KeySchema: [{ AttributeName: 'key', KeyType: 'HASH' }],
      AttributeDefinitions: [
        { AttributeName: 'key', AttributeType: 'S' },
        { AttributeName: 'parked', AttributeType: 'S' },
      ],
      BillingMode: 'PAY_PER_REQUEST',
      Replicas: [{ Region: { Ref: 'AWS::Region' } }],
    },
  });
});

test('an index has the name and the fields that the projection gives it, and whole documents; the parked rows have one too', () => {
  const indexes = { byCountry: { partition: 'country', sort: 'people' }, byClimate: { partition: 'climate', sort: 'people' } };
  expect(tableOf(cities({ indexes }))['Properties'].GlobalSecondaryIndexes).toEqual(
    Object.entries({ ...indexes, parked: { partition: 'parked', sort: 'key' } }).map(([IndexName, { partition, sort }]) => ({
      IndexName,
      KeySchema: [
        { AttributeName: partition, KeyType: 'HASH' },
        { AttributeName: sort, KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'ALL' },
    })),
  );
});

test.each([
  ['country', 'S'],
  ['climate', 'S'],
  ['nickname', 'S'],
  ['people', 'N'],
  ['areaKm2', 'N'],
])('the field %s is a key of type %s', (field, AttributeType) => {
  const { Properties } = tableOf(cities({ indexes: { byField: { partition: field, sort: field === 'people' ? 'areaKm2' : 'people' } } }));
  expect(Properties.AttributeDefinitions).toContainEqual({ AttributeName: field, AttributeType });
});

test('with tenants, they lead the partition of every index, as text whatever the field is; the sort fields stay', () => {
  const indexes = { byCountry: { partition: 'country', sort: 'people' }, byPeople: { partition: 'people', sort: 'country' } };
  const stack = new Stack(quickApp({ issuer: 'https://issuer.example', audience: 'a', tenantClaim: 'tenant' }), 'test');
  new ReadModels(stack, 'ReadModels', { of: [cities({ indexes })] });
  const [{ Properties } = { Properties: {} }] = Object.values(Template.fromStack(stack).findResources('AWS::DynamoDB::GlobalTable'));
  const keys = Properties.GlobalSecondaryIndexes.map(({ KeySchema }: { KeySchema: { AttributeName: string }[] }) =>
    KeySchema.map(({ AttributeName }) => AttributeName),
  );
  expect(keys).toEqual([
    ['tenant/country', 'people'],
    ['tenant/people', 'country'],
    ['parked', 'key'],
  ]);
  const types = Object.entries({ key: 'S', 'tenant/country': 'S', 'tenant/people': 'S', people: 'N', country: 'S', parked: 'S' });
  expect(Properties.AttributeDefinitions).toHaveLength(types.length);
  for (const [AttributeName, AttributeType] of types)
    expect(Properties.AttributeDefinitions).toContainEqual({ AttributeName, AttributeType });
});

test('the index is on the attributes that the adapter writes', () => {
  for (const index of [
    { partition: 'people', sort: 'country' },
    { partition: 'country', sort: 'people' },
  ]) {
    const stack = new Stack(quickApp({ issuer: 'https://issuer.example', audience: 'a', tenantClaim: 'tenant' }), 'test');
    new ReadModels(stack, 'ReadModels', { of: [cities({ indexes: { byField: index } })] });
    const [{ Properties } = { Properties: {} }] = Object.values(Template.fromStack(stack).findResources('AWS::DynamoDB::GlobalTable'));
    const { partition, sort } = indexAttributes(index, true);
    expect(Properties.GlobalSecondaryIndexes[0].KeySchema.map(({ AttributeName }: { AttributeName: string }) => AttributeName)).toEqual([
      partition,
      sort,
    ]);
  }
});

test.each(['twins', 'isCapital', 'mayor'])('the field %s cannot be indexed, and the error says so', (field) => {
  const unindexable = `city-facts: '${field}' is indexed, so it must be a string or a number`;
  expect(() => tablesOf(cities({ indexes: { byField: { partition: field, sort: 'people' } } }))).toThrow(unindexable);
  expect(() => tablesOf(cities({ indexes: { byField: { partition: 'country', sort: field } } }))).toThrow(unindexable);
});

test('every projection has a table, and every revision one of its own', () => {
  const idsOf = (...projections: AnyProjection[]) => Object.keys(tablesOf(...projections));
  expect(idsOf(cities(), cities({ name: 'city-people' }))).toHaveLength(2);
  expect(idsOf(cities())[0]).toMatch(/^ReadModelscityfactsr1/);
  expect(idsOf(cities({ revision: 2 }))[0]).toMatch(/^ReadModelscityfactsr2/);
});
