import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import type { Domain } from '../../core/registry/domain.ts';
import type { AnySaga } from '../../core/sagas/saga.ts';
import { demandMachines } from '../../lib/kept-machines.ts';
import { ServiceStack } from '../../lib/service-stack.ts';
import { fulfilment } from '../domain/fulfilment/saga.ts';
import { domain } from '../domain/index.ts';
import { quickApp } from './synthesize.ts';

mkdirSync('.local', { recursive: true });
const folder = mkdtempSync(join('.local', 'machines-'));
afterAll(() => rmSync(folder, { recursive: true }));
writeFileSync(join(folder, 'index.ts'), '');
const lock = (content: object) => writeFileSync(join(folder, 'schemas.lock.json'), JSON.stringify(content));

const stages = {
  prod: { stage: 'prod', issuer: 'https://issuer.example', audience: 'foldstream' },
  dev: { stage: 'dev', auth: 'none' },
};
const demanded = (of: Domain, stage: keyof typeof stages = 'prod') =>
  demandMachines(quickApp({ ...stages[stage], domain: relative('.', folder) }), of);
const withSaga = (saga: AnySaga): Domain => ({ ...domain, sagas: [saga] });
const renamed = { ...fulfilment, name: 'shipping' };

describe('a saga of the lock that the domain no longer has', () => {
  test('is refused at synthesis, with the remedy', () => {
    lock({ order: {}, 'running-sagas': { fulfilment: {} } });
    for (const next of [{ ...domain, sagas: [] }, { deciders: [], projections: [] }, withSaga(renamed)])
      expect(() => demanded(next)).toThrow(
        /^the saga 'fulfilment' has no machine .* give it `formerly: 'fulfilment'`\. Otherwise keep it until `npm run es -- sagas --revision` counts/,
      );
  });

  test('is let go from a stage that keeps no data', () => {
    lock({ 'running-sagas': { fulfilment: {} } });
    expect(() => demanded({ ...domain, sagas: [] }, 'dev')).not.toThrow();
  });
});

test.each<[string, object, Domain]>([
  ['it is there', { 'running-sagas': { fulfilment: {} } }, domain],
  [
    'it has another name now, and says the first one',
    { 'running-sagas': { fulfilment: {} } },
    withSaga({ ...renamed, formerly: 'fulfilment' }),
  ],
  ['the lock has none', { order: {} }, { ...domain, sagas: [] }],
])('a saga keeps its machine where %s', (_, content, of) => {
  lock(content);
  expect(() => demanded(of)).not.toThrow();
});

test('without a lock nothing is demanded', () => {
  rmSync(join(folder, 'schemas.lock.json'));
  expect(() => demanded({ ...domain, sagas: [] })).not.toThrow();
});

test.each<[string, AnySaga]>([
  ['a later revision', { ...fulfilment, revision: 2, before: [fulfilment] }],
  ['another name', { ...renamed, formerly: 'fulfilment' }],
])('a saga of %s has the machine that it had', (_, saga) => {
  const machines = (of: Domain) => {
    const stack = new ServiceStack(quickApp({ ...stages.prod, endpoints: 'payment-provider=https://pay.example/v1' }), 'foldstream-test', {
      domain: of,
    });
    return stack.sagas?.node
      .findAll()
      .flatMap((one) => ('stateMachineArn' in one ? [stack.getLogicalId(one.node.defaultChild as never)] : []));
  };
  expect(machines(withSaga(saga))).toEqual(machines(domain));
  expect(machines(domain)).toEqual(['Sagasfulfilment7A2D8526']);
});
