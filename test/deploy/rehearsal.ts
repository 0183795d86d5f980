import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
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
import { checkOutReleased, released } from './released.ts';
import { beginSaga, endSaga, everythingIn, findAgain } from './update.ts';

export interface Rehearsal {
  /** The endpoint of AWS. */
  readonly url: string;
  /** The folder for the files that the CDK writes. */
  readonly folder: string;
  readonly signal: AbortSignal;
  /** Shows the progress of a step. */
  readonly step: <T>(title: string, done: Promise<T>) => Promise<T>;
}

const [today, next] = ['test/domain', 'test/deploy/next-release'];

/**
 * Deploys release 0.1.0 and uses it, updates it to this code while a saga runs, updates that to a release with one more read model, and
 * destroys the stack. @throws Error that names the check that failed.
 */
export const rehearse = async (rehearsal: Rehearsal): Promise<void> => {
  const issuer = await startIssuer();
  // The folder is outside of this checkout, because the release has tests and a package.json of its own.
  const sources = mkdtempSync(join(tmpdir(), 'foldstream-released-'));
  try {
    await update(rehearsal, issuer, sources);
  } finally {
    issuer.stop();
    rmSync(sources, { recursive: true });
  }
};

const update = async (rehearsal: Rehearsal, issuer: Issuer, sources: string): Promise<void> => {
  const { url, signal, step } = rehearsal;
  const context = [`issuer=${issuer.url}`, `audience=${audience}`];
  await step(`the files of release ${released.version}`, checkOutReleased(sources, signal));
  await synthesize(rehearsal, 'released', context, sources);
  await step('cdk bootstrap', runCdk(rehearsal, 'bootstrap', '--app', assemblyOf(rehearsal, 'released')));
  const outputs = await deploy(rehearsal, 'released');
  const bearing = (token?: string) => apiAt(pathOf(url, outputs['ApiUrl'] ?? ''), signal, token);
  const api = bearing(await issuer.token(scopesOf(nextDomain)));
  await step('commands are recorded, and come to the read models through the stream', driveFirstRelease(api));
  await step('a saga is under way, and waits', beginSaga(api));
  const before = await step('what clients can ask for is noted', everythingIn(api));

  await synthesize(rehearsal, 'today', [...context, `domain=${today}`]);
  await deployOver(rehearsal, 'today', outputs);
  await step('what was recorded is found as before', findAgain(api, before));
  await step('the saga that waited goes on, and comes to its end', endSaga(api));
  await step('a token is required, and grants what it says', driveTokens(bearing, issuer));
  await step('a saga comes to its end, and another one takes back what it did', driveSaga(api));

  await synthesize(rehearsal, 'next-release', [...context, `domain=${next}`]);
  const { ReadModelTables: _, ...others } = outputs;
  await deployOver(rehearsal, 'next-release', others);
  await step('what was stored is there, and a new read model comes to know it', driveNextRelease(api));
  await step('es verify: the hash chains are intact', es(rehearsal, 'verify'));
  await step('es audit: no read model misses an event', es(rehearsal, 'audit'));

  assert.ok((await tables(url)).length > 0);
  await step('cdk destroy', runCdk(rehearsal, 'destroy', '--app', assemblyOf(rehearsal, 'next-release'), '--force'));
  assert.deepEqual(await tables(url), [], 'tables were left behind');
};

const synthesize = async (rehearsal: Rehearsal, release: string, context: readonly string[], cwd?: string): Promise<void> => {
  const assembly = assemblyOf(rehearsal, release);
  const args = ['synth', '--quiet', '--output', assembly, ...context.flatMap((setting) => ['-c', setting])];
  await rehearsal.step(`cdk synth, ${release}`, cdk(args, { signal: rehearsal.signal, ...(cwd === undefined ? {} : { cwd }) }));
  for (const resource of withoutUnknown(assembly)) console.log(`    left out, because MiniStack does not know it: ${resource}`);
};

/** Updates the stack, and checks that its outputs, with the names of its tables, stay the same. */
const deployOver = async (rehearsal: Rehearsal, release: string, outputs: Outputs): Promise<void> => {
  const found = await deploy(rehearsal, release);
  assert.partialDeepStrictEqual(found, outputs, `${release} is another stack`);
};

const deploy = async (rehearsal: Rehearsal, release: string): Promise<Outputs> => {
  const assembly = assemblyOf(rehearsal, release);
  const outputs = outputsOf(rehearsal);
  const deployment = runCdk(rehearsal, 'deploy', '--app', assembly, '--require-approval', 'never', '--outputs-file', outputs);
  await rehearsal.step(`cdk deploy, ${release}`, deployment);
  return readOutputs(outputs);
};

const assemblyOf = ({ folder }: Rehearsal, release: string): string => join(folder, release);
const outputsOf = ({ folder }: Rehearsal): string => join(folder, 'outputs.json');

const runCdk = ({ url, signal }: Rehearsal, ...args: readonly string[]): Promise<string> => cdk(args, { url, signal });

/** Runs a command of `es` on the deployed stack. */
const es = (rehearsal: Rehearsal, command: string): Promise<string> => {
  const args = ['cli/es.ts', command, '--outputs', outputsOf(rehearsal), '--endpoint', rehearsal.url, '--domain', next];
  return run(process.execPath, args, { env: environment(), signal: rehearsal.signal });
};

const tables = async (endpoint: string): Promise<readonly string[]> => {
  const client = new DynamoDBClient({ endpoint, region: 'us-east-1', credentials });
  return (await client.send(new ListTablesCommand())).TableNames ?? [];
};
