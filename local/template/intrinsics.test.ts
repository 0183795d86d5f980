// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is how CloudFormation writes them.
import { describe, expect, test } from '@jest/globals';
import { type Names, references, resolve } from './intrinsics.ts';

const names: Names = {
  ref: (name) => `ref:${name}`,
  attribute: (logicalId, name) => `${logicalId}:${name}`,
};

describe('an intrinsic function', () => {
  test.each<[string, unknown, unknown]>([
    ['Ref', { Ref: 'Table' }, 'ref:Table'],
    ['Fn::GetAtt with a list', { 'Fn::GetAtt': ['Table', 'Arn'] }, 'Table:Arn'],
    ['Fn::GetAtt with a path', { 'Fn::GetAtt': 'Table.Endpoint.Address' }, 'Table:Endpoint.Address'],
    ['Fn::Join', { 'Fn::Join': ['/', ['integrations', { Ref: 'I' }]] }, 'integrations/ref:I'],
    ['Fn::Split', { 'Fn::Split': ['/', 'a/b'] }, ['a', 'b']],
    ['Fn::Select', { 'Fn::Select': ['1', { 'Fn::Split': [':', { 'Fn::GetAtt': ['T', 'Arn'] }] }] }, 'Arn'],
    ['Fn::Sub', { 'Fn::Sub': 'x-${AWS::Region}-${T.Arn}-${!Literal}' }, 'x-ref:AWS::Region-T:Arn-${Literal}'],
    ['Fn::Sub with variables', { 'Fn::Sub': ['${a}-${b}', { a: { Ref: 'A' } }] }, 'ref:A-ref:b'],
    ['one within lists and objects', [{ deep: { Ref: 'A' } }, 1, null], [{ deep: 'ref:A' }, 1, null]],
  ])('%s', (_, value, expected) => expect(resolve(value, names)).toEqual(expected));

  test.each(['Fn::ImportValue', 'Fn::constructor', 'Condition'])('%s is not supported, and the error names it', (name) =>
    expect(() => resolve({ [name]: 'x' }, names)).toThrow(`the local system does not know the intrinsic function ${name}`),
  );

  test('is not an object that only looks like one', () => expect(resolve({ Ref: 'A', Other: 1 }, names)).toEqual({ Ref: 'A', Other: 1 }));
});

test('references are the names that a value refers to', () => {
  const value = {
    a: { Ref: 'A' },
    b: [{ 'Fn::GetAtt': ['B', 'Arn'] }, { 'Fn::GetAtt': 'C.Arn' }],
    c: { 'Fn::Join': ['', [{ Ref: 'D' }]] },
    d: { 'Fn::Sub': ['${E.Arn} ${F} ${given} ${!literal}', { given: { Ref: 'G' } }] },
  };
  expect(references(value)).toEqual(['A', 'B', 'C', 'D', 'E', 'F', 'G']);
});
