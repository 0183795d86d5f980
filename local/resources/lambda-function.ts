import { availableParallelism } from 'node:os';
import { lambdaEnvironment } from '../lambda/environment.ts';
import { createFunction } from '../lambda/function-pool.ts';
import type { Handler } from '../template/deploy.ts';
import { demand, propertiesOf } from '../template/template.ts';
import { type Host, label } from './host.ts';

interface Properties {
  readonly Code: { readonly S3Key?: string };
  readonly Environment?: { readonly Variables?: Readonly<Record<string, string>> };
  readonly Handler: string;
  readonly MemorySize?: number;
  readonly ReservedConcurrentExecutions?: number;
  readonly Runtime: string;
  readonly Timeout?: number;
}

/** More than this runs one after the other: threads beyond what the cores can feed cost memory and bring nothing. */
const concurrency = Math.min(8, 2 * availableParallelism());

export const lambdaFunction: Handler<Host> = async (resource, { namePrefix, account, region, endpoint, assetFolder, say, functions }) => {
  const { Code, Environment, Handler, MemorySize, ReservedConcurrentExecutions, Runtime, Timeout } = propertiesOf<Properties>(resource, {
    uses: ['Code', 'Environment', 'Handler', 'MemorySize', 'ReservedConcurrentExecutions', 'Runtime', 'Timeout'],
    ignores: ['Architectures', 'Description', 'EphemeralStorage', 'LoggingConfig', 'Role', 'Tags', 'TracingConfig'],
  });
  demand(Runtime.startsWith('nodejs'), resource, `the local system runs Node.js, not ${Runtime}`);
  demand(Code.S3Key !== undefined, resource, 'its code has to be an asset');
  const name = `${namePrefix}-${resource.logicalId}`;
  const settings = {
    name,
    label: label(resource.logicalId),
    arn: `arn:aws:lambda:${region}:${account}:function:${name}`,
    codeFolder: assetFolder(Code.S3Key as string),
    handler: Handler,
    timeoutSeconds: Timeout ?? 3,
    memoryMegabytes: MemorySize ?? 128,
    concurrency: Math.min(concurrency, ReservedConcurrentExecutions ?? concurrency),
    say,
  };
  const pool = createFunction({ ...settings, environment: lambdaEnvironment(settings, { region, endpoint }, Environment?.Variables) });
  functions.set(name, pool.invoke);
  return { ref: name, attributes: { Arn: settings.arn }, stop: pool.stop };
};
