import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { asyncInvocations } from '../events/async-invocation.ts';
import { lambdaEnvironment } from '../lambda/environment.ts';
import { createFunction } from '../lambda/function-pool.ts';
import type { FunctionSettings } from '../lambda/invocation.ts';
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

/** As good as no limit: a function that stands at a breakpoint takes as long as its reader. */
const daySeconds = 24 * 60 * 60;

/**
 * A third party that asks for credentials, and has none here, stops the start: each of its calls would fail. A webhook has the secret that was
 * made for it, unless the file has another one.
 */
const learnSecrets = (
  { CALL_SECRETS = '{}', WEBHOOK_SECRETS = '{}', ENDPOINTS = '{}' }: Readonly<Record<string, string>> = {},
  { secrets, credentials }: Host,
): void => {
  const endpoints: Readonly<Record<string, string>> = JSON.parse(ENDPOINTS);
  for (const [name, arn] of Object.entries<string>(JSON.parse(CALL_SECRETS))) {
    credentials.demand(name, endpoints[name]);
    secrets.set(arn, () => credentials.textOf(name, endpoints[name]));
  }
  for (const [name, arn] of Object.entries<string>(JSON.parse(WEBHOOK_SECRETS))) {
    const made = found(secrets, arn, 'secret');
    credentials.ofWebhook(name);
    secrets.set(arn, () => credentials.ofWebhook(name) ?? made());
  }
};

export const lambdaFunction: Handler<Host> = async (resource, host) => {
  const { namePrefix, account, region, assetFolder, say } = host;
  const { Code, DeadLetterConfig, Environment, Handler, MemorySize, ReservedConcurrentExecutions, Runtime, Timeout } =
    propertiesOf<Properties>(resource, {
      uses: ['Code', 'DeadLetterConfig', 'Environment', 'Handler', 'MemorySize', 'ReservedConcurrentExecutions', 'Runtime', 'Timeout'],
      ignores: ['Architectures', 'Description', 'EphemeralStorage', 'KmsKeyArn', 'LoggingConfig', 'Role', 'Tags', 'TracingConfig'],
    });
  demand(Runtime.startsWith('nodejs'), resource, `the local system runs Node.js, not ${Runtime}`);
  demand(Code.S3Key !== undefined, resource, 'its code has to be an asset');
  learnSecrets(Environment?.Variables, host);
  const name = `${namePrefix}-${resource.logicalId}`;
  const facts = {
    name,
    label: label(resource.logicalId),
    arn: `arn:aws:lambda:${region}:${account}:function:${name}`,
    handler: Handler,
    timeoutSeconds: host.isPatient ? daySeconds : (Timeout ?? 3),
    memoryMegabytes: MemorySize ?? 128,
    concurrency: Math.min(concurrency, ReservedConcurrentExecutions ?? concurrency),
    say,
  };
  const settingsWith = (codeFolder: string): FunctionSettings => {
    const settings = { ...facts, codeFolder };
    return { ...settings, environment: lambdaEnvironment(settings, host, Environment?.Variables) };
  };
  const key = Code.S3Key as string;
  const pool = createFunction(settingsWith(assetFolder(key)));
  host.switches.set(key, [...(host.switches.get(key) ?? []), (codeFolder) => pool.switchTo(settingsWith(codeFolder))]);
  const later = asyncInvocations({
    folder: join(host.stateFolder, 'events', resource.logicalId),
    invoke: (event) => pool.invoke(event),
    functionArn: facts.arn,
    timeScale: host.timeScale,
    say: (line) => say(facts.label, line),
  });
  const deadLetters = DeadLetterConfig?.TargetArn;
  if (deadLetters !== undefined) later.configure({ onFailure: found(host.deadLetters, deadLetters, 'queue') });
  host.functions.set(name, pool.invoke);
  host.asyncInvocations.set(name, later);
  const stop = async () => {
    later.stop();
    await pool.stop();
  };
  return { ref: name, attributes: { Arn: facts.arn }, start: later.start, stop };
};
