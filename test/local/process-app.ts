import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { lambda, routed, table } from './small-app.ts';

const sdk = (client: string): string => pathToFileURL(createRequire(import.meta.url).resolve(`@aws-sdk/client-${client}`)).href;

/** A process in small: an event starts an execution, which asks for something, is told, and ends. */
export const processCode = `
import dynamodb from '${sdk('dynamodb')}';
import eventbridge from '${sdk('eventbridge')}';
import sfn from '${sdk('sfn')}';
const database = new dynamodb.DynamoDBClient();
const bus = new eventbridge.EventBridgeClient();
const machines = new sfn.SFNClient();
const executionArn = (id) => process.env.MACHINE.replace(':stateMachine:', ':execution:') + ':' + id;
const error = (failure) => ({ statusCode: 409, body: failure.name });

export const publish = async ({ pathParameters: { id }, queryStringParameters: { as = 'Placed' } = {} }) => {
  const entry = { EventBusName: process.env.BUS, Source: 'small', DetailType: as, Detail: JSON.stringify({ id }) };
  for (;;) {
    const { FailedEntryCount } = await bus.send(new eventbridge.PutEventsCommand({ Entries: [entry] }));
    if (FailedEntryCount === 0) return { statusCode: 200 };
  }
};
export const receive = async ({ Records: [{ body, eventSource }, ...others] }) => {
  if (others.length > 0 || eventSource !== 'aws:sqs') throw new Error('not one message of a queue');
  return start(JSON.parse(body));
};
export const start = async ({ detail: { id } }) => {
  if (id === 'poison') throw new RangeError('it cannot');
  const input = JSON.stringify({ id });
  await machines.send(new sfn.StartExecutionCommand({ stateMachineArn: process.env.MACHINE, name: id, input }))
    .catch((failure) => { if (failure.name !== 'ExecutionAlreadyExists') throw failure; });
};
export const ask = async ({ id, token }) => {
  await database.send(new dynamodb.PutItemCommand({ TableName: process.env.TOKENS, Item: { id: { S: id }, token: { S: token } } }));
};
export const tell = async ({ pathParameters: { id } }) => {
  const { Item } = await database.send(new dynamodb.GetItemCommand({ TableName: process.env.TOKENS, Key: { id: { S: id } }, ConsistentRead: true }));
  if (Item === undefined) return { statusCode: 404 };
  return machines.send(new sfn.SendTaskSuccessCommand({ taskToken: Item.token.S, output: JSON.stringify({ told: id }) })).then(() => ({ statusCode: 200 }), error);
};
export const look = async ({ pathParameters: { id } }) => {
  try {
    const execution = await machines.send(new sfn.DescribeExecutionCommand({ executionArn: executionArn(id) }));
    const { events } = await machines.send(new sfn.GetExecutionHistoryCommand({ executionArn: executionArn(id) }));
    const { executions } = await machines.send(new sfn.ListExecutionsCommand({ stateMachineArn: process.env.MACHINE, maxResults: 1 }));
    return { statusCode: 200, body: JSON.stringify({ ...execution, history: events.map(({ type }) => type), listed: executions.length }) };
  } catch (failure) { return error(failure); }
};
export const echo = async (event) => event;
`;

const inDefinition = (...parts: unknown[]) => ({ 'Fn::Join': ['', parts] });

const definition = inDefinition(
  '{"StartAt":"Ask","States":{"Ask":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke.waitForTaskToken","Parameters":{"FunctionName":"',
  { 'Fn::GetAtt': ['Ask', 'Arn'] },
  '","Payload":{"id.$":"$.id","token.$":"$$.Task.Token"}},"TimeoutSeconds":1000000,"Next":"Pause"},',
  '"Pause":{"Type":"Wait","Seconds":60,"Next":"Repeat"},"Repeat":{"Type":"Task","Resource":"',
  { 'Fn::GetAtt': ['Echo', 'Arn'] },
  '","End":true}}}',
);

export const processStack = {
  Role: { Type: 'AWS::IAM::Role' },
  Tokens: table(),
  Bus: { Type: 'AWS::Events::EventBus', Properties: { Name: 'small' } },
  Dead: { Type: 'AWS::SQS::Queue' },
  Queue: {
    Type: 'AWS::SQS::Queue',
    Properties: {
      RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': ['Dead', 'Arn'] }, maxReceiveCount: 5 },
      VisibilityTimeout: 180,
      MessageRetentionPeriod: 1_209_600,
    },
  },
  Receive: lambda('receive', { MACHINE: { Ref: 'Machine' } }),
  Mapping: {
    Type: 'AWS::Lambda::EventSourceMapping',
    Properties: { EventSourceArn: { 'Fn::GetAtt': ['Queue', 'Arn'] }, FunctionName: { Ref: 'Receive' }, BatchSize: 1 },
  },
  Queued: {
    Type: 'AWS::Events::Rule',
    Properties: {
      EventBusName: { Ref: 'Bus' },
      EventPattern: { source: ['small'], 'detail-type': ['Queued'] },
      State: 'ENABLED',
      Targets: [{ Arn: { 'Fn::GetAtt': ['Queue', 'Arn'] }, Id: 'Target0' }],
    },
  },
  Publish: lambda('publish', { BUS: { Ref: 'Bus' } }),
  Start: lambda('start', { MACHINE: { Ref: 'Machine' } }),
  Ask: lambda('ask', { TOKENS: { Ref: 'Tokens' } }),
  Tell: lambda('tell', { TOKENS: { Ref: 'Tokens' } }),
  Look: lambda('look', { MACHINE: { Ref: 'Machine' } }),
  Echo: lambda('echo', {}),
  OnFailure: {
    Type: 'AWS::Lambda::EventInvokeConfig',
    Properties: {
      FunctionName: { Ref: 'Start' },
      Qualifier: '$LATEST',
      DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': ['Dead', 'Arn'] } } },
    },
  },
  Machine: { Type: 'AWS::StepFunctions::StateMachine', Properties: { DefinitionString: definition, RoleArn: 'role' } },
  Rule: {
    Type: 'AWS::Events::Rule',
    Properties: {
      EventBusName: { Ref: 'Bus' },
      EventPattern: { source: ['small'], 'detail-type': ['Placed'], detail: { id: [{ 'anything-but': 'ignored' }] } },
      State: 'ENABLED',
      Targets: [{ Arn: { 'Fn::GetAtt': ['Start', 'Arn'] }, Id: 'Target0' }],
    },
  },
  Api: { Type: 'AWS::ApiGatewayV2::Api', Properties: { Name: 'small', ProtocolType: 'HTTP' } },
  Stage: { Type: 'AWS::ApiGatewayV2::Stage', Properties: { ApiId: { Ref: 'Api' }, AutoDeploy: true, StageName: '$default' } },
  ...routed('Publish', 'POST /publish/{id}'),
  ...routed('Tell', 'POST /tell/{id}'),
  ...routed('Look', 'GET /look/{id}'),
};
