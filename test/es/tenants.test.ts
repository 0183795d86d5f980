import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { dynamoEventStore } from '../../adapters/event-log/dynamo-event-store.ts';
import { dynamoReadModels } from '../../adapters/read-models/dynamo-read-models.ts';
import type { ProjectionPorts } from '../../core/read/ports.ts';
import { type AnyProjection, tableKey } from '../../core/read/projection.ts';
import { projector } from '../../core/read/projector.ts';
import { projectionsOf } from '../../core/registry/domain.ts';
import { createEventsTable, createPointersTable, createReadTable, engineClient } from '../support/dynamo.ts';
import { deliveriesOf, storesOf } from '../support/projecting.ts';
import { noted, poison } from '../support/read-notes.ts';
import { rowOf } from '../support/read-taps.ts';
import { append } from '../support/requests.ts';
import { domain } from './domains/broken/index.ts';
import { letActsBeRecorded, spoken, withWhy } from './spawned.ts';

// What tenants have parked, looked after from the command line: an operator sees all of it.

const folder = mkdtempSync(join(tmpdir(), 'foldstream-es-tenants-'));
afterAll(() => rmSync(folder, { recursive: true }));
letActsBeRecorded();
const tenants = ['acme-2', 'acme', 'bolt']; // As their streams are sorted.
let stores: ProjectionPorts;

beforeAll(async () => {
  const client = engineClient();
  const [table, pointers] = [await createEventsTable(), await createPointersTable()];
  const created = domain.projections.map(async (one) => [tableKey(one), await createReadTable(one, { hasTenants: true })] as const);
  const tables = Object.fromEntries(await Promise.all(created));
  stores = storesOf(dynamoEventStore({ client, table, now: () => new Date() }), dynamoReadModels({ client, tables }));
  const relay = {
    RelayPositions: '{}',
    EventBus: 'bus',
    DiscardedBatches: 'batches',
    DiscardedByRelay: 'of-relay',
    OperatorFunction: 'acts',
  };
  const outputs = { EventsTable: table, NamesTable: 'names', PointersTable: pointers, ReadModelTables: JSON.stringify(tables), ...relay };
  writeFileSync(join(folder, 'outputs.json'), JSON.stringify({ 'foldstream-test': outputs }));
  for (const tenant of tenants) {
    const { commit } = await append(stores.eventStore, stores.eventStore.begin({ tenant, aggregate: 'tally', id: 'a' }), [
      noted(poison, 'x'),
    ]);
    await projector(stores, projectionsOf(domain))(deliveriesOf([commit]));
  }
});

const es = (code: 'broken' | 'fixed', ...args: readonly string[]) =>
  spoken(
    [
      ...withWhy(args),
      ...['--outputs', join(folder, 'outputs.json'), '--endpoint', process.env['DYNAMODB_ENDPOINT'] ?? ''],
      ...['--domain', join(import.meta.dirname, 'domains', code)],
    ],
    folder,
  );
const parkedIn = async (projection: string) => {
  const { out } = await es('broken', 'parked', projection, '--json');
  return out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).stream)
    .toSorted();
};
const sumOf = async (key: string) => (await rowOf(stores, domain.projections[2] as AnyProjection, key)).document?.['sum'];

test('parked streams of every tenant are listed', async () => {
  expect(await parkedIn('notes')).toEqual(tenants.map((tenant) => `${tenant}/tally-a`));
  expect(await parkedIn('tally-total@2')).toEqual(tenants.map((tenant) => `${tenant}/tally-a`));
});

test('one stream of one tenant is replayed, and then all of them', async () => {
  expect(await es('fixed', 'redrive', 'notes', 'acme/tally-a')).toMatchObject({
    code: 0,
    out: 'acme/tally-a is in notes@1, up to version 1\n1 stream in, 0 still parked\n',
  });
  expect([await sumOf('acme/x'), await sumOf('acme-2/x'), await sumOf('x')]).toEqual([poison, undefined, undefined]);
  expect(await es('fixed', 'redrive', 'notes', '--all')).toMatchObject({
    code: 0,
    out: expect.stringContaining('2 streams in, 0 still parked'),
  });
  expect(await Promise.all(tenants.map((tenant) => sumOf(`${tenant}/x`)))).toEqual(tenants.map(() => poison));
});

test('a tenant alone is not the name of a stream', async () => {
  expect(await es('fixed', 'redrive', 'notes', 'acme/')).toMatchObject({ code: 2 });
  expect(await es('fixed', 'show', 'a/b/tally-a')).toMatchObject({ code: 2 });
});
