import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { asyncInvocations } from '../events/async-invocation.ts';
import { lambdaEnvironment } from '../lambda/environment.ts';
import { createFunction } from '../lambda/function-pool.ts';
import type { Handler } from '../template/deploy.ts';
import { demand, propertiesOf } from '../template/template.ts';
import { found, type Host, label } from './host.ts';

interface Properties {
  readonly DeadLetterConfig?: { readonly TargetArn?: string };
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

export const lambdaFunction: Handler<Host> = async (resource, host) => {
  const { namePrefix, account, region, assetFolder, say } = host;
  const { Code, DeadLetterConfig, Environment, Handler, MemorySize, ReservedConcurrentExecutions, Runtime, Timeout } =
    propertiesOf<Properties>(resource, {
      uses: ['Code', 'DeadLetterConfig', 'Environment', 'Handler', 'MemorySize', 'ReservedConcurrentExecutions', 'Runtime', 'Timeout'],
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
  const pool = createFunction({ ...settings, environment: lambdaEnvironment(settings, host, Environment?.Variables) });
  const later = asyncInvocations({
    folder: join(host.stateFolder, 'events', resource.logicalId),
    invoke: pool.invoke,
    functionArn: settings.arn,
    timeScale: host.timeScale,
    say: (line) => say(settings.label, line),
  });
  const deadLetters = DeadLetterConfig?.TargetArn;
  if (deadLetters !== undefined) later.configure({ onFailure: found(host.deadLetters, deadLetters, 'queue') });
  host.functions.set(name, pool.invoke);
  host.asyncInvocations.set(name, later);
  const stop = async () => {
    later.stop();
    await pool.stop();
  };
  return { ref: name, attributes: { Arn: settings.arn }, start: later.start, stop };
};
