import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { cdk, type Outputs, readOutputs, withoutUnknown } from './cdk.ts';
import type { Emulator } from './emulator.ts';
import { credentials, environment } from './ministack.ts';
import { run } from './processes.ts';

/** Synthesizes a release into an assembly of its name, without the resources that MiniStack does not know. Default of `cwd`: this checkout. */
export const synthesize = async (emulator: Emulator, release: string, context: readonly string[], cwd?: string): Promise<void> => {
  const assembly = assemblyOf(emulator, release);
  const args = ['synth', '--quiet', '--output', assembly, ...context.flatMap((setting) => ['-c', setting])];
  await emulator.step(`cdk synth, ${release}`, cdk(args, { signal: emulator.signal, ...(cwd === undefined ? {} : { cwd }) }));
  for (const resource of withoutUnknown(assembly)) console.log(`    left out, because MiniStack does not know it: ${resource}`);
};

export const bootstrap = async (emulator: Emulator, release: string): Promise<void> =>
  void (await emulator.step('cdk bootstrap', runCdk(emulator, 'bootstrap', '--app', assemblyOf(emulator, release))));

export const deploy = async (emulator: Emulator, release: string): Promise<Outputs> => {
  const outputs = outputsOf(emulator);
  const args = ['--app', assemblyOf(emulator, release), '--require-approval', 'never', '--outputs-file', outputs];
  await emulator.step(`cdk deploy, ${release}`, runCdk(emulator, 'deploy', ...args));
  return readOutputs(outputs);
};

/** Updates the stack, and checks that its outputs, with the names of its tables, stay the same. */
export const deployOver = async (emulator: Emulator, release: string, outputs: Outputs): Promise<void> => {
  const found = await deploy(emulator, release);
  assert.partialDeepStrictEqual(found, outputs, `${release} is another stack`);
};

/** Destroys the stack, and checks that it leaves no table behind. */
export const destroy = async (emulator: Emulator, release: string): Promise<void> => {
  assert.ok((await tables(emulator.url)).length > 0);
  await emulator.step('cdk destroy', runCdk(emulator, 'destroy', '--app', assemblyOf(emulator, release), '--force'));
  assert.deepEqual(await tables(emulator.url), [], 'tables were left behind');
};

/** Runs a command of `es` on the deployed stack, with the domain of a folder. */
export const es = (emulator: Emulator, domain: string, command: string): Promise<string> => {
  const args = ['cli/es.ts', command, '--outputs', outputsOf(emulator), '--endpoint', emulator.url, '--domain', domain];
  return run(process.execPath, args, { env: environment(), signal: emulator.signal });
};

const assemblyOf = ({ folder }: Emulator, release: string): string => join(folder, release);
const outputsOf = ({ folder }: Emulator): string => join(folder, 'outputs.json');

const runCdk = ({ url, signal }: Emulator, ...args: readonly string[]): Promise<string> => cdk(args, { url, signal });

const tables = async (endpoint: string): Promise<readonly string[]> => {
  const client = new DynamoDBClient({ endpoint, region: 'us-east-1', credentials });
  return (await client.send(new ListTablesCommand())).TableNames ?? [];
};
