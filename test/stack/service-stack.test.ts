import { expect, test } from '@jest/globals';
import { propertiesOf, synthesize } from './synthesize.ts';

const template = synthesize();
const { Resources, Outputs } = template.toJSON();
const getAtt = (id: string, attribute: string) => ({ 'Fn::GetAtt': [expect.stringMatching(`^${id}`), attribute] });

test('the resource types are few, and the local runner knows them', () => {
  const types = Object.values<{ Type: string }>(Resources).map(({ Type }) => Type);
  expect([...new Set(types)].sort()).toEqual([
    'AWS::ApiGatewayV2::Api',
    'AWS::ApiGatewayV2::Authorizer',
    'AWS::ApiGatewayV2::Integration',
    'AWS::ApiGatewayV2::Route',
    'AWS::ApiGatewayV2::Stage',
    'AWS::CloudWatch::Alarm',
    'AWS::CloudWatch::Dashboard',
    'AWS::DynamoDB::GlobalTable',
    'AWS::Events::Archive',
    'AWS::Events::EventBus',
    'AWS::Events::Rule',
    'AWS::IAM::ManagedPolicy',
    'AWS::IAM::Policy',
    'AWS::IAM::Role',
    'AWS::Lambda::Alias',
    'AWS::Lambda::EventInvokeConfig',
    'AWS::Lambda::EventSourceMapping',
    'AWS::Lambda::Function',
    'AWS::Lambda::Permission',
    'AWS::Logs::LogGroup',
    'AWS::S3::Bucket',
    'AWS::S3::BucketPolicy',
    'AWS::SNS::Topic',
    'AWS::SNS::TopicPolicy',
    'AWS::SQS::Queue',
    'AWS::SQS::QueuePolicy',
    'AWS::SecretsManager::Secret',
    'AWS::StepFunctions::StateMachine',
  ]);
});

test.each([
  ['AWS::DynamoDB::GlobalTable', 'TableName'],
  ['AWS::Lambda::Function', 'FunctionName'],
  ['AWS::S3::Bucket', 'BucketName'],
  ['AWS::IAM::Role', 'RoleName'],
  ['AWS::StepFunctions::StateMachine', 'StateMachineName'],
  ['AWS::Events::Rule', 'Name'],
  ['AWS::SQS::Queue', 'QueueName'],
])('no %s has a fixed name: it can be replaced, and what a failed first deployment leaves blocks no second one: %s', (type, name) => {
  const named = propertiesOf(template, type).filter((properties) => name in properties);
  expect(named).toEqual([]);
});

test('commands go to Commands, the position of a saga to Sagas, other requests to Queries; HEAD goes where GET goes', () => {
  const to = (name: string) => ({ 'Fn::Join': ['', ['integrations/', { Ref: expect.stringMatching(`^${name}`) }]] });
  const deployed = propertiesOf(template, 'AWS::ApiGatewayV2::Route').map(({ RouteKey, Target }) => [RouteKey, Target]);
  const got = ['/{projection}/{key}', '/{projection}', '/streams/{aggregate}/{id}', '/streams/{aggregate}/{id}/state'];
  got.push('/streams/{aggregate}/{id}/published', '/parked/{projection}', '/openapi.json', '/asyncapi.json', '/health', '/');
  const ofSagas = ['/sagas/{saga}/{id}', '/sagas/{saga}/{id}/runs'];
  expect(Object.fromEntries(deployed)).toEqual({
    'POST /{aggregate}/{id}/{command}': to('Commands'),
    ...Object.fromEntries(got.flatMap((path) => [`GET ${path}`, `HEAD ${path}`]).map((key) => [key, to('Queries')])),
    ...Object.fromEntries(ofSagas.flatMap((path) => [`GET ${path}`, `HEAD ${path}`]).map((key) => [key, to('Sagas')])),
    $default: to('Queries'),
  });
});

test('the API may invoke them, with requests in format 2.0', () => {
  const arns = [getAtt('CommandsFunction', 'Arn'), getAtt('QueriesFunction', 'Arn'), getAtt('SagasQueryFunction', 'Arn')];
  expect(propertiesOf(template, 'AWS::ApiGatewayV2::Integration')).toMatchObject(
    arns.map((IntegrationUri) => ({ IntegrationUri, IntegrationType: 'AWS_PROXY', PayloadFormatVersion: '2.0' })),
  );
  const permissions = propertiesOf(template, 'AWS::Lambda::Permission');
  const forEachRouteOfSagas = [arns[2], arns[2], arns[2]]; // GET and HEAD of both: one permission is among those of the functions.
  expect(permissions.filter(({ Principal }) => Principal !== 'events.amazonaws.com')).toMatchObject(
    [...arns, ...forEachRouteOfSagas].map((FunctionName) => ({
      FunctionName,
      Action: 'lambda:InvokeFunction',
      Principal: 'apigateway.amazonaws.com',
    })),
  );
});

test("the stack's outputs are its HTTP API, its bus, the tables of the log, the read side, and what operators need", () => {
  expect(propertiesOf(template, 'AWS::ApiGatewayV2::Api')).toEqual([{ Name: 'foldstream-test', ProtocolType: 'HTTP' }]);
  expect(propertiesOf(template, 'AWS::ApiGatewayV2::Stage')).toMatchObject([{ StageName: '$default', AutoDeploy: true }]);
  expect(Outputs).toEqual({
    AlarmTopic: { Value: { Ref: expect.stringMatching('^Alarms') } },
    ApiUrl: { Value: getAtt('Api', 'ApiEndpoint') },
    EventBus: { Value: { Ref: expect.stringMatching('^RelayBus') } },
    EventsTable: { Value: { Ref: expect.stringMatching('^EventStoreEvents') } },
    SagaMachines: { Value: { 'Fn::Join': ['', ['{"fulfilment":"', { Ref: expect.stringMatching('^Sagasfulfilment') }, '"}']] } },
    SagaTable: { Value: { Ref: expect.stringMatching('^SagasWaiting') } },
    NamesTable: { Value: { Ref: expect.stringMatching('^EventStoreNames') } },
    ReadModelTables: { Value: { 'Fn::Join': ['', expect.arrayContaining([{ Ref: expect.stringMatching('^ReadModelsordersummaryr1') }])] } },
    PointersTable: { Value: { Ref: expect.stringMatching('^PointersTable') } },
    DiscardedBatches: { Value: { Ref: expect.stringMatching('^ProjectorDiscardedBucket') } },
    Anchors: { Value: { Ref: expect.stringMatching('^AnchorBucket') } },
    OperatorFunction: { Value: { Ref: expect.stringMatching('^CommandsOperators') } },
    OperatorRole: { Value: getAtt('OperatorsRole', 'Arn') },
    DiscardedByRelay: { Value: { Ref: expect.stringMatching('^RelayDiscardedBucket') } },
    RelayPositions: { Value: { 'Fn::Join': ['', ['{"relay@1":"', { Ref: expect.stringMatching('^RelayPositions') }, '"}']] } },
  });
});

test("logs that a service of AWS writes share one line of the account's policy, and reserve no name that the next release needs", () => {
  const names = propertiesOf(template, 'AWS::Logs::LogGroup').flatMap(({ LogGroupName }) => LogGroupName ?? []);
  const unique = { 'Fn::Select': [2, { 'Fn::Split': ['/', { Ref: 'AWS::StackId' }] }] };
  const of = (name: string) => ({ 'Fn::Join': ['', [`/aws/vendedlogs/${name}-`, unique]] });
  expect(names).toEqual([
    of('apis/foldstream-test-Api-Requests'),
    of('states/foldstream-test-Sagas-fulfilmentLog'),
    of('states/foldstream-test-Rebuild-MachineLog'),
    of('states/foldstream-test-Audit-MachineLog'),
    of('states/foldstream-test-Anchor-MachineLog'),
  ]);
  const named = Object.values(template.findResources('AWS::Logs::LogGroup')).filter(({ Properties }) => 'LogGroupName' in Properties);
  for (const log of named) expect(log).toMatchObject({ DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete' });
  const others = Object.entries(template.findResources('AWS::Logs::LogGroup')).filter(
    ([, { Properties }]) => !('LogGroupName' in Properties),
  );
  for (const [id] of others) expect(id).toMatch(/FunctionLog/); // Those a function writes by itself.
});
