import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { assemble } from './assemble.ts';
import { lossOf } from './released/loss.ts';
import { settings } from './released/settings.ts';
import { keptOf, type Stacks, statefulIn } from './released/stateful.ts';

// A deployed service keeps everything: an update from any release to this code replaces and removes no stateful resource. Ids of
// constructs are contracts, and so are the names of members: where this fails, give the construct its old id back. One loss is meant: the
// buckets of a dev stage go with it when it is destroyed.

const folder = 'test/stack/released';
const releases = readdirSync(folder).filter((file) => file.endsWith('.json'));
const releasedIn = (file: string): Readonly<Record<string, Stacks>> => JSON.parse(readFileSync(join(folder, file), 'utf8'));

const outdir = mkdtempSync(join(tmpdir(), 'foldstream-'));
const today: Record<string, Stacks> = {};
beforeAll(async () => {
  for (const [name, context] of Object.entries(settings)) {
    await assemble(context, join(outdir, name));
    today[name] = statefulIn(join(outdir, name));
  }
}, 120_000);
afterAll(() => rmSync(outdir, { recursive: true }));

describe.each(releases)('a service of %s that is updated', (file) => {
  test.each(Object.keys(settings))('keeps every stateful resource: %s', (name) => {
    const meant =
      name === 'dev' ? /^\S+ (Anchor|Projector|Relay)\w*Bucket\w+ \(AWS::S3::Bucket\): (Deletion|UpdateReplace)Policy was "Retain"/ : /^$/;
    expect(lossOf(releasedIn(file)[name] ?? {}, today[name] ?? {}).filter((loss) => !meant.test(loss))).toEqual([]);
  });

  test('was compared as a whole', () => {
    const found = Object.values(releasedIn(file)).flatMap((stacks) =>
      Object.values(stacks).flatMap((resources) => Object.values(resources)),
    );
    expect([...new Set(found.map(({ type }) => type))].sort()).toEqual([
      'AWS::ApiGatewayV2::Api',
      'AWS::DynamoDB::GlobalTable',
      'AWS::Events::Archive',
      'AWS::Events::EventBus',
      'AWS::KMS::Key',
      'AWS::Lambda::EventSourceMapping',
      'AWS::Logs::LogGroup',
      'AWS::S3::Bucket',
      'AWS::SNS::Subscription',
      'AWS::SNS::Topic',
      'AWS::SQS::Queue',
      'AWS::StepFunctions::StateMachine',
    ]);
  });
});

test('0.1.0 is compared', () => expect(releases).toContain('0.1.0.json'));

const table = {
  AttributeDefinitions: [
    { AttributeName: 'stream', AttributeType: 'S' },
    { AttributeName: 'at', AttributeType: 'N' },
  ],
  KeySchema: [{ AttributeName: 'stream', KeyType: 'HASH' }],
  GlobalSecondaryIndexes: [
    { IndexName: 'byTime', KeySchema: [{ AttributeName: 'at', KeyType: 'HASH' }], Projection: { ProjectionType: 'ALL' } },
  ],
  Replicas: [{ Region: 'eu-central-1' }],
  StreamSpecification: { StreamViewType: 'NEW_IMAGE' },
};
const bucket = { Type: 'AWS::S3::Bucket', Properties: {}, DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' };
const released = { Events: { Type: 'AWS::DynamoDB::GlobalTable', Properties: table }, Anchors: bucket };
type Resources = Parameters<typeof keptOf>[0]['Resources'];
const loss = (next: Resources) => lossOf({ shop: keptOf({ Resources: released }) }, { shop: keptOf({ Resources: next }) });
const withTable = (change: object) => ({ ...released, Events: { ...released.Events, Properties: { ...table, ...change } } });

test('a kept resource is no loss, and neither is an added one', () => {
  const index = { IndexName: 'byName', KeySchema: [{ AttributeName: 'name', KeyType: 'HASH' }], Projection: { ProjectionType: 'ALL' } };
  const more = withTable({
    AttributeDefinitions: [...table.AttributeDefinitions, { AttributeName: 'name', AttributeType: 'S' }],
    GlobalSecondaryIndexes: [index, ...table.GlobalSecondaryIndexes],
    TimeToLiveSpecification: { AttributeName: 'expires', Enabled: true },
  });
  expect(loss({ ...more, Names: released.Events })).toEqual([]);
});

test.each<[string, Resources, readonly (string | RegExp)[]]>([
  ['another logical id', { Anchors: bucket, Log: released.Events }, ['shop: Events (AWS::DynamoDB::GlobalTable) is removed']],
  ['another type', { ...released, Events: bucket }, ['shop: Events was a AWS::DynamoDB::GlobalTable and is a AWS::S3::Bucket']],
  ['a physical name', withTable({ TableName: 'events' }), [/TableName was null and is "events"$/]],
  ['another key', withTable({ KeySchema: [{ AttributeName: 'at', KeyType: 'HASH' }] }), [/KeySchema was .* and is /]],
  ['another type of a key', withTable({ AttributeDefinitions: table.AttributeDefinitions.slice(1) }), [/attribute stream was "S"/]],
  ['no index', withTable({ GlobalSecondaryIndexes: undefined }), [/index byTime was .* and is undefined$/]],
  ['another view of the stream', withTable({ StreamSpecification: { StreamViewType: 'KEYS_ONLY' } }), [/StreamSpecification was/]],
  ['no copy in a region', withTable({ Replicas: [{ Region: 'eu-west-1' }] }), [/replica "eu-central-1" was true and is undefined$/]],
  ['a bucket that goes with its stack', { ...released, Anchors: { Type: bucket.Type } }, [/DeletionPolicy was "Retain"/, /UpdateReplace/]],
])('is a loss: %s', (_, next, sentences) =>
  expect(loss(next)).toEqual(sentences.map((one) => (typeof one === 'string' ? one : expect.stringMatching(one)))),
);

test('a resource of another stack does not count', () =>
  expect(lossOf({ shop: keptOf({ Resources: { Anchors: bucket } }) }, { store: keptOf({ Resources: { Anchors: bucket } }) })).toEqual([
    'shop: Anchors (AWS::S3::Bucket) is removed',
  ]));

test('an unknown type of resource is reported', () =>
  expect(() => keptOf({ Resources: { Cache: { Type: 'AWS::ElastiCache::ServerlessCache' } } })).toThrow(
    'Cache: no table says whether a AWS::ElastiCache::ServerlessCache holds data',
  ));
