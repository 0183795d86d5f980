import { beforeAll, expect, test } from '@jest/globals';
import { logicalIdOf } from '../../adapters/aws/generated-names.ts';
import { domain } from '../domain/index.ts';

let runtime: typeof import('../../lambdas/runtime.ts');
const endings = (before: string, within: string, count: number) =>
  JSON.stringify({ before, within: [within], endings: Array.from({ length: count }, (_, index) => `E${index}`).join(' ') });

beforeAll(async () => {
  Object.assign(process.env, {
    AWS_REGION: 'eu-central-1',
    READ_MODELS: '{"relay@1":"positions"}',
    READ_MODEL_ENDINGS: endings('shop-', 'ReadModels', domain.projections.length),
    SAGA_MACHINES: '{}',
    SAGA_MACHINE_ENDINGS: endings('arn:machines:', 'Sagas', domain.sagas?.length ?? 0),
  });
  runtime = await import('../../lambdas/runtime.ts');
});

test('a function finds its tables by the endings of their names', () => {
  const tables = domain.projections.map((projection) => runtime.readModels().tableOf(projection));
  const ids = domain.projections.map(({ name, revision }) => logicalIdOf(['ReadModels', `${name}-r${revision}`]));
  expect(tables).toEqual(ids.map((id, index) => `shop-${id}-E${index}`));
});

test('and its state machines by the endings of their ARNs', () =>
  expect(runtime.sagaMachines().machines).toEqual({ fulfilment: `arn:machines:${logicalIdOf(['Sagas', 'fulfilment'])}-E0` }));
