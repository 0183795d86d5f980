/** The parts of a CloudFormation template that the quotas are about. */
export interface Template {
  readonly Resources: Readonly<Record<string, TemplateResource>>;
  readonly Parameters?: Readonly<Record<string, { readonly Default?: unknown }>>;
  readonly Outputs?: Readonly<Record<string, unknown>>;
}

export interface TemplateResource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
}

/** The value that a template's value can have after the deployment: where only its length is limited, the longest one. */
export type WorstCase = (value: unknown) => unknown;

/**
 * Resolves the intrinsic functions of a template as CloudFormation does, with the longest value for each name that is not known before the
 * deployment. A function that is not known here counts as 256 characters.
 */
export const worstCase = (template: Template, stackName: string): WorstCase => {
  const resolve: WorstCase = (value) => {
    if (Array.isArray(value)) return value.map(resolve).filter((one) => one !== noValue);
    if (typeof value !== 'object' || value === null) return value;
    const [[name = '', argument] = [], ...others] = Object.entries(value);
    if (others.length === 0 && name in functions) return functions[name]?.(argument);
    if (others.length === 0 && name.startsWith('Fn::')) return unknown;
    const entries = Object.entries(value).map(([key, one]) => [key, resolve(one)] as const);
    return Object.fromEntries(entries.filter(([, one]) => one !== noValue));
  };
  const ref = (name: string): unknown => {
    if (name === 'AWS::StackName') return stackName;
    if (Object.hasOwn(pseudo, name)) return pseudo[name];
    const resource = template.Resources[name];
    return resource === undefined ? (template.Parameters?.[name]?.Default ?? unknown) : refOf(resource, nameOf(name, resource));
  };
  const attribute = (logicalId: string, name: string): unknown => {
    const resource = template.Resources[logicalId];
    if (resource === undefined || !name.endsWith('Arn')) return 'x'.repeat(128);
    return `${arnOf(resource, nameOf(logicalId, resource))}${name === 'StreamArn' ? `/stream/${'x'.repeat(24)}` : ''}`;
  };
  /** A generated name ends in a hyphen and 13 characters. A name that would be too long for its type is cut. */
  const nameOf = (logicalId: string, { Type, Properties = {} }: TemplateResource): string => {
    const given = nameProperties.map((property) => Properties[property]).find((name) => name !== undefined);
    if (given !== undefined) return String(resolve(given));
    const generated = `${Type === stateMachine ? '' : `${stackName}-`}${logicalId}-${'X'.repeat(13)}`;
    return generated.slice(0, nameLimits[Type] ?? 255);
  };
  const functions: Readonly<Record<string, WorstCase>> = {
    Ref: (name) => ref(String(name)),
    'Fn::GetAtt': (target) => {
      const [logicalId = '', ...path] = typeof target === 'string' ? target.split('.') : (target as readonly string[]);
      return attribute(logicalId, path.join('.'));
    },
    'Fn::Join': (argument) => {
      const [glue, parts] = resolve(argument) as [string, readonly unknown[]];
      return parts.join(glue);
    },
    'Fn::Split': (argument) => {
      const [separator, text] = resolve(argument) as [string, unknown];
      return String(text).split(separator);
    },
    'Fn::Select': (argument) => {
      const [index, list] = resolve(argument) as [number | string, readonly unknown[]];
      return list[Number(index)] ?? unknown;
    },
    'Fn::Sub': (argument) => {
      const [text, variables] = (typeof argument === 'string' ? [argument, {}] : argument) as [string, Readonly<Record<string, unknown>>];
      return text.replaceAll(/\$\{(!?)([^}]+)\}/g, (_, literal: string, name: string) => {
        if (literal !== '') return `\${${name}}`;
        if (Object.hasOwn(variables, name)) return String(resolve(variables[name]));
        const [logicalId = '', ...path] = name.split('.');
        return String(path.length === 0 ? ref(logicalId) : attribute(logicalId, path.join('.')));
      });
    },
  };
  return resolve;
};

const unknown = 'x'.repeat(256);
const noValue = Symbol('AWS::NoValue');
const stateMachine = 'AWS::StepFunctions::StateMachine';

/** The longest of all partitions and Regions. */
const [partition, region, account] = ['aws-us-gov', 'us-isof-south-1', '000000000000'];
const pseudo: Readonly<Record<string, unknown>> = {
  'AWS::AccountId': account,
  'AWS::NoValue': noValue,
  'AWS::Partition': partition,
  'AWS::Region': region,
  'AWS::StackId': `arn:${partition}:cloudformation:${region}:${account}:stack/${'x'.repeat(128)}/${'x'.repeat(36)}`,
  'AWS::URLSuffix': 'amazonaws.com.cn',
};

const nameProperties = [
  'TableName',
  'FunctionName',
  'RoleName',
  'BucketName',
  'QueueName',
  'TopicName',
  'StateMachineName',
  'LogGroupName',
];

/** The most characters that a name of each type may have. CloudFormation cuts the names that it generates. */
export const nameLimits: Readonly<Record<string, number>> = {
  'AWS::Events::Rule': 64,
  'AWS::IAM::ManagedPolicy': 128,
  'AWS::IAM::Role': 64,
  'AWS::Lambda::Function': 64,
  'AWS::S3::Bucket': 63,
  'AWS::SNS::Topic': 256,
  'AWS::SQS::Queue': 80,
  [stateMachine]: 80,
};

/** The types whose `Ref` is an ARN. */
const refIsArn: ReadonlySet<string> = new Set(['AWS::IAM::ManagedPolicy', 'AWS::SNS::Topic', 'AWS::SecretsManager::Secret', stateMachine]);

const refOf = (resource: TemplateResource, name: string): string => {
  if (refIsArn.has(resource.Type)) return arnOf(resource, name);
  return resource.Type === 'AWS::SQS::Queue' ? `https://sqs.${region}.amazonaws.com.cn/${account}/${name}` : name;
};

/** The longest kind of resource in an ARN has twelve letters (`stateMachine`), and few services have a longer name than theirs. */
const arnOf = ({ Type }: TemplateResource, name: string): string => {
  if (Type === 'AWS::S3::Bucket') return `arn:${partition}:s3:::${name}`;
  const service = Type === stateMachine ? 'states' : (Type.split('::')[1] ?? '').toLowerCase();
  return `arn:${partition}:${service}:${region}:${account}:stateMachine${Type === stateMachine ? ':' : '/'}${name}`;
};
