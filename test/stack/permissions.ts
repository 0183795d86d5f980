import type { Template } from 'aws-cdk-lib/assertions';

/** What a template allows: `action` and `resource` are IAM patterns, with the logical id of a resource for its name. */
export interface Permission {
  /** The role, or whatever else holds the statement: a table, a bucket, a managed policy. */
  readonly who: string;
  readonly action: string;
  readonly resource: string;
}

type Json = { readonly [key: string]: unknown };
type Resources = Readonly<Record<string, Json>>;

/** Every permission that a template gives, wherever it is written. One that cannot be read here counts as one for everything. */
export const permissionsIn = (template: Template): readonly Permission[] => {
  const resources: Resources = template.toJSON()['Resources'];
  return Object.entries(resources).flatMap(([id, resource]) => {
    const statements = objectsIn(resource).filter((object) => object['Effect'] === 'Allow');
    const managedPolicies = objectsIn(resource).filter((object) => 'ManagedPolicyArns' in object);
    return holdersOf(id, resource).flatMap((who) => [
      ...statements.flatMap((statement) => permissionsOf(who, statement, resources)),
      ...managedPolicies.map(() => ({ who, action: '*', resource: '*' })),
    ]);
  });
};

/** Whether it permits this action on this resource. */
export const permits = (permission: Permission, action: string, arn: string): boolean =>
  matches(permission.action, action) && isAbout(permission, arn);

/** Whether it permits anything on this resource. */
export const isAbout = ({ resource }: Permission, arn: string): boolean => matches(resource, arn);

const objectsIn = (value: unknown): readonly Json[] => {
  if (typeof value !== 'object' || value === null) return [];
  return [value as Json, ...Object.values(value).flatMap(objectsIn)];
};

/** A policy speaks for the roles that it is attached to, any other resource for itself. */
const holdersOf = (id: string, { Properties }: Json): readonly string[] => {
  const { Roles } = (Properties ?? {}) as { Roles?: readonly { Ref: string }[] };
  return Roles?.map(({ Ref }) => shorten(Ref)) ?? [shorten(id)];
};

/** Without an action or a resource it has NotAction or NotResource: all but some. A role's trust has neither, it is about the role. */
const permissionsOf = (who: string, statement: Json, resources: Resources): readonly Permission[] => {
  const { Action = '*', Resource = 'NotResource' in statement ? '*' : who } = statement;
  const arns = listOf(Resource).map((resource) => render(resource, resources));
  return listOf(Action).flatMap((action) => arns.map((resource) => ({ who, action: String(action), resource })));
};

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value]);

const arnOf: Readonly<Record<string, string>> = {
  'AWS::DynamoDB::GlobalTable': 'arn:aws:dynamodb:region:account:table/',
  'AWS::Events::EventBus': 'arn:aws:events:region:account:event-bus/',
  'AWS::IAM::Role': 'arn:aws:iam::account:role/',
  'AWS::KMS::Key': 'arn:aws:kms:region:account:key/',
  'AWS::Lambda::Function': 'arn:aws:lambda:region:account:function:',
  'AWS::S3::Bucket': 'arn:aws:s3:::',
  'AWS::SQS::Queue': 'arn:aws:sqs:region:account:',
  'AWS::StepFunctions::StateMachine': 'arn:aws:states:region:account:stateMachine:',
  'AWS::Logs::LogGroup': 'arn:aws:logs:region:account:log-group:',
};

interface Intrinsic {
  readonly Ref?: string;
  readonly 'Fn::GetAtt'?: readonly [string, string];
  readonly 'Fn::Join'?: readonly [string, readonly unknown[]];
  readonly 'Fn::Select'?: readonly [number, { readonly 'Fn::Split': readonly [string, unknown] }];
}

/** Intrinsic functions worked out as far as permissions need them. @throws Error at one that none has used so far. */
const render = (value: unknown, resources: Resources): string => {
  if (typeof value === 'string') return value;
  const { Ref, 'Fn::GetAtt': getAtt, 'Fn::Join': join, 'Fn::Select': select } = value as Intrinsic;
  if (Ref !== undefined) return pseudo[Ref] ?? shorten(Ref);
  if (join !== undefined) return join[1].map((part) => render(part, resources)).join(join[0]);
  if (select !== undefined) return render(select[1]['Fn::Split'][1], resources); // Of a name that is no ARN here: all of it.
  const [id = '', attribute] = getAtt ?? [];
  const arn = arnOf[String(resources[id]?.['Type'])];
  if (arn !== undefined && attribute === 'Arn') return `${arn}${shorten(id)}`;
  if (arn !== undefined && attribute === 'StreamArn') return `${arn}${shorten(id)}/stream/label`;
  throw new Error(`cannot tell which resource this is: ${JSON.stringify(value)}`);
};

const pseudo: Readonly<Record<string, string>> = { 'AWS::Partition': 'aws', 'AWS::Region': 'region', 'AWS::AccountId': 'account' };

/** Without the hash at the end of a logical id. */
const shorten = (logicalId: string): string => logicalId.replace(/[0-9A-F]{8}$/, '');

/** The patterns of IAM: `*` is any text, `?` any character. */
const matches = (pattern: string, text: string): boolean => {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 'i').test(text);
};
