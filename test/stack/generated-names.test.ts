import { afterAll, describe, expect, jest, test } from '@jest/globals';
import { CfnResource, Stack } from 'aws-cdk-lib';
import { Template as Assertions } from 'aws-cdk-lib/assertions';
import { Construct } from 'constructs';
import { type GeneratedNames, humanPart, logicalIdOf, namesFrom } from '../../adapters/aws/generated-names.ts';
import { tableId, tableKey } from '../../core/read/projection.ts';
import { bundlesApart } from '../../lib/bundle-options.ts';
import { ServiceStack } from '../../lib/service-stack.ts';
import { type Template, worstCase } from '../../lib/worst-case.ts';
import { largeDomain } from './large-domain.ts';
import { propertiesOf, quickApp } from './synthesize.ts';

// The CDK warns that a bucket of code has no versions. Nobody deploys it.
const silent = jest.spyOn(console, 'error').mockImplementation(() => {});
afterAll(() => silent.mockRestore());

const stackName = 'shop-prod';
const closed = { stage: 'prod', issuer: 'https://issuer.example', audience: 'foldstream' };

/** The environment of each function, with the names that a deployment gives: each ends in the first letters of its logical id's digest. */
const environmentsOf = (size: { readonly projections: number; readonly sagas: number }, settings: object = closed) => {
  const domain = largeDomain({ ...size, indexes: 1 });
  const stack = new ServiceStack(quickApp({ ...settings }), stackName, { domain });
  const assertions = Assertions.fromStack(stack);
  const template = assertions.toJSON() as Template;
  const resolve = worstCase(template, stackName);
  const ending = 'X'.repeat(13);
  const told = propertiesOf(assertions, 'AWS::Lambda::Function').map(({ Environment }) => resolve(Environment.Variables));
  const ids = (type: string) => Object.entries(template.Resources).flatMap(([id, { Type }]) => (Type === type ? [id] : []));
  return { domain, template, ending, ids, told: told as readonly Readonly<Record<string, string>>[] };
};

describe('a function of a large service', () => {
  const { domain, ending, ids, told } = environmentsOf({ projections: 60, sagas: 30 });
  const { projections, sagas = [] } = domain;
  const told60 = told.filter((variables) => 'READ_MODEL_ENDINGS' in variables);
  const told30 = told.filter((variables) => 'SAGA_MACHINE_ENDINGS' in variables);

  test('knows each table by the ending of its name, and the others in full', () => {
    expect(told60).toHaveLength(5);
    for (const { READ_MODELS = '', READ_MODEL_ENDINGS = '' } of told60) {
      const names = namesFrom(JSON.parse(READ_MODEL_ENDINGS) as GeneratedNames, projections.map(tableId));
      const expected = ids('AWS::DynamoDB::GlobalTable').filter((id) => id.startsWith('ReadModels'));
      expect([...names.values()]).toEqual(expected.map((id) => `${stackName}-${id}-${ending}`));
      expect(Object.keys(JSON.parse(READ_MODELS)).filter((key) => projections.some((one) => tableKey(one) === key))).toEqual([]);
    }
  });

  test('knows each machine by the ending of its ARN', () => {
    expect(told30).toHaveLength(3);
    for (const { SAGA_MACHINES, SAGA_MACHINE_ENDINGS = '' } of told30) {
      const names = namesFrom(
        JSON.parse(SAGA_MACHINE_ENDINGS) as GeneratedNames,
        sagas.map(({ name }) => name),
      );
      const expected = ids('AWS::StepFunctions::StateMachine').filter((id) => id.startsWith('Sagas'));
      const arn = 'arn:aws-us-gov:states:us-isof-south-1:000000000000:stateMachine:';
      expect([...names.values()]).toEqual(expected.map((id) => `${arn}${id}-${ending}`));
      expect(SAGA_MACHINES).toBe('{}');
    }
  });
});

test.each<[string, object]>([
  ['of some projections', closed],
  ['of this machine, however large', { auth: 'none', [bundlesApart]: 'true' }],
])('a function of a service %s knows each name in full', (_, settings) => {
  const size = 'auth' in settings ? { projections: 60, sagas: 30 } : { projections: 20, sagas: 12 };
  for (const variables of environmentsOf(size, settings).told) {
    expect(Object.keys(variables).filter((name) => name.endsWith('_ENDINGS'))).toEqual([]);
    if (variables['SAGA_MACHINES'] !== undefined) expect(Object.keys(JSON.parse(variables['SAGA_MACHINES']))).toHaveLength(size.sagas);
  }
});

test('the beginning of the names of read tables is that of no other table', () => {
  const { ids } = environmentsOf({ projections: 2, sagas: 1 });
  const begin = (prefix: string) =>
    ids('AWS::DynamoDB::GlobalTable')
      .filter((id) => id.startsWith(prefix))
      .map((id) => id.slice(0, -8));
  expect(begin('ReadModels')).toEqual(['ReadModelsshipmentreport0r1', 'ReadModelsshipmentreport1r1']);
  expect(begin('RelayPositions')).toEqual(['RelayPositionsrelayr1']);
});

test('a logical id is the one of the CDK', () => {
  const stack = new Stack(quickApp(), 'test');
  const inner = new Construct(new Construct(stack, 'Read-Models'), 'order-summary_r1');
  expect(logicalIdOf(['Read-Models', 'order-summary_r1'])).toBe(
    stack.getLogicalId(new CfnResource(inner, 'Resource', { type: 'AWS::SNS::Topic' })),
  );
  expect(humanPart(['Read-Models', 'order-summary_r1'])).toBe('ReadModelsordersummaryr1');
});

describe('names from endings', () => {
  const given = { before: 'shop-', within: ['ReadModels'], endings: 'A  C' };
  test('leave those out that have no ending', () =>
    expect([...namesFrom(given, ['a', 'b', 'c'])]).toEqual([
      ['a', `shop-${logicalIdOf(['ReadModels', 'a'])}-A`],
      ['c', `shop-${logicalIdOf(['ReadModels', 'c'])}-C`],
    ]));
  test('are refused if there are more or fewer of them', () =>
    expect(() => namesFrom(given, ['a', 'b'])).toThrow('2 generated names were expected, and there are 3'));
});
