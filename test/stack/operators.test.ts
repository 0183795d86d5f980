import { expect, test } from '@jest/globals';
import { permissionsIn } from './permissions.ts';
import { propertiesOf, synthesize } from './synthesize.ts';

// test/es/rights.test.ts compares the rights with what the command line does.

const roleIn = (settings: object = {}) =>
  propertiesOf(synthesize(undefined, { ...settings }), 'AWS::IAM::Role').find(({ Description }) => Description?.startsWith('Operators'));
const trustedIn = (settings?: object) => roleIn(settings)?.['AssumeRolePolicyDocument'].Statement;

test('without the setting, this account decides who may assume the role', () => {
  const [root] = trustedIn();
  expect(root).toMatchObject({ Effect: 'Allow', Action: 'sts:AssumeRole' });
  expect(JSON.stringify(root.Principal)).toContain(':iam::');
  expect(JSON.stringify(root.Principal)).toMatch(/:root"/);
});

test('with the setting, only the named principals may', () => {
  const [ada, ops] = ['arn:aws:iam::111122223333:user/ada', 'arn:aws:iam::111122223333:role/ops'];
  expect(JSON.stringify(trustedIn({ operators: `${ada}, ${ops}` }))).not.toContain('root');
  for (const arn of [ada, ops]) expect(JSON.stringify(trustedIn({ operators: `${ada}, ${ops}` }))).toContain(arn);
  expect(() => synthesize(undefined, { operators: 'ada' })).toThrow(/operators.*ARN/);
});

test('operators cannot append, and record acts by the alias alone', () => {
  const granted = permissionsIn(synthesize()).filter(({ who }) => who === 'OperatorsRole');
  expect(granted.filter(({ action, resource }) => /Put|Delete|Update|Write/.test(action) && resource.includes('EventStore'))).toEqual([]);
  expect(granted.filter(({ action }) => action.startsWith('lambda:'))).toEqual([
    { who: 'OperatorsRole', action: 'lambda:InvokeFunction', resource: 'CommandsOperators' },
  ]);
  expect(propertiesOf(synthesize(), 'AWS::Lambda::Alias')).toEqual([
    { FunctionName: { Ref: expect.stringMatching('^CommandsFunction') }, FunctionVersion: '$LATEST', Name: 'operators' },
  ]);
});

test('the outputs name the role and the alias', () => {
  const outputs = synthesize().findOutputs('*');
  expect(outputs['OperatorRole']?.['Value']).toEqual({ 'Fn::GetAtt': [expect.stringMatching('^OperatorsRole'), 'Arn'] });
  expect(outputs['OperatorFunction']?.['Value']).toEqual({ Ref: expect.stringMatching('^CommandsOperators') });
});
