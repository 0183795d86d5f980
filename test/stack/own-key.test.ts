import { describe, expect, test } from '@jest/globals';
import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import type { Domain } from '../../core/registry/domain.ts';
import { bundlesApart } from '../../lib/bundle-options.ts';
import { Pointers } from '../../lib/pointers.ts';
import { ServiceStack } from '../../lib/service-stack.ts';
import { resources } from '../../local/resources/index.ts';
import { demandKnownTypes } from '../../local/template/deploy.ts';
import { domain as depot } from '../depot/index.ts';
import { domain as guesthouse } from '../guesthouse/index.ts';
import { domain as inn } from '../inn/index.ts';
import { domain as kiosk } from '../kiosk/index.ts';
import { domain as loyalty } from '../loyalty/index.ts';
import { domain as parcels } from '../parcels/index.ts';
import { domain as stay } from '../stay/index.ts';
import { domain as tower } from '../tower/index.ts';
import { permissionsIn } from './permissions.ts';
import { propertiesOf, quickApp, synthesize } from './synthesize.ts';

type Properties = Readonly<Record<string, unknown>>;

/**
 * Where each type of resource that stores data, or text that comes from data, names its key. A new type in the stack is in this table, or
 * in the list below it.
 */
const keyOf: Readonly<Record<string, string>> = {
  'AWS::DynamoDB::GlobalTable': 'Replicas.0.SSESpecification.KMSMasterKeyId',
  'AWS::Events::Archive': 'KmsKeyIdentifier',
  'AWS::Events::EventBus': 'KmsKeyIdentifier',
  'AWS::Lambda::Function': 'KmsKeyArn',
  'AWS::Logs::LogGroup': 'KmsKeyId',
  'AWS::S3::Bucket': 'BucketEncryption.ServerSideEncryptionConfiguration.0.ServerSideEncryptionByDefault.KMSMasterKeyID',
  'AWS::SNS::Topic': 'KmsMasterKeyId',
  'AWS::SQS::Queue': 'KmsMasterKeyId',
  'AWS::SecretsManager::Secret': 'KmsKeyId',
  'AWS::StepFunctions::StateMachine': 'EncryptionConfiguration.KmsKeyId',
};

/** What stores nothing but the settings of the template itself. */
const storesNothing: readonly string[] = [
  'AWS::ApiGatewayV2::Api',
  'AWS::ApiGatewayV2::Authorizer',
  'AWS::ApiGatewayV2::Integration',
  'AWS::ApiGatewayV2::Route',
  'AWS::ApiGatewayV2::Stage',
  'AWS::CloudWatch::Alarm',
  'AWS::CloudWatch::Dashboard',
  'AWS::Events::Rule',
  'AWS::IAM::ManagedPolicy',
  'AWS::IAM::Policy',
  'AWS::IAM::Role',
  'AWS::KMS::Key',
  'AWS::Lambda::Alias',
  'AWS::Lambda::EventInvokeConfig',
  'AWS::Lambda::EventSourceMapping',
  'AWS::Lambda::Permission',
  'AWS::S3::BucketPolicy',
  // Recurring ones have a name and a time in them. What reminders schedule at run time holds an address and a time: decision 39.
  'AWS::Scheduler::Schedule',
  'AWS::Scheduler::ScheduleGroup',
  'AWS::SNS::Subscription',
  'AWS::SNS::TopicPolicy',
  'AWS::SQS::QueuePolicy',
  'Custom::S3AutoDeleteObjects',
];

const at = (properties: Properties, path: string): unknown =>
  path.split('.').reduce<unknown>((value, name) => (value as Properties | undefined)?.[name], properties);

interface Resource {
  readonly Type: string;
  readonly Properties?: Properties;
  readonly DependsOn?: string | readonly string[];
}
const resourcesWith = (settings: Properties): readonly (readonly [string, Resource])[] =>
  Object.entries(synthesize(undefined, { alarmEmail: 'ops@example.com', ...settings }).toJSON()['Resources']);

/** Every store has the key of the stack. Answers how many there are. */
const demandOwnKey = (resources: readonly (readonly [string, Resource])[]): number => {
  const [keyId] = resources.find(([, { Type }]) => Type === 'AWS::KMS::Key') ?? [];
  // The function that empties the buckets of a dev stage has no environment.
  const isEmpty = ({ Type, Properties }: Resource) => Type === 'AWS::Lambda::Function' && Properties?.['Environment'] === undefined;
  const stores = resources.filter(([, resource]) => !storesNothing.includes(resource.Type) && !isEmpty(resource));
  const keys = stores.map(([id, { Type, Properties = {} }]) => [
    id,
    Object.hasOwn(keyOf, Type) ? at(Properties, keyOf[Type] ?? '') : `unknown: ${Type}`,
  ]);
  expect(Object.fromEntries(keys)).toEqual(Object.fromEntries(stores.map(([id]) => [id, { 'Fn::GetAtt': [keyId, 'Arn'] }])));
  return stores.length;
};

test.each(Object.entries({ depot, guesthouse, inn, kiosk, loyalty, parcels, stay, tower }))(
  'a stage with a key of its own encrypts with it what the processes of %s store',
  (_, domain: Domain) => {
    const endpoints = Object.fromEntries((domain.calls ?? []).map(({ name }) => [name, `https://${name}.example`]));
    const settings = { stage: 'prod', issuer: 'https://issuer.example', audience: 'foldstream', ownKey: true, endpoints };
    const { Resources } = Template.fromStack(new ServiceStack(quickApp(settings), 'foldstream-test', { domain })).toJSON();
    expect(demandOwnKey(Object.entries(Resources))).toBeGreaterThan(35);
  },
);

describe.each(['dev', 'prod'])('a %s stage with a key of its own', (stage) => {
  const resources = resourcesWith({ stage, ownKey: 'true' });

  test('encrypts every store of the stack with it', () => expect(demandOwnKey(resources)).toBeGreaterThan(40));

  test('is watched for every type of store', () => {
    const types = new Set(resources.map(([, { Type }]) => Type));
    const inNoDev = ['AWS::SNS::Topic'];
    expect(Object.keys(keyOf).filter((type) => !types.has(type))).toEqual(stage === 'dev' ? inNoDev : []);
  });

  test('lets each role of the service use it, before it encrypts anything that no role waits for', () => {
    const policies = resources.filter(([id]) => /^EventStore(Late)?KeyUsers/.test(id));
    const users = policies.flatMap(([, { Properties }]) => Properties?.['Roles']);
    const roles = resources
      .filter(([id, { Type }]) => Type === 'AWS::IAM::Role' && !id.startsWith('CustomS3'))
      .map(([id]) => ({ Ref: id }));
    expect(users).toHaveLength(roles.length);
    expect(users).toEqual(expect.arrayContaining(roles));
    const [first] = policies.map(([id]) => id).filter((id) => !id.includes('Late'));
    const stores = resources.filter(([id, { Type }]) => Object.hasOwn(keyOf, Type) && !/^(Rebuild|Steward|CustomS3)/.test(id));
    for (const [id, { DependsOn = [] }] of stores) expect([id, [DependsOn].flat()]).toEqual([id, expect.arrayContaining([first])]);
  });
});

// CDK itself writes the empty name of a key for the archive.
test('without it the template names no key of the account', () =>
  expect(JSON.stringify(resourcesWith({})).match(/"(kms:|Kms|KMS|SSESpecification)[^"]*(":(?!""))?/g)).toEqual(['"KmsKeyIdentifier']));

test('the roles use it for data, and manage it not', () => {
  const granted = permissionsIn(synthesize(undefined, { ownKey: true })).filter(
    ({ action, who }) => /^kms:/.test(action) && who !== 'EventStoreKey',
  );
  const use = ['Decrypt', 'DescribeKey', 'Encrypt', 'GenerateDataKey', 'GenerateDataKeyWithoutPlaintext', 'ReEncryptFrom', 'ReEncryptTo'];
  expect([...new Set(granted.map(({ action }) => action))].sort()).toEqual(use.map((one) => `kms:${one}`));
});

test('services use it in their own name for resources of this account alone', () => {
  const [key] = propertiesOf(synthesize(undefined, { ownKey: true }), 'AWS::KMS::Key');
  const statements: readonly Record<string, never>[] = key?.['KeyPolicy'].Statement;
  const ofServices = statements.filter(({ Principal }) => 'Service' in (Principal ?? {}));
  const account = { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } };
  expect(Object.fromEntries(ofServices.map(({ Sid, Condition }) => [Sid, Condition]))).toEqual({
    LogGroups: { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': expect.anything() } },
    LogsOfStateMachines: account,
    BusIsChecked: account,
    BusAndArchive: { ArnLike: { 'kms:EncryptionContext:aws:events:event-bus:arn': expect.anything() } },
    RulesToQueues: { ...account, ArnLike: { 'aws:SourceArn': expect.anything() } },
    AlarmsToTopic: account,
  });
  expect(JSON.stringify(ofServices.map(({ Condition }) => Condition)).match(/AWS::AccountId/g)).toHaveLength(ofServices.length + 1);
});

test('a queue under it is not under the key of SQS, too', () => {
  for (const queue of propertiesOf(synthesize(undefined, { ownKey: true }), 'AWS::SQS::Queue'))
    expect(queue).not.toHaveProperty('SqsManagedSseEnabled');
});

test('the local system runs a stage with a key of its own and a domain of its own, and has neither', () => {
  const template = synthesize(undefined, { ownKey: true, domainName: 'api.example.com', stage: 'dev', [bundlesApart]: 'true' }).toJSON();
  expect(() => demandKnownTypes(template as Parameters<typeof demandKnownTypes>[0], resources)).not.toThrow();
});

describe('a construct', () => {
  const stackWith = (settings: Properties) => new Stack(quickApp({ auth: 'none', ...settings }), 'test');

  test('that comes before the key is refused', () =>
    expect(() => new Pointers(stackWith({ ownKey: 'true' }), 'Pointers')).toThrow(
      'test/Pointers/Table: the EventStore makes the key of the stage',
    ));

  test('needs no key in a stage without one', () => expect(() => new Pointers(stackWith({}), 'Pointers')).not.toThrow());
});
