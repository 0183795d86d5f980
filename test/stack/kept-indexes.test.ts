import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import type { AnyProjection } from '../../core/read/projection.ts';
import { demandIndexes } from '../../lib/kept-indexes.ts';
import { domain } from '../domain/index.ts';
import { orderSummary } from '../domain/order/summary.ts';
import { next } from '../support/revisions.ts';
import { quickApp } from './synthesize.ts';

mkdirSync('.local', { recursive: true });
const folder = mkdtempSync(join('.local', 'indexes-'));
afterAll(() => rmSync(folder, { recursive: true }));
writeFileSync(join(folder, 'index.ts'), '');
const lockFile = join(folder, 'schemas.lock.json');
const locked = { 'read-models': { projections: { 'order-summary': { 1: { indexes: orderSummary.indexes } } } } };

const stages = {
  prod: { stage: 'prod', issuer: 'https://issuer.example', audience: 'foldstream' },
  dev: { stage: 'dev', auth: 'none' },
};
const demanded = (lock: object | undefined, projections: readonly AnyProjection[], stage: keyof typeof stages = 'prod') => {
  rmSync(lockFile, { force: true });
  if (lock !== undefined) writeFileSync(lockFile, JSON.stringify(lock));
  return () => demandIndexes(quickApp({ ...stages[stage], domain: relative('.', folder) }), { ...domain, projections });
};
const byStatus = { byStatus: { partition: 'status', sort: 'placedAt' } } as const;
const changed: readonly AnyProjection[] = [
  { ...orderSummary, indexes: { ...orderSummary.indexes, ...byStatus } },
  { ...orderSummary, indexes: { byCustomer: byStatus.byStatus } },
  { ...orderSummary, indexes: {} },
];

test('an index that is added, changed or removed in place is refused at synthesis, with the remedy', () => {
  for (const projection of changed)
    expect(demanded(locked, [projection])).toThrow(
      /^the indexes of order-summary@1 are not those of the schema lock.*: raise the revision/,
    );
  const { indexes: _, ...without } = orderSummary;
  expect(demanded(locked, [without])).toThrow(/order-summary@1/);
});

test('a stage that keeps no data takes it', () => {
  for (const projection of changed) expect(demanded(locked, [projection], 'dev')).not.toThrow();
});

test.each<[string, object | undefined, readonly AnyProjection[]]>([
  ['the indexes are those of the lock', locked, [orderSummary]],
  [
    'they are those of the lock in another order of words',
    {
      'read-models': {
        projections: { 'order-summary': { 1: { indexes: { byCustomer: { sort: 'placedAt', partition: 'customerId' } } } } },
      },
    },
    [orderSummary],
  ],
  ['the change is a new revision', locked, [orderSummary, ...changed.map((one, index) => next(one, index + 2))]],
  [
    'the lock has accepted them',
    { 'read-models': { projections: { 'order-summary': { 1: { indexes: {} } } } } },
    [{ ...orderSummary, indexes: {} }],
  ],
  [
    'a projection without indexes has none in the lock',
    { 'read-models': { projections: { 'customer-totals': { 1: { indexes: {} } } } } },
    domain.projections,
  ],
  ['the lock is of an earlier release', { order: {} }, changed.slice(0, 1)],
  ['the projection is not in the lock', { 'read-models': { projections: {} } }, changed.slice(0, 1)],
  ['there is no lock', undefined, changed.slice(0, 1)],
])('a synthesis succeeds where %s', (_, lock, projections) => expect(demanded(lock, projections)).not.toThrow());
