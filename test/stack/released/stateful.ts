import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a release must keep of one resource: its type, and the properties that tie it to its data. A property that is absent is `null`. */
export interface Kept {
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** The stateful resources of an assembly: by stack, then by logical id. */
export type Stacks = Readonly<Record<string, Readonly<Record<string, Kept>>>>;

/**
 * The resource types that hold data or an identity, with the properties whose change makes CloudFormation replace the resource: a new,
 * empty one takes its place. Source: `causesReplacement` in the resource database of the CDK (`node_modules/aws-cdk/db.json.gz`).
 */
const replacing: Readonly<Record<string, readonly string[]>> = {
  // The id of the API is part of its URL, which clients have.
  'AWS::ApiGatewayV2::Api': ['ProtocolType'],
  'AWS::DynamoDB::GlobalTable': ['TableName', 'KeySchema', 'LocalSecondaryIndexes'],
  'AWS::Events::Archive': ['ArchiveName', 'SourceArn'],
  'AWS::Events::EventBus': ['Name', 'EventSourceName'],
  // A key has no such property. A key that is removed takes with it what it has encrypted.
  'AWS::KMS::Key': [],
  // A mapping that is replaced loses its place in the stream.
  'AWS::Lambda::EventSourceMapping': [
    'EventSourceArn',
    'StartingPosition',
    'StartingPositionTimestamp',
    'SelfManagedEventSource',
    'SelfManagedKafkaEventSourceConfig',
    'AmazonManagedKafkaEventSourceConfig',
  ],
  'AWS::Logs::LogGroup': ['LogGroupName'],
  'AWS::S3::Bucket': ['BucketName', 'BucketNamePrefix', 'BucketNamespace', 'ObjectLockEnabled'],
  // A subscription that is replaced must be confirmed again by the person who has the address.
  'AWS::SNS::Subscription': ['Endpoint', 'Protocol', 'TopicArn'],
  'AWS::SNS::Topic': ['TopicName', 'FifoTopic'],
  'AWS::SQS::Queue': ['QueueName', 'FifoQueue'],
  // A machine that is replaced ends its executions: the sagas that wait.
  'AWS::StepFunctions::StateMachine': ['StateMachineName', 'StateMachineType'],
};

/** The types that hold nothing: a new resource does what the old one did. */
const stateless: ReadonlySet<string> = new Set([
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
  'AWS::Lambda::Alias',
  'AWS::Lambda::EventInvokeConfig',
  'AWS::Lambda::Function',
  'AWS::Lambda::Permission',
  'AWS::S3::BucketPolicy',
  // The key that seals cursors: under a new one a client begins its list again.
  'AWS::SecretsManager::Secret',
  'AWS::SNS::TopicPolicy',
  'AWS::SQS::QueuePolicy',
  // Empties a bucket of a dev stage that is destroyed.
  'Custom::S3AutoDeleteObjects',
]);

interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

/** The stateful resources in the folder of a cloud assembly. @throws Error, naming a type that neither table has. */
export const statefulIn = (assembly: string): Stacks => {
  const { artifacts } = JSON.parse(readFileSync(join(assembly, 'manifest.json'), 'utf8')) as { readonly artifacts: Artifacts };
  const stacks = Object.entries(artifacts).filter(([, { type }]) => type === 'aws:cloudformation:stack');
  return Object.fromEntries(
    stacks.map(([id, { properties }]) => {
      const template = JSON.parse(readFileSync(join(assembly, properties.templateFile), 'utf8')) as Template;
      return [properties.stackName ?? id, keptOf(template)];
    }),
  );
};

interface Template {
  readonly Resources: Readonly<Record<string, Resource>>;
}
type Artifacts = Readonly<
  Record<string, { readonly type: string; readonly properties: { readonly templateFile: string; readonly stackName?: string } }>
>;

export const keptOf = ({ Resources }: Template): Readonly<Record<string, Kept>> =>
  Object.fromEntries(
    Object.entries(Resources).flatMap(([id, resource]) => {
      if (stateless.has(resource.Type)) return [];
      if (!Object.hasOwn(replacing, resource.Type))
        throw new Error(
          `${id}: no table says whether a ${resource.Type} holds data. Add the type to one (test/stack/released/stateful.ts).`,
        );
      return [[id, { type: resource.Type, properties: propertiesOf(resource) }]];
    }),
  );

const propertiesOf = ({ Type, Properties = {}, DeletionPolicy, UpdateReplacePolicy }: Resource): Kept['properties'] => ({
  ...Object.fromEntries((replacing[Type] ?? []).map((name) => [name, Properties[name] ?? null])),
  ...(Type === 'AWS::DynamoDB::GlobalTable' ? partsOf(Properties as unknown as Table) : {}),
  // A resource that CloudFormation deletes only if the deployment that creates it fails is kept as well.
  ...(DeletionPolicy === 'Retain' || DeletionPolicy === 'RetainExceptOnCreate' ? { DeletionPolicy: 'Retain' } : {}),
  ...(UpdateReplacePolicy === 'Retain' ? { UpdateReplacePolicy } : {}),
});

interface Table {
  readonly AttributeDefinitions: readonly { readonly AttributeName: string; readonly AttributeType: string }[];
  readonly GlobalSecondaryIndexes?: readonly { readonly IndexName: string; readonly KeySchema: unknown; readonly Projection: unknown }[];
  readonly Replicas: readonly { readonly Region: unknown }[];
  readonly StreamSpecification?: unknown;
}

/**
 * What DynamoDB cannot change in place though CloudFormation calls it an update: another stream view is another stream, another key of
 * an index is another index, and a region that is removed loses its copy. Each part has a name of its own, so that a release may add more.
 */
const partsOf = (table: Table): Kept['properties'] => ({
  ...(table.StreamSpecification === undefined ? {} : { StreamSpecification: table.StreamSpecification }),
  ...named('attribute', table.AttributeDefinitions, ({ AttributeName, AttributeType }) => [AttributeName, AttributeType]),
  ...named('index', table.GlobalSecondaryIndexes ?? [], ({ IndexName, ...index }) => [
    IndexName,
    { KeySchema: index.KeySchema, Projection: index.Projection },
  ]),
  ...named('replica', table.Replicas, ({ Region }) => [JSON.stringify(Region), true]),
});

const named = <T>(kind: string, parts: readonly T[], entry: (part: T) => readonly [string, unknown]): Kept['properties'] =>
  Object.fromEntries(parts.map(entry).map(([name, value]) => [`${kind} ${name}`, value]));
