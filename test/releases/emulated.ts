import { join, relative } from 'node:path';
import { scopesOf } from '../../core/registry/access.ts';
import { pathOf } from '../deploy/api.ts';
import type { Emulator } from '../deploy/emulator.ts';
import { audience, startIssuer } from '../deploy/issuer.ts';
import { bootstrap, deploy, deployOver, destroy, es, synthesize } from '../deploy/stack.ts';
import { type Release, runChain, writeDomain } from './chain.ts';
import { levels, service } from './domain.ts';

/** Every change of the local chain. A synthesis takes longer than a deployment, so two releases have two changes each. */
const releases: readonly Release[] = [
  { title: 'the first release', level: levels.first },
  { title: 'a new version of an event', level: levels.newEventVersion },
  { title: 'a new index and a new projection', level: levels.newProjection },
  { title: 'a changed saga, with new events', level: levels.changedSaga },
  { title: 'two projections are removed, and a command is renamed', level: levels.renamedCommand },
  { title: 'a rollback by two releases', level: levels.newProjection },
  { title: 'forward again', level: levels.renamedCommand },
  { title: 'events that are renamed, split and dropped', level: levels.otherEvents },
];

/** Runs a chain of releases on MiniStack. Each is a `cdk deploy` over the one before. A rollback deploys the older assembly again. */
export const releaseOnEmulator = async (emulator: Emulator, seed: number): Promise<void> => {
  const issuer = await startIssuer();
  const context = [`issuer=${issuer.url}`, `audience=${audience}`];
  const scopes = new Set(Object.values(levels).flatMap((level) => scopesOf(service(level))));
  const token = await issuer.token([...scopes], '1 hour');
  const folderOf = (level: number): string => join(emulator.folder, `domain-${level}`);
  const name = (level: number): string => `level-${level}`;
  try {
    // Each release is synthesized before the first deployment, so that the traffic does not stand still between two deployments.
    for (const level of new Set(releases.map((release) => release.level))) {
      writeDomain(folderOf(level), level);
      await synthesize(emulator, name(level), [...context, `domain=${relative(process.cwd(), folderOf(level))}`]);
    }
    await bootstrap(emulator, name(levels.first));
    const { ReadModelTables: _, ...outputs } = await deploy(emulator, name(levels.first));
    let present: number = levels.first;
    await runChain(
      {
        service: { url: pathOf(emulator.url, outputs['ApiUrl'] ?? ''), headers: { authorization: `Bearer ${token}` } },
        deploy: async (level) => {
          if (level !== present) await deployOver(emulator, name(level), outputs);
          present = level;
        },
        es: (command) => es(emulator, folderOf(present), command),
        ordersPerRelease: 5,
        settleSeconds: 180,
        signal: emulator.signal,
      },
      releases,
      seed,
    );
    await destroy(emulator, name(present));
  } finally {
    issuer.stop();
  }
};
