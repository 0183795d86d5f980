import { expect } from '@jest/globals';
import { streamName } from '../../core/basics/stream.ts';
import { retry } from '../../core/operate/operations.ts';
import type { AnyProjection } from '../../core/read/projection.ts';
import { progressKey } from '../../core/read/read-models.ts';
import { Incomplete } from '../../core/rebuild/rebuild-steps.ts';
import { servedReader } from '../../core/rebuild/serving.ts';
import { steward } from '../../core/rebuild/steward.ts';
import { projectionsOf } from '../../core/registry/domain.ts';
import { fixedNotes, fixedTotals, notes, totals, wholesome } from '../support/read-notes.ts';
import { domainOf, rebuildOf, runRebuild, stepsOf, type World } from '../support/rebuilding.ts';
import { next } from '../support/revisions.ts';
import type { History } from './simulation-law.ts';

export const first = { totals, notes: notes as AnyProjection };
export const second = { totals: next(first.totals), notes: next(first.notes) };
export const fixed = { totals: fixedTotals, notes: fixedNotes };

const rebuilds = { start: async () => 'running' as const };

/** A service with two projections, each complete and serving, and what becomes of it with the release of their second revisions. */
export const release = async (world: World) => {
  const before = domainOf(...Object.values(first));
  const after = domainOf(...Object.values(first), ...Object.values(second));
  let domain = before;
  for (const rebuild of await steward({ ...world, domain, rebuilds })) await runRebuild(stepsOf(domain, world), rebuild);
  let served = servedReader({ ...world, domain });
  const seen = new Map<string, number>();

  const service = {
    listening: (): readonly AnyProjection[] => projectionsOf(domain)('tally'),

    deploy: async (): Promise<void> => {
      domain = after;
      served = servedReader({ ...world, domain });
      await steward({ ...world, domain, rebuilds });
    },

    /** Whatever there is to be rebuilt, as far as it comes. */
    rebuild: async (own: World): Promise<void> => {
      const running = await steward({ ...own, domain, rebuilds }).catch(() => []);
      for (const rebuild of running) await runRebuild(stepsOf(domain, own), rebuild).catch(() => {});
    },

    /** Asks how far every stream is in what serves: never less far than before. */
    read: async (histories: readonly History[]): Promise<void> => {
      for (const { name } of Object.values(first))
        for (const { address } of histories) {
          const { answer, isComplete } = await served(name, (one) => world.readModels.get(one, progressKey(one, address), 'strong'));
          const place = `${name} of ${streamName(address)}`;
          expect({ place, isComplete }).toEqual({ place, isComplete: true });
          expect(answer.version).toBeGreaterThanOrEqual(seen.get(place) ?? 0);
          seen.set(place, answer.version);
        }
    },

    /** The last attempt, undisturbed: with nothing parked the second revision serves; otherwise the first one goes on. */
    finish: async (own: World, histories: readonly History[]): Promise<void> => {
      const isPoisoned = histories.some(({ commits }) => wholesome(commits) !== commits);
      for (const projection of Object.values(second)) {
        const { name, revision } = projection;
        const { revisions } = await world.pointers.read(name);
        if (revisions[revision]?.state === 'failed') await retry(own, { projection: name, revision });
        const attempt = (await world.pointers.read(name)).revisions[revision]?.attempt ?? 1;
        const outcome = await runRebuild(stepsOf(domain, own), rebuildOf(projection, attempt)).catch((error: unknown) => error);
        if (isPoisoned && outcome !== undefined) expect(outcome).toBeInstanceOf(Incomplete);
        else expect(outcome).toBeUndefined();
        const { serves, revisions: found } = await world.pointers.read(name);
        expect(serves).toBe(found[revision]?.state === 'complete' ? 2 : 1);
        if (!isPoisoned) expect(serves).toBe(2);
      }
    },
  };
  return service;
};
