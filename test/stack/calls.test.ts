import { describe, expect, jest, test } from '@jest/globals';
import { Template } from 'aws-cdk-lib/assertions';
import { ServiceStack } from '../../lib/service-stack.ts';
import { domain } from '../domain/index.ts';
import { permissionsIn } from './permissions.ts';
import { propertiesOf, quickApp, synthesize } from './synthesize.ts';

const template = synthesize();
const stackWith = (settings: Readonly<Record<string, unknown>>) =>
  new ServiceStack(quickApp({ auth: 'none', ...settings }), 'foldstream-test', { domain });
const endpoints = { 'payment-provider': 'https://pay.example/v1' };

test('the function of calls knows the endpoints of third parties', () => {
  const [caller] = propertiesOf(template, 'AWS::Lambda::Function').filter(({ Environment }) => 'ENDPOINTS' in Environment.Variables);
  expect(JSON.parse(caller?.['Environment'].Variables.ENDPOINTS)).toEqual(endpoints);
});

test('it receives only events that request a call', () => {
  const rules = propertiesOf(template, 'AWS::Events::Rule').filter(({ EventPattern }) => EventPattern?.source.includes('calls'));
  expect(rules).toMatchObject([
    {
      EventBusName: { Ref: expect.stringMatching('^RelayBus') },
      EventPattern: { source: ['calls'], 'detail-type': ['PaymentRequested.v1', 'PaymentWithdrawn.v1', 'PaymentRefunded.v1'] },
      Targets: [{ Arn: { 'Fn::GetAtt': [expect.stringMatching('^CallsAskedQueue'), 'Arn'] } }],
    },
  ]);
});

test('it may read the log and keep failed calls, and has no other right', () => {
  const grants = permissionsIn(template)
    .filter(({ who, action }) => who === 'CallsFunctionRole' && !/^(logs:|sts:|xray:)/.test(action))
    .map(({ action, resource }) => `${action} ${resource.split(':').at(-1)}`);
  expect(grants.sort()).toEqual([
    'dynamodb:Query table/EventStoreEvents',
    'sqs:ChangeMessageVisibility CallsAskedQueue',
    'sqs:DeleteMessage CallsAskedQueue',
    'sqs:GetQueueAttributes CallsAskedDeadLetters',
    'sqs:GetQueueAttributes CallsAskedQueue',
    'sqs:GetQueueUrl CallsAskedDeadLetters',
    'sqs:GetQueueUrl CallsAskedQueue',
    'sqs:ReceiveMessage CallsAskedQueue',
    'sqs:SendMessage CallsAskedDeadLetters',
  ]);
});

describe('a stage without the endpoint of a third party', () => {
  /** The functions of its template, and what the synthesis says. */
  const synthesized = (settings: Readonly<Record<string, unknown>>) => {
    const said = jest.spyOn(console, 'error').mockImplementation(() => {});
    const functions = Object.keys(Template.fromStack(stackWith(settings)).findResources('AWS::Lambda::Function'));
    const text = said.mock.calls.join('\n');
    said.mockRestore();
    return { functions, text };
  };

  test('has no function of calls, and the synthesis warns', () => {
    const { functions, text } = synthesized({});
    expect(functions.filter((id) => id.startsWith('Calls'))).toEqual([]);
    expect(text).toMatch(/this stage does not call 'payment-provider'.*: set one with -c endpoints=payment-provider=https:/);
  });

  test('a stage with the endpoint has it, and no warning', () => {
    const { functions, text } = synthesized({ endpoints });
    expect(functions.filter((id) => id.startsWith('Calls'))).toHaveLength(1);
    expect(text).toBe('');
  });
});

test('the name of a third party that the domain does not call stops the synthesis', () =>
  expect(() => stackWith({ endpoints: { ...endpoints, 'paymnt-provider': 'https://pay.example' } })).toThrow(
    "the setting 'endpoints' names 'paymnt-provider', which the domain does not call; it calls 'payment-provider'",
  ));
