import { readFileSync } from 'node:fs';
import { expect, jest, test } from '@jest/globals';
import { Template } from 'aws-cdk-lib/assertions';
import { ServiceStack } from '../../lib/service-stack.ts';
import { courier, domain } from '../parcels/index.ts';
import { type AlarmProperties, type Series, statesOf } from '../support/cloudwatch.ts';
import { permissionsIn } from './permissions.ts';
import { propertiesOf, quickApp } from './synthesize.ts';

const endpoints = { courier: 'https://courier.example/v2' };
const stackWith = (settings: Readonly<Record<string, unknown>> = {}, of = domain) =>
  Template.fromStack(
    new ServiceStack(
      quickApp({ stage: 'prod', issuer: 'https://issuer.example', audience: 'foldstream', endpoints, ...settings }),
      'foldstream-test',
      { domain: of },
    ),
  );
const template = stackWith();
const callerIn = (from: Template) =>
  propertiesOf(from, 'AWS::Lambda::Function').filter(({ Environment }) => 'ENDPOINTS' in Environment.Variables);

test('a third party with limits has a function and a queue of its own, which hands over as many calls as it bears', () => {
  const [caller, ...others] = callerIn(template);
  expect(others).toEqual([]);
  expect(caller?.['Environment'].Variables).toMatchObject({
    ENDPOINTS: JSON.stringify(endpoints),
    CALL_QUEUE: { Ref: expect.stringMatching('^CallsCallstocourierAskedQueue') },
    CIRCUITS_TABLE: { Ref: expect.stringMatching('^CallsCircuits') },
    PARKED_COMMANDS: { Ref: expect.stringMatching('^Parked') },
  });
  const mappings = propertiesOf(template, 'AWS::Lambda::EventSourceMapping').filter(({ EventSourceArn }) =>
    JSON.stringify(EventSourceArn).includes('Callstocourier'),
  );
  expect(mappings).toMatchObject([{ BatchSize: 1, ScalingConfig: { MaximumConcurrency: 2 } }]);
});

test('it hears the events that ask for a call, and what an operator has taken again', () => {
  const rules = propertiesOf(template, 'AWS::Events::Rule').filter(({ EventPattern }) => EventPattern?.source.includes('calls'));
  expect(rules).toMatchObject([{ EventPattern: { source: ['calls'], 'detail-type': ['ParcelPacked.v1', 'SendAgain'] } }]);
});

test('its function may use its own secret, queue and circuit, append commands of answers and park them, and nothing else', () => {
  const grants = permissionsIn(template)
    .filter(({ who, action }) => who === 'CallsCallstocourierFunctionRole' && !/^(logs:|sts:|xray:)/.test(action))
    .map(({ action, resource }) => `${action} ${resource.split(':').at(-1)}`);
  expect(grants.filter((grant) => !/GetQueue|ChangeMessage|ReceiveMessage|DeleteMessage/.test(grant)).sort()).toEqual([
    'dynamodb:DeleteItem table/CallsCircuits',
    'dynamodb:DeleteItem table/EventStoreNames',
    'dynamodb:DeleteItem table/ParkedTable',
    'dynamodb:GetItem table/CallsCircuits',
    'dynamodb:PutItem table/CallsCircuits',
    'dynamodb:PutItem table/EventStoreEvents',
    'dynamodb:PutItem table/EventStoreNames',
    'dynamodb:PutItem table/ParkedTable',
    'dynamodb:Query table/EventStoreEvents',
    'dynamodb:Query table/ParkedTable',
    'dynamodb:UpdateItem table/CallsCircuits',
    expect.stringMatching(/^secretsmanager:GetSecretValue .*CallsSecretscourier/),
    'sqs:SendMessage CallsCallstocourierAskedDeadLetters',
    'sqs:SendMessage CallsCallstocourierAskedQueue',
  ]);
});

test('the stack makes the secret without a value, keeps it, and never has its value in the template', () => {
  const secrets = Object.entries(template.findResources('AWS::SecretsManager::Secret')).filter(([id]) => id.startsWith('CallsSecrets'));
  expect(secrets).toMatchObject([
    [expect.anything(), { DeletionPolicy: 'Retain', Properties: { Description: 'The credentials of the calls to courier' } }],
  ]);
  expect(secrets[0]?.[1]['Properties']).not.toHaveProperty('GenerateSecretString');
  expect(secrets[0]?.[1]['Properties']).not.toHaveProperty('SecretString');
});

test('a secret that exists is named by its ARN, and the function may read that one', () => {
  const arn = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:courier-key-AbCdEf';
  const own = stackWith({ credentials: `courier=${arn}` });
  expect(Object.keys(own.findResources('AWS::SecretsManager::Secret')).filter((id) => id.startsWith('CallsSecrets'))).toEqual([]);
  expect(callerIn(own)[0]?.['Environment'].Variables.CALL_SECRETS).toBe(JSON.stringify({ courier: arn }));
  const reads = permissionsIn(own).filter(({ action }) => action.startsWith('secretsmanager:'));
  expect(reads).toMatchObject([{ who: 'CallsCallstocourierFunctionRole', action: 'secretsmanager:GetSecretValue', resource: arn }]);
});

test.each([
  ['courier=courier-key', 'is not the full ARN of a secret'],
  ['courier=arn:aws:secretsmanager:eu-central-1:111122223333:secret:courier-key', 'is not the full ARN of a secret'],
  ['bank=arn:aws:secretsmanager:eu-central-1:111122223333:secret:bank-AbCdEf', "names 'bank', which the domain calls without credentials"],
])('the setting credentials=%s stops the synthesis: %s', (credentials, message) => {
  expect(() => stackWith({ credentials })).toThrow(message);
});

test('the tools learn where its queue, its circuit and its secret are', () => {
  const outputs = template.findOutputs('*');
  expect(Object.keys(outputs)).toEqual(expect.arrayContaining(['CallQueues', 'CallSecrets', 'CircuitsTable', 'ParkedCommands']));
});

test('without limits, credentials and answers it is what it was: one function, and no table, secret or output', () => {
  jest.spyOn(console, 'error').mockImplementation(() => {});
  const { name, of, on } = courier;
  const plain = stackWith({}, { ...domain, calls: [{ name, of, on } as typeof courier] });
  const ids = Object.keys(plain.toJSON()['Resources']).filter((id) => id.startsWith('Calls'));
  expect(ids.filter((id) => /Circuits|Secrets|Callsto/.test(id))).toEqual([]);
  expect(callerIn(plain)[0]?.['Environment'].Variables).not.toHaveProperty('CALL_QUEUE');
  expect(Object.keys(plain.findOutputs('*')).filter((id) => /^(Call|Circuit|Parked)/.test(id))).toEqual([]);
});

test('operators have the rights that `es calls` uses, on the queues of third parties with limits', () => {
  const { imports } = { imports: readFileSync('cli/es/calls.ts', 'utf8').match(/\b\w+(?=Command,)/g) };
  expect([...(imports ?? [])].sort()).toEqual([
    'ChangeMessageVisibility',
    'DeleteMessage',
    'GetQueueAttributes',
    'ReceiveMessage',
    'SendMessage',
  ]);
  const grants = permissionsIn(template)
    .filter(({ who, resource }) => who === 'OperatorsRole' && /Calls/.test(resource))
    .map(({ action, resource }) => `${action} ${resource.split(':').at(-1)}`);
  expect(grants.sort()).toEqual([
    'dynamodb:GetItem table/CallsCircuits',
    'sqs:ChangeMessageVisibility CallsCallstocourierAskedDeadLetters',
    'sqs:DeleteMessage CallsCallstocourierAskedDeadLetters',
    'sqs:GetQueueAttributes CallsCallstocourierAskedDeadLetters',
    'sqs:GetQueueAttributes CallsCallstocourierAskedQueue',
    'sqs:ReceiveMessage CallsCallstocourierAskedDeadLetters',
    'sqs:SendMessage CallsCallstocourierAskedQueue',
  ]);
});

test('the alarm rings while calls wait, and is silent in health and afterwards', () => {
  const [alarm] = propertiesOf(template, 'AWS::CloudWatch::Alarm').filter(({ AlarmName }) => AlarmName.includes('third party is down'));
  const endOf = (...values: Series) => statesOf(alarm as unknown as AlarmProperties, { callsHeld: values }, 8).at(-1);
  expect([endOf(1), endOf(), endOf(0, 0), endOf(40, 1, undefined, undefined, undefined, undefined)]).toEqual(['ALARM', 'OK', 'OK', 'OK']);
});

test('with a key of its own the stage encrypts the circuits and the secret with it', () => {
  const own = stackWith({ ownKey: 'true' });
  const [circuits] = Object.entries(own.findResources('AWS::DynamoDB::GlobalTable')).filter(([id]) => id.startsWith('CallsCircuits'));
  const [secret] = Object.entries(own.findResources('AWS::SecretsManager::Secret')).filter(([id]) => id.startsWith('CallsSecrets'));
  expect(circuits?.[1]['Properties'].SSESpecification).toEqual({ SSEEnabled: true, SSEType: 'KMS' });
  expect(secret?.[1]['Properties'].KmsKeyId).toBeDefined();
});
