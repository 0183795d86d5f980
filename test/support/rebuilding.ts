import * as z from 'zod';
import { memoryEventStore } from '../../adapters/event-log/memory-event-store.ts';
import { memoryPointers } from '../../adapters/read-models/memory-pointers.ts';
import { memoryReadModels } from '../../adapters/read-models/memory-read-models.ts';
import { nothingAudited } from '../../core/audit/audit-totals.ts';
import { NotFound } from '../../core/basics/errors.ts';
import type { Segment } from '../../core/log/event-store.ts';
import type { ProjectionPorts } from '../../core/read/ports.ts';
import { type AnyProjection, defineProjection, tableKey } from '../../core/read/projection.ts';
import type { ReadModels } from '../../core/read/read-models.ts';
import type { Pointers } from '../../core/rebuild/pointers.ts';
import { Incomplete, type Rebuild, rebuildSteps } from '../../core/rebuild/rebuild-steps.ts';
import { type Domain, defineDomain } from '../../core/registry/domain.ts';
import { Crash } from './faults.ts';
import { tally } from './tally.ts';

/** A document of many streams: how many events there were on streams whose ids begin alike. It never counts down. */
export const tallyCount = defineProjection({
  name: 'tally-count',
  revision: 1,
  events: tally.events,
  document: z.object({ events: z.int() }),
  key: ({ metadata }) => metadata.id.slice(0, 1),
  initialState: (): { readonly events: number } => ({ events: 0 }),
  evolve: { Added: ({ events }) => ({ events: events + 1 }) },
});

export { next } from './revisions.ts';

export const domainOf = (...projections: AnyProjection[]): Domain => defineDomain({ deciders: [tally], projections });

export interface World extends ProjectionPorts {
  readonly pointers: Pointers;
}

/** ProjectionPorts in memory; each look at the clock takes a second. */
export const memoryWorld = (): World => {
  let seconds = 0;
  const now = () => new Date(Date.UTC(2026, 0, 1, 0, 0, seconds++));
  return { eventStore: memoryEventStore(now), readModels: memoryReadModels(), pointers: memoryPointers(), now, pause: async () => {} };
};

/** The same world after a deployment has dropped a revision's table and another one has made it anew: empty, under another name. */
export const withNewTable = ({ readModels: before, ...world }: World, projection: AnyProjection): World => {
  const anew = { ...memoryReadModels(), tableOf: () => `${before.tableOf(projection)} anew` };
  const of = (one: AnyProjection) => (tableKey(one) === tableKey(projection) ? anew : before);
  const readModels: ReadModels = {
    tableOf: (one) => of(one).tableOf(one),
    get: (one, ...args) => of(one).get(one, ...args),
    getMany: (one, ...args) => of(one).getMany(one, ...args),
    write: (one, ...args) => of(one).write(one, ...args),
    insert: (one, ...args) => of(one).insert(one, ...args),
    list: (one, ...args) => of(one).list(one, ...args),
    parked: (one, ...args) => of(one).parked(one, ...args),
  };
  return { ...world, readModels };
};

export const stepsOf = (domain: Domain, { pointers, ...stores }: World) =>
  rebuildSteps({ domain, stores, pointers, pause: stores.pause, onFinding: () => {} });

export type Steps = ReturnType<typeof stepsOf>;

/** The time of an invocation is up after its first page. */
export const atOnce = new Date(0);

/** What the state machine of lib/rebuild.ts does, in the same order: a test of the stack runs that one. */
export const runRebuild = async (unretried: Steps, rebuild: Rebuild): Promise<void> => {
  const steps = retrying(unretried);
  try {
    const { fill, audit } = await steps.plan(rebuild);
    await Promise.all(fill.map((segment) => fillSegment(steps, rebuild, segment)));
    let verdict: { readonly isComplete?: boolean; readonly round: number } = await steps.lead(rebuild);
    while (verdict.isComplete !== true) {
      const audits = await Promise.all(audit.map((segment) => auditSegment(steps, rebuild, segment)));
      verdict = await steps.judge({ ...rebuild, audits, round: verdict.round });
    }
    await steps.serve(rebuild);
  } catch (error) {
    await steps.fail({ ...rebuild, error: String(error) });
    throw error;
  }
};

/** As the state machine does: what fails is tried again, but for an error that says "no". */
const retrying = (steps: Steps): Steps =>
  Object.fromEntries(Object.entries(steps).map(([name, step]) => [name, retried(step as AnyStep)])) as unknown as Steps;

type AnyStep = (...args: readonly unknown[]) => Promise<unknown>;

const retried =
  (step: AnyStep, attempts = 8): AnyStep =>
  async (...args) => {
    try {
      return await step(...args);
    } catch (error) {
      if (attempts === 0 || error instanceof Crash || error instanceof Incomplete || error instanceof NotFound) throw error;
      return retried(step, attempts - 1)(...args);
    }
  };

const fillSegment = async (steps: Steps, rebuild: Rebuild, segment: Segment): Promise<void> => {
  while (!(await steps.fill({ ...rebuild, segment }, atOnce)).isDone);
};

const auditSegment = async (steps: Steps, rebuild: Rebuild, segment: Segment) => {
  let progress = nothingAudited;
  while (!progress.isDone) progress = await steps.audit({ ...rebuild, segment, progress }, atOnce);
  return progress;
};

/** The first attempt to build a revision. */
export const rebuildOf = ({ name, revision }: AnyProjection, attempt = 1): Rebuild => ({ projection: name, revision, attempt });
