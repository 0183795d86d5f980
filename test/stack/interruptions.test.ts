import { describe, expect, test } from '@jest/globals';
import { Template } from 'aws-cdk-lib/assertions';
import { ServiceStack } from '../../lib/service-stack.ts';
import { domain, reception } from '../stay/index.ts';
import { permissionsIn } from './permissions.ts';
import { propertiesOf, quickApp } from './synthesize.ts';

const production = { stage: 'prod', issuer: 'https://issuer.example', audience: 'foldstream' };
const templateOf = (sagas: typeof domain.sagas) =>
  Template.fromStack(new ServiceStack(quickApp(production), 'foldstream-test', { domain: { ...domain, ...(sagas && { sagas }) } }));
const template = templateOf(domain.sagas);
const { interruptedBy: _, unique: __, ...plain } = reception;
const without = templateOf([plain]);

const rightsTo = (of: Template, who: string, pattern: RegExp) =>
  permissionsIn(of)
    .filter(({ who: role, resource }) => role === who && pattern.test(resource))
    .map(({ action }) => action)
    .sort();

describe('the functions may do what interruptions and keys need, and only where a saga has them:', () => {
  test.each([
    ['SagasListenerFunctionRole', ['dynamodb:DeleteItem', 'dynamodb:PutItem', 'dynamodb:Query'], ['dynamodb:DeleteItem', 'dynamodb:Query']],
    ['SagasStarterFunctionRole', ['dynamodb:PutItem', 'dynamodb:Query'], []],
    ['SagasQueryFunctionRole', ['dynamodb:Query'], []],
    ['OperatorsRole', ['dynamodb:DeleteItem', 'dynamodb:PutItem', 'dynamodb:Query'], ['dynamodb:DeleteItem', 'dynamodb:Query']],
  ])('%s', (role, rights, rightsWithout) => {
    expect(rightsTo(template, role, /SagasWaiting/)).toEqual(rights);
    expect(rightsTo(without, role, /SagasWaiting/)).toEqual(rightsWithout);
  });

  test('the starter asks whether the run that has a key has ended', () => {
    expect(rightsTo(template, 'SagasStarterFunctionRole', /reception/)).toContain('states:DescribeExecution');
    expect(rightsTo(without, 'SagasStarterFunctionRole', /reception/)).toEqual(['states:StartExecution']);
  });
});

test('the listener hears of the events that interrupt', () => {
  const types = propertiesOf(template, 'AWS::Events::Rule').flatMap(({ EventPattern }) => EventPattern?.['detail-type'] ?? []);
  expect(types).toEqual(expect.arrayContaining(['BookingCancelled.v1', 'RoomClosed.v1', 'MoneyReceived.v1']));
});

test('a saga without interruptions and keys has the resources that it had', () => {
  const kinds = (of: Template) => Object.keys(of.toJSON()['Resources']).sort();
  expect(kinds(without).filter((id) => !kinds(template).includes(id))).toEqual([]);
  // The dashboard of each stack has the metric.
  const { Resources } = without.toJSON();
  const others = Object.values(Resources).filter((one) => (one as { Type: string }).Type !== 'AWS::CloudWatch::Dashboard');
  expect(JSON.stringify(others)).not.toMatch(/nterrupt/);
});
