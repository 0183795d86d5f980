import { Aws, type CfnResource, Fn, Lazy, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { CfnPolicy, type IRole, PolicyDocument, PolicyStatement, type PolicyStatementProps, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { Construct, IConstruct } from 'constructs';
import { stageOf } from './stage.ts';

/** The key of a stage with `ownKey`, the roles that use it, and what it encrypts. */
interface OwnKey {
  readonly key: Key;
  readonly users: Set<IRole>;
  readonly policy: CfnPolicy;
  readonly stores: CfnResource[];
}

const ownKeys = new WeakMap<Stack, OwnKey>();

/** Makes the key of the stack, if the stage has `ownKey`. Its id is a contract: a key that is replaced takes with it what it has encrypted. */
export const makeOwnKey = (scope: Construct): void => {
  const { keepsData, ownKey } = stageOf(scope);
  if (!ownKey) return;
  const removalPolicy = keepsData ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY;
  const key = new Key(scope, 'Key', { enableKeyRotation: true, removalPolicy });
  for (const statement of servicesThatStore(Stack.of(scope))) key.addToResourcePolicy(statement);
  const users = new Set<IRole>();
  ownKeys.set(Stack.of(scope), { key, users, policy: policyOf(scope, 'KeyUsers', { key, users }), stores: [] });
};

/**
 * Encrypts a store with the stage's own key, if the stage has `ownKey`. Otherwise it changes nothing: AWS encrypts the store with a key of
 * its own. Every construct that stores data goes through this function. @throws Error for a type of resource that has no line here.
 */
export const underOwnKey = <Store extends IConstruct>(store: Store): Store => {
  const own = ownKeyOf(store);
  if (own === undefined) return store;
  const resource = store.node.defaultChild as CfnResource;
  const encryption = encryptions[resource.cfnResourceType];
  if (encryption === undefined)
    throw new Error(`${store.node.path}: lib/own-key.ts does not say how a ${resource.cfnResourceType} is encrypted`);
  for (const [property, value] of Object.entries(encryption(own.key.keyArn))) resource.addPropertyOverride(property, value);
  own.stores.push(resource);
  return store;
};

/** Lets a role use the key by the services that store for it. A right to the store itself is another grant. */
export const letUseOwnKey = (role: IRole | undefined, scope: IConstruct): void => {
  if (role !== undefined) ownKeyOf(scope)?.users.add(role);
};

/** Lets principals of other accounts send what the key encrypts to a queue. A right to the queue itself is another grant. */
export const letAccountsUseOwnKey = (scope: IConstruct, principals: PolicyStatementProps['principals']): void => {
  const own = ownKeyOf(scope);
  if (own === undefined || principals === undefined) return;
  const viaQueues = { StringEquals: { 'kms:ViaService': Fn.join('.', ['sqs', Aws.REGION, Aws.URL_SUFFIX]) } };
  const actions = ['kms:Decrypt', 'kms:GenerateDataKey'];
  own.key.addToResourcePolicy(new PolicyStatement({ principals, actions, resources: ['*'], conditions: viaQueues }));
};

/** One policy for many roles: a policy for each would be one of the 500 resources that a stack may have. */
const policyOf = (scope: Construct, id: string, { key, users }: Pick<OwnKey, 'key' | 'users'>): CfnPolicy =>
  new CfnPolicy(scope, id, {
    policyName: id,
    policyDocument: new PolicyDocument({ statements: [new PolicyStatement({ actions: uses, resources: [key.keyArn] })] }),
    roles: Lazy.list({ produce: () => [...users].map(({ roleName }) => roleName) }),
  });

/**
 * Lets the roles use the key before it encrypts a store. Otherwise functions would be refused for some minutes, when a stage that exists gets
 * the key. `late` has the constructs that wait for stores themselves: their roles get the right in a policy of their own. It is impossible
 * where policies are written into the roles: a role then refers to the tables that would wait for it.
 */
export const letUsersComeFirst = (stack: Stack, { late }: { readonly late: readonly IConstruct[] }): void => {
  const own = ownKeys.get(stack);
  if (own === undefined) return;
  const isLate = ({ node }: IConstruct): boolean => late.some((one) => node.scopes.includes(one));
  const lateUsers = new Set([...own.users].filter(isLate));
  for (const role of lateUsers) own.users.delete(role);
  policyOf(own.policy.node.scope as Construct, 'LateKeyUsers', { key: own.key, users: lateUsers });
  for (const store of own.stores.filter((one) => !isLate(one))) store.addResourceDependency(own.policy);
};

const ownKeyOf = (scope: IConstruct): OwnKey | undefined => {
  if (!stageOf(scope as Construct).ownKey) return undefined;
  const own = ownKeys.get(Stack.of(scope));
  if (own === undefined) throw new Error(`${scope.node.path}: the EventStore makes the key of the stage, so it comes first in the stack`);
  return own;
};

/** What DynamoDB, S3, SQS, Step Functions and Lambda do with the key on behalf of a role. */
const uses = [
  ...['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey', 'kms:GenerateDataKeyWithoutPlaintext'],
  ...['kms:ReEncryptFrom', 'kms:ReEncryptTo'],
];

/** The properties that encrypt each type of store. CloudFormation changes all of them in place. */
const encryptions: Readonly<Record<string, (keyArn: string) => Readonly<Record<string, unknown>>>> = {
  // `TableV2` accepts a key only in a stack with a fixed region, and this stack has none.
  'AWS::DynamoDB::GlobalTable': (KMSMasterKeyId) => ({
    SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
    'Replicas.0.SSESpecification': { KMSMasterKeyId },
  }),
  'AWS::Events::Archive': (KmsKeyIdentifier) => ({ KmsKeyIdentifier }),
  'AWS::Events::EventBus': (KmsKeyIdentifier) => ({ KmsKeyIdentifier }),
  // The environment of the function.
  'AWS::Lambda::Function': (KmsKeyArn) => ({ KmsKeyArn }),
  'AWS::Logs::LogGroup': (KmsKeyId) => ({ KmsKeyId }),
  // With a bucket key, S3 uses the key once for many objects.
  'AWS::S3::Bucket': (KMSMasterKeyID) => ({
    'BucketEncryption.ServerSideEncryptionConfiguration': [
      { BucketKeyEnabled: true, ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID } },
    ],
  }),
  'AWS::SNS::Topic': (KmsMasterKeyId) => ({ KmsMasterKeyId }),
  'AWS::SQS::Queue': (KmsMasterKeyId) => ({ KmsMasterKeyId, SqsManagedSseEnabled: undefined }),
  'AWS::SecretsManager::Secret': (KmsKeyId) => ({ KmsKeyId }),
  'AWS::StepFunctions::StateMachine': (KmsKeyId) => ({
    EncryptionConfiguration: { Type: 'CUSTOMER_MANAGED_KMS_KEY', KmsKeyId, KmsDataKeyReusePeriodSeconds: 300 },
  }),
};

/** The services that use the key in their own name, each for resources of this account alone. */
const servicesThatStore = (stack: Stack): readonly PolicyStatement[] => {
  const ofThisAccount = { 'aws:SourceAccount': stack.account };
  const allow = (service: string, props: PolicyStatementProps) =>
    new PolicyStatement({ principals: [new ServicePrincipal(service)], resources: ['*'], ...props });
  const named = (service: string, resource: string) => stack.formatArn({ service, resource, resourceName: '*' });
  return [
    allow(Fn.join('.', ['logs', Aws.REGION, Aws.URL_SUFFIX]), {
      sid: 'LogGroups',
      actions: ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey*', 'kms:ReEncrypt*'],
      conditions: { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': `${stack.formatArn({ service: 'logs', resource: 'log-group' })}:*` } },
    }),
    allow('delivery.logs.amazonaws.com', {
      ...{ sid: 'LogsOfStateMachines', actions: ['kms:Decrypt'], conditions: { StringEquals: ofThisAccount } },
    }),
    allow('events.amazonaws.com', {
      ...{ sid: 'BusIsChecked', actions: ['kms:DescribeKey'], conditions: { StringEquals: ofThisAccount } },
    }),
    allow('events.amazonaws.com', {
      sid: 'BusAndArchive',
      actions: ['kms:Decrypt', 'kms:GenerateDataKey', 'kms:ReEncrypt*'],
      // An archive names no source, so this is the only condition that both know.
      conditions: { ArnLike: { 'kms:EncryptionContext:aws:events:event-bus:arn': named('events', 'event-bus') } },
    }),
    allow('events.amazonaws.com', {
      sid: 'RulesToQueues',
      actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
      conditions: { ArnLike: { 'aws:SourceArn': named('events', 'rule') }, StringEquals: ofThisAccount },
    }),
    allow('cloudwatch.amazonaws.com', {
      sid: 'AlarmsToTopic',
      actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
      conditions: { StringEquals: ofThisAccount },
    }),
  ];
};
