import { readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { TokenShape } from './issuer.ts';
import type { Template } from './template/template.ts';

/** A synthesized stack with what it deploys. */
export interface Assembly {
  readonly folder: string;
  readonly stackName: string;
  readonly template: Template;
  readonly account: string;
  readonly region: string;
  /** The folder whose files the template finds under this key in the assets bucket. @throws Error if there is none. */
  assetFolder(key: string): string;
}

interface Artifact {
  readonly type: string;
  readonly environment?: string;
  readonly properties?: { readonly templateFile?: string; readonly stackName?: string; readonly file?: string };
}

interface AssetManifest {
  readonly files?: Readonly<
    Record<
      string,
      { readonly source: { readonly path?: string }; readonly destinations: Readonly<Record<string, { readonly objectKey: string }>> }
    >
  >;
}

/** Reads the cloud assembly that `cdk synth` left in a folder. @throws Error if it has not exactly one stack. */
export const readAssembly = (folder: string): Assembly => {
  const read = <T>(file: string): T => JSON.parse(readFileSync(join(folder, file), 'utf8')) as T;
  const artifacts = Object.entries(read<{ artifacts: Record<string, Artifact> }>('manifest.json').artifacts);
  const stacks = artifacts.filter(([, { type }]) => type === 'aws:cloudformation:stack');
  const [stack] = stacks;
  if (stack === undefined || stacks.length > 1) {
    throw new Error(`The local system runs an app of one stack; this one has ${stacks.map(([name]) => name).join(', ') || 'none'}.`);
  }
  const [name, { environment = '', properties }] = stack;
  const assets = artifacts.flatMap(([, { type, properties: { file } = {} }]) =>
    type === 'cdk:asset-manifest' && file !== undefined ? [file] : [],
  );
  return {
    folder,
    stackName: properties?.stackName ?? name,
    template: read<Template>(properties?.templateFile ?? ''),
    ...placeOf(environment),
    assetFolder: assetFinder(
      folder,
      assets.map((file) => read<AssetManifest>(file)),
    ),
  };
};

/** Where the stack is bound to no account and region, it is run in these. */
const placeOf = (environment: string): { readonly account: string; readonly region: string } => {
  const [, account = '', region = ''] = /^aws:\/\/([^/]+)\/(.+)$/.exec(environment) ?? [];
  return { account: /^\d{12}$/.test(account) ? account : '000000000000', region: /^[a-z]{2}-/.test(region) ? region : 'us-east-1' };
};

const assetFinder = (folder: string, manifests: readonly AssetManifest[]): Assembly['assetFolder'] => {
  const paths = new Map(
    manifests
      .flatMap(({ files = {} }) => Object.values(files))
      .flatMap(({ source, destinations }) => Object.values(destinations).map(({ objectKey }) => [objectKey, source.path] as const)),
  );
  return (key) => {
    const path = paths.get(key);
    if (path === undefined) throw new Error(`the cloud assembly has no asset ${key}`);
    const found = resolve(folder, path);
    if (!statSync(found).isDirectory())
      throw new Error(`the asset ${key} is not a folder: the local system runs code that is not packed yet`);
    return found;
  };
};

/** Where the functions of a stack find their code: the keys of assets, each as often as a function has it. */
export const codeKeys = ({ template }: Pick<Assembly, 'template'>): readonly string[] =>
  Object.values(template.Resources)
    .filter(({ Type }) => Type === 'AWS::Lambda::Function')
    .map(({ Properties = {} }) => String((Properties['Code'] as { readonly S3Key?: unknown } | undefined)?.S3Key));

/** What the functions behind the API expect of tokens. */
export const tokenShapeOf = ({ template }: Pick<Assembly, 'template'>): TokenShape => {
  const environments = Object.values(template.Resources).map(
    ({ Properties = {} }) =>
      (Properties['Environment'] as { readonly Variables?: Readonly<Record<string, string>> } | undefined)?.Variables,
  );
  const { SCOPE_PREFIX: scopePrefix, ACTOR_CLAIM: actorClaim } = environments.find((variables) => variables?.['AUTH'] === 'token') ?? {};
  return { scopePrefix, actorClaim };
};

/** What a template can ask without naming a resource. */
export const pseudoParameters = ({ account, region, stackName }: Assembly): Readonly<Record<string, string>> => ({
  'AWS::AccountId': account,
  'AWS::Partition': 'aws',
  'AWS::Region': region,
  'AWS::StackId': `arn:aws:cloudformation:${region}:${account}:stack/${stackName}/local`,
  'AWS::StackName': stackName,
  'AWS::URLSuffix': 'amazonaws.com',
});

/** `2 tables, 3 functions`. */
export const contents = ({ template }: Assembly): string => {
  const types = Map.groupBy(Object.values(template.Resources), ({ Type }) => Type);
  const count = (type: string, name: string) => {
    const found = types.get(type)?.length ?? 0;
    return found === 0 ? [] : [`${found} ${name}${found === 1 ? '' : 's'}`];
  };
  return [
    ...count('AWS::DynamoDB::GlobalTable', 'table'),
    ...count('AWS::Lambda::Function', 'function'),
    ...count('AWS::Lambda::EventSourceMapping', 'stream reader'),
    ...count('AWS::StepFunctions::StateMachine', 'state machine'),
    ...count('AWS::Events::Rule', 'rule'),
    ...count('AWS::ApiGatewayV2::Route', 'route'),
  ].join(', ');
};
