import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { environment } from './ministack.ts';
import { run } from './processes.ts';

export interface CdkOptions {
  /** The endpoint of AWS. Commands that send no request to AWS leave it out. */
  readonly url?: string;
  /** The folder of the app. Default: this checkout. */
  readonly cwd?: string;
  readonly signal: AbortSignal;
}

/** The outputs of the stack, by name. */
export type Outputs = Readonly<Record<string, string>>;

const cdkJs = fileURLToPath(import.meta.resolve('aws-cdk/bin/cdk'));

/** Runs the CDK on the app of this project, as a user does. */
export const cdk = (args: readonly string[], { url, cwd, signal }: CdkOptions): Promise<string> =>
  run(process.execPath, [cdkJs, ...args], {
    env: { ...environment(), ...(url === undefined ? {} : { AWS_ENDPOINT_URL: url }), CI: 'true', CDK_DISABLE_CLI_TELEMETRY: 'true' },
    ...(cwd === undefined ? {} : { cwd }),
    signal,
  });

export const readOutputs = (file: string): Outputs => {
  const [outputs] = Object.values(JSON.parse(readFileSync(file, 'utf8')) as Readonly<Record<string, Outputs>>);
  if (outputs === undefined) throw new Error('the stack has no outputs');
  return outputs;
};

interface Resource {
  readonly Type: string;
  readonly Metadata?: { readonly 'aws:cdk:path'?: string };
}

/** Types of resources that MiniStack does not support. Any other unsupported type fails the deployment, and the error names it. */
const unknownTypes: ReadonlySet<string> = new Set(['AWS::Events::Archive', 'Custom::S3AutoDeleteObjects']);

/** Removes from an assembly the resources that MiniStack does not support. Returns their types and paths. */
export const withoutUnknown = (assembly: string): readonly string[] => {
  const { artifacts } = JSON.parse(readFileSync(join(assembly, 'manifest.json'), 'utf8'));
  const stacks = Object.values<{ readonly type: string; readonly properties: { readonly templateFile: string } }>(artifacts);
  return stacks
    .filter(({ type }) => type === 'aws:cloudformation:stack')
    .flatMap(({ properties }) => prune(join(assembly, properties.templateFile)));
};

const prune = (file: string): readonly string[] => {
  const template = JSON.parse(readFileSync(file, 'utf8')) as { readonly Resources: Readonly<Record<string, Resource>> };
  const { known = [], unknown = [] } = Object.groupBy(Object.entries(template.Resources), ([, { Type }]) =>
    unknownTypes.has(Type) ? 'unknown' : 'known',
  );
  writeFileSync(file, JSON.stringify({ ...template, Resources: Object.fromEntries(known) }));
  return unknown.map(([id, { Type, Metadata }]) => `${Type} (${Metadata?.['aws:cdk:path'] ?? id})`);
};
