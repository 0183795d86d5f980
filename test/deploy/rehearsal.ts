import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { scopesOf } from '../../core/registry/access.ts';
import { apiAt, pathOf } from './api.ts';
import { cdk, type Outputs, readOutputs, withoutUnknown } from './cdk.ts';
import { driveFirstRelease, driveNextRelease, driveSaga, driveTokens } from './drive.ts';
import { audience, type Issuer, startIssuer } from './issuer.ts';
import { credentials, environment } from './ministack.ts';
import { domain as nextDomain } from './next-release/index.ts';
import { run } from './processes.ts';

export interface Rehearsal {
  /** Where AWS is. */
  readonly url: string;
  /** For what the CDK writes. */
  readonly folder: string;
  readonly signal: AbortSignal;
  /** Shows how it goes. */
  readonly step: <T>(title: string, done: Promise<T>) => Promise<T>;
}

const nextRelease = 'test/deploy/next-release';

/** A service's life: deployed, used, deployed anew, used, destroyed. @throws Error, saying what did not hold. */
export const rehearse = async (rehearsal: Rehearsal): Promise<void> => {
  const issuer = await startIssuer();
  try {
    await releaseTwice(rehearsal, issuer);
  } finally {
    issuer.stop();
  }
};

const releaseTwice = async (rehearsal: Rehearsal, issuer: Issuer): Promise<void> => {
  const { url, signal, step } = rehearsal;
  const context = [`issuer=${issuer.url}`, `audience=${audience}`];
  await synthesize(rehearsal, 'first-release', [...context, 'domain=test/domain']);
  await step('cdk bootstrap', runCdk(rehearsal, 'bootstrap', '--app', assemblyOf(rehearsal, 'first-release')));
  const outputs = await deploy(rehearsal, 'first-release');
  const bearing = (token?: string) => apiAt(pathOf(url, outputs['ApiUrl'] ?? ''), signal, token);
  const api = bearing(await issuer.token(scopesOf(nextDomain)));
  await step('nobody does what no token grants', driveTokens(bearing, issuer));
  await step('commands are taken, and come to the read models through the stream', driveFirstRelease(api));
  await step('a saga comes to its end, and another one takes back what it did', driveSaga(api));

  await synthesize(rehearsal, 'next-release', [...context, `domain=${nextRelease}`]);
  const { ApiUrl, EventsTable } = outputs;
  assert.partialDeepStrictEqual(await deploy(rehearsal, 'next-release'), { ApiUrl, EventsTable }, 'it is another stack');
  await step('what was stored is there, and a new read model comes to know it', driveNextRelease(api));
  await step('es verify: the hash chains are intact', es(rehearsal, 'verify'));
  await step('es audit: no read model misses an event', es(rehearsal, 'audit'));

  assert.ok((await tables(url)).length > 0);
  await step('cdk destroy', runCdk(rehearsal, 'destroy', '--app', assemblyOf(rehearsal, 'next-release'), '--force'));
  assert.deepEqual(await tables(url), [], 'tables were left behind');
};

const synthesize = async (rehearsal: Rehearsal, release: string, context: readonly string[]): Promise<void> => {
  const assembly = assemblyOf(rehearsal, release);
  const options = context.flatMap((setting) => ['-c', setting]);
  await rehearsal.step(`cdk synth, the ${release}`, runCdk(rehearsal, 'synth', '--quiet', '--output', assembly, ...options));
  for (const resource of withoutUnknown(assembly)) console.log(`    left out, because MiniStack does not know it: ${resource}`);
};

const deploy = async (rehearsal: Rehearsal, release: string): Promise<Outputs> => {
  const assembly = assemblyOf(rehearsal, release);
  const outputs = outputsOf(rehearsal);
  const deployment = runCdk(rehearsal, 'deploy', '--app', assembly, '--require-approval', 'never', '--outputs-file', outputs);
  await rehearsal.step(`cdk deploy, the ${release}`, deployment);
  return readOutputs(outputs);
};

const assemblyOf = ({ folder }: Rehearsal, release: string): string => join(folder, release);
const outputsOf = ({ folder }: Rehearsal): string => join(folder, 'outputs.json');

const runCdk = ({ url, signal }: Rehearsal, ...args: readonly string[]): Promise<string> => cdk(args, { url, signal });

/** The tools of the command line, on what is deployed. */
const es = (rehearsal: Rehearsal, command: string): Promise<string> => {
  const args = ['cli/es.ts', command, '--outputs', outputsOf(rehearsal), '--endpoint', rehearsal.url, '--domain', nextRelease];
  return run(process.execPath, args, { env: environment(), signal: rehearsal.signal });
};

const tables = async (endpoint: string): Promise<readonly string[]> => {
  const client = new DynamoDBClient({ endpoint, region: 'us-east-1', credentials });
  return (await client.send(new ListTablesCommand())).TableNames ?? [];
};
