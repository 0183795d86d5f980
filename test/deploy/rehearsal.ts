import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { scopesOf } from '../../core/registry/access.ts';
import { apiAt, pathOf } from './api.ts';
import { driveFirstRelease, driveNextRelease, driveSaga, driveTokens } from './drive.ts';
import type { Emulator } from './emulator.ts';
import { audience, type Issuer, startIssuer } from './issuer.ts';
import { domain as nextDomain } from './next-release/index.ts';
import { checkOutReleased, released } from './released.ts';
import { bootstrap, deploy, deployOver, destroy, es, synthesize } from './stack.ts';
import { beginSaga, endSaga, everythingIn, findAgain } from './update.ts';

const [today, next] = ['test/domain', 'test/deploy/next-release'];

/**
 * Deploys release 0.1.0 and uses it, updates it to this code while a saga runs, updates that to a release with one more read model, and
 * destroys the stack. @throws Error that names the check that failed.
 */
export const rehearse = async (emulator: Emulator): Promise<void> => {
  const issuer = await startIssuer();
  // The folder is outside of this checkout, because the release has tests and a package.json of its own.
  const sources = mkdtempSync(join(tmpdir(), 'foldstream-released-'));
  try {
    await update(emulator, issuer, sources);
  } finally {
    issuer.stop();
    rmSync(sources, { recursive: true });
  }
};

const update = async (emulator: Emulator, issuer: Issuer, sources: string): Promise<void> => {
  const { url, signal, step } = emulator;
  const context = [`issuer=${issuer.url}`, `audience=${audience}`];
  await step(`the files of release ${released.version}`, checkOutReleased(sources, signal));
  await synthesize(emulator, 'released', context, sources);
  await bootstrap(emulator, 'released');
  const outputs = await deploy(emulator, 'released');
  const bearing = (token?: string) => apiAt(pathOf(url, outputs['ApiUrl'] ?? ''), signal, token);
  const api = bearing(await issuer.token(scopesOf(nextDomain)));
  await step('commands are recorded, and come to the read models through the stream', driveFirstRelease(api));
  await step('a saga is under way, and waits', beginSaga(api));
  const before = await step('what clients can ask for is noted', everythingIn(api));

  await synthesize(emulator, 'today', [...context, `domain=${today}`]);
  await deployOver(emulator, 'today', outputs);
  await step('what was recorded is found as before', findAgain(api, before));
  await step('the saga that waited goes on, and comes to its end', endSaga(api));
  await step('a token is required, and grants what it says', driveTokens(bearing, issuer));
  await step('a saga comes to its end, and another one takes back what it did', driveSaga(api));

  await synthesize(emulator, 'next-release', [...context, `domain=${next}`]);
  const { ReadModelTables: _, ...others } = outputs;
  await deployOver(emulator, 'next-release', others);
  await step('what was stored is there, and a new read model comes to know it', driveNextRelease(api));
  await step('es verify: the hash chains are intact', es(emulator, next, 'verify'));
  await step('es audit: no read model misses an event', es(emulator, next, 'audit'));
  await destroy(emulator, 'next-release');
};
