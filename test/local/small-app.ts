import { mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const sdk = pathToFileURL(createRequire(import.meta.url).resolve('@aws-sdk/client-dynamodb')).href;

/** The code of the functions: one writes, one follows the stream, one reads what the follower has seen. */
const code = `
import dynamodb from '${sdk}';
const { DynamoDBClient, GetItemCommand, PutItemCommand } = dynamodb;
const client = new DynamoDBClient();
const put = (TableName, id) => client.send(new PutItemCommand({ TableName, Item: { id: { S: id } } }));

export const write = async ({ pathParameters: { id } }) => {
  if (id === 'crash') process.exit(1);
  await put(process.env.EVENTS, id);
  return { statusCode: 200, body: id };
};
export const follow = async ({ Records }) => {
  for (const { dynamodb: { Keys: { id }, SequenceNumber } } of Records) {
    if (id.S.startsWith('poison')) return { batchItemFailures: [{ itemIdentifier: SequenceNumber }] };
    await put(process.env.SEEN, id.S);
  }
};
export const read = async ({ pathParameters: { id } }) => {
  const { Item } = await client.send(new GetItemCommand({ TableName: process.env.SEEN, Key: { id: { S: id } }, ConsistentRead: true }));
  return { statusCode: Item === undefined ? 404 : 200 };
};
`;

export const table = (more: object = {}) => ({
  Type: 'AWS::DynamoDB::GlobalTable',
  Properties: {
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    ...more,
  },
});

export const lambda = (handler: string, variables: object) => ({
  Type: 'AWS::Lambda::Function',
  Properties: {
    Code: { S3Bucket: 'assets', S3Key: 'code.zip' },
    Environment: { Variables: variables },
    Handler: `index.${handler}`,
    Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
    Runtime: 'nodejs24.x',
    Timeout: 10,
  },
});

export const routed = (name: string, key: string) => ({
  [`${name}Integration`]: {
    Type: 'AWS::ApiGatewayV2::Integration',
    Properties: {
      ApiId: { Ref: 'Api' },
      IntegrationType: 'AWS_PROXY',
      IntegrationUri: { 'Fn::GetAtt': [name, 'Arn'] },
      PayloadFormatVersion: '2.0',
    },
  },
  [`${name}Route`]: {
    Type: 'AWS::ApiGatewayV2::Route',
    Properties: { ApiId: { Ref: 'Api' }, RouteKey: key, Target: { 'Fn::Join': ['', ['integrations/', { Ref: `${name}Integration` }]] } },
  },
});

/** A stack with one of everything that the local system runs. */
export const smallStack = {
  Role: { Type: 'AWS::IAM::Role' },
  Events: table({ StreamSpecification: { StreamViewType: 'NEW_IMAGE' } }),
  Seen: table(),
  Discarded: { Type: 'AWS::S3::Bucket' },
  Write: lambda('write', { EVENTS: { Ref: 'Events' } }),
  Follow: lambda('follow', { SEEN: { Ref: 'Seen' } }),
  Read: lambda('read', { SEEN: { Ref: 'Seen' } }),
  Mapping: {
    Type: 'AWS::Lambda::EventSourceMapping',
    Properties: {
      BatchSize: 10,
      BisectBatchOnFunctionError: true,
      DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': ['Discarded', 'Arn'] } } },
      EventSourceArn: { 'Fn::GetAtt': ['Events', 'StreamArn'] },
      FilterCriteria: {
        Filters: [{ Pattern: '{"eventName":["INSERT"],"dynamodb":{"Keys":{"id":{"S":[{"anything-but":{"prefix":"skip"}}]}}}}' }],
      },
      FunctionName: { Ref: 'Follow' },
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      MaximumRetryAttempts: 1,
      StartingPosition: 'TRIM_HORIZON',
    },
  },
  Api: { Type: 'AWS::ApiGatewayV2::Api', Properties: { Name: 'small', ProtocolType: 'HTTP' } },
  Stage: { Type: 'AWS::ApiGatewayV2::Stage', Properties: { ApiId: { Ref: 'Api' }, AutoDeploy: true, StageName: '$default' } },
  ...routed('Write', 'POST /write/{id}'),
  ...routed('Read', 'GET /seen/{id}'),
};

/** Writes a cloud assembly as `cdk synth` would leave it. */
export const writeAssembly = async (folder: string, Resources: object = smallStack, functions: string = code): Promise<void> => {
  await mkdir(join(folder, 'asset.code'), { recursive: true });
  const file = {
    source: { path: 'asset.code', packaging: 'zip' },
    destinations: { here: { bucketName: 'assets', objectKey: 'code.zip' } },
  };
  const artifacts = {
    assets: { type: 'cdk:asset-manifest', properties: { file: 'small.assets.json' } },
    small: {
      type: 'aws:cloudformation:stack',
      environment: 'aws://unknown-account/unknown-region',
      properties: { templateFile: 'small.template.json' },
    },
    Tree: { type: 'cdk:tree', properties: { file: 'tree.json' } },
  };
  await writeFile(join(folder, 'asset.code/index.mjs'), functions);
  await writeFile(join(folder, 'manifest.json'), JSON.stringify({ version: '55.0.0', artifacts }));
  await writeFile(join(folder, 'small.assets.json'), JSON.stringify({ files: { code: file } }));
  await writeFile(join(folder, 'small.template.json'), JSON.stringify({ Resources }));
};
