import { beforeEach, describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { deliveriesOf } from '../../test/support/projecting.ts';
import {
  atOnce,
  domainOf,
  memoryWorld,
  next,
  rebuildOf,
  runRebuild,
  stepsOf,
  tallyCount,
  type World,
} from '../../test/support/rebuilding.ts';
import { added, append } from '../../test/support/requests.ts';
import { tally, tallyTotal } from '../../test/support/tally.ts';
import type { Commit } from '../log/event-store.ts';
import { type AnyProjection, defineProjection } from '../read/projection.ts';
import { projector } from '../read/projector.ts';
import { defineDomain } from '../registry/domain.ts';
import { Incomplete, settleSeconds } from './rebuild-steps.ts';
import { type Rebuilds, steward } from './steward.ts';

const running: Rebuilds = { start: async () => 'running' };
const second = next(tallyTotal);
const both = [tallyTotal, second];

let world: World;
beforeEach(() => {
  world = memoryWorld();
});

const tend = (...projections: AnyProjection[]) => steward({ ...world, domain: domainOf(...projections), rebuilds: running });
const record = async (...ids: string[]): Promise<Commit[]> =>
  Promise.all(
    ids.map(async (id) => (await append(world.eventStore, world.eventStore.begin({ aggregate: 'tally', id }), added(1, 2))).commit),
  );
const pointer = () => world.pointers.read(tallyTotal.name);
const far = new Date('2100-01-01');

/** The first revision, complete; the second is known. */
const begun = async (...ids: string[]) => {
  const commits = await record(...ids);
  await tend(tallyTotal);
  await runRebuild(stepsOf(domainOf(tallyTotal), world), rebuildOf(tallyTotal));
  await tend(...both);
  return { commits, steps: stepsOf(domainOf(...both), world), rebuild: rebuildOf(second) };
};

test('the first deployment on an empty log is complete at once, and waits for nobody', async () => {
  await tend(tallyTotal);
  const steps = stepsOf(domainOf(tallyTotal), world);
  await steps.plan(rebuildOf(tallyTotal));
  expect(await steps.lead(rebuildOf(tallyTotal))).toMatchObject({ settleSeconds: 0 });
  await runRebuild(steps, rebuildOf(tallyTotal));
  expect(await pointer()).toMatchObject({ serves: 1, revisions: { 1: { state: 'complete' } } });
});

test('two revisions of one projection in the first deployment wait: a projector may know only the other one', async () => {
  await tend(...both);
  expect((await stepsOf(domainOf(...both), world).lead(rebuildOf(second))).settleSeconds).toBeGreaterThan(settleSeconds - 5);
});

test('a revision that comes later waits for projectors of the code before it', async () => {
  const { steps, rebuild } = await begun('a');
  const { settleSeconds: first } = await steps.lead(rebuild);
  expect(first).toBeGreaterThan(settleSeconds - 5);
  expect(first).toBeLessThanOrEqual(settleSeconds);
  const { settleSeconds: again } = await steps.lead(rebuild); // Told twice, it waits no longer for it.
  expect(again).toBeLessThan(first);
  for (let looks = 0; looks < settleSeconds; looks++) world.now(); // A second each.
  expect(await steps.lead(rebuild)).toMatchObject({ settleSeconds: 0 });
});

test('a rebuild fills, and flips', async () => {
  const { steps, rebuild } = await begun('a', 'b', 'c');
  await runRebuild(steps, rebuild);
  for (const id of ['a', 'b', 'c'])
    expect(await world.readModels.get(second, id, 'strong')).toMatchObject({ version: 2, document: { sum: 3 } });
  expect(await pointer()).toMatchObject({ serves: 2, leads: 2, revisions: { 1: { state: 'complete' }, 2: { state: 'complete' } } });
});

test('until the flip the old one serves; after it both are complete', async () => {
  const { steps, rebuild } = await begun('a');
  const { fill } = await steps.plan(rebuild);
  for (const segment of fill) await steps.fill({ ...rebuild, segment }, far);
  await steps.lead(rebuild);
  expect((await pointer()).serves).toBe(1);
  await steps.serve(rebuild);
  expect((await pointer()).serves).toBe(2);
});

describe('a fill', () => {
  const ids = Array.from({ length: 25 }, (_, index) => `s${String(index).padStart(2, '0')}`);

  test('says after each invocation how far it is, and goes on there', async () => {
    const { steps, rebuild } = await begun(...ids);
    const [segment] = (await steps.plan(rebuild)).fill.filter(({ index }) => index === `tally-s00`.length % 8);
    const progress = async () => (await pointer()).revisions[2]?.segments.find(({ index }) => index === segment?.index);
    const fill = () => steps.fill({ ...rebuild, segment: segment as { index: number; of: number } }, atOnce);
    expect(await fill()).toEqual({ isDone: false });
    expect(await progress()).toMatchObject({ commits: 10, cursor: JSON.stringify({ stream: 'tally-s09', version: 1 }), isDone: false });
    expect(await fill()).toEqual({ isDone: false });
    expect(await fill()).toEqual({ isDone: true });
    expect(await progress()).toEqual({ ...segment, commits: 25, isDone: true });
    expect(await fill()).toEqual({ isDone: true });
  });

  test('of the next attempt leaves out what is filled', async () => {
    const { steps, rebuild } = await begun(...ids);
    const { fill } = await steps.plan(rebuild);
    for (const segment of fill.slice(0, 5)) await steps.fill({ ...rebuild, segment }, far);
    expect((await steps.plan({ ...rebuild, attempt: 2 })).fill).toEqual(fill.slice(5));
  });

  test('of documents of many streams fills one segment after the other, however many invocations that takes', async () => {
    await record(...ids);
    await tend(tallyCount);
    const [steps, rebuild] = [stepsOf(domainOf(tallyCount), world), rebuildOf(tallyCount)];
    const { fill, audit } = await steps.plan(rebuild);
    expect([fill, audit]).toEqual([[{ index: 0, of: 8 }], [0, 1, 2, 3, 4, 5, 6, 7].map((index) => ({ index, of: 8 }))]);
    const segment = { index: 0, of: 8 };
    const filled = async () => (await world.pointers.read('tally-count')).revisions[1]?.segments.map(({ isDone }) => isDone) ?? [];
    expect(await steps.fill({ ...rebuild, segment }, atOnce)).toEqual({ isDone: false });
    expect(await filled()).toEqual([true, ...Array(7).fill(false)]);
    expect((await steps.plan({ ...rebuild, attempt: 2 })).fill).toEqual([{ index: 1, of: 8 }]);
    expect(await steps.fill({ ...rebuild, segment }, far)).toEqual({ isDone: true });
    expect(await filled()).toEqual(Array(8).fill(true));
    expect((await steps.plan({ ...rebuild, attempt: 3 })).fill).toEqual([]);
    expect((await world.readModels.get(tallyCount, 's', 'strong')).document).toEqual({ events: 50 });
  });

  test('takes nothing from streams of another aggregate, even where the ids are alike', async () => {
    const other = { ...tally, name: 'other', events: { Put: z.object({}) }, commands: {}, decide: {}, evolve: {} } as never;
    const domain = defineDomain({ deciders: [tally, other], projections: [tallyTotal] });
    await record('a');
    await append(world.eventStore, world.eventStore.begin({ aggregate: 'other', id: 'a' }), added(7, 7, 7, 7));
    await steward({ ...world, domain, rebuilds: running });
    await runRebuild(stepsOf(domain, world), rebuildOf(tallyTotal));
    expect(await world.readModels.get(tallyTotal, 'a', 'strong')).toMatchObject({ version: 2, document: { sum: 3 } });
  });
});

describe('what is not complete does not serve:', () => {
  test('an event that the new revision cannot apply', async () => {
    const picky = defineProjection({
      ...second,
      evolve: {
        Added: () => {
          throw new Error('not this one');
        },
      },
    });
    const { rebuild } = await begun('a', 'b');
    const steps = stepsOf(domainOf(tallyTotal, picky), world);
    await expect(runRebuild(steps, rebuild)).rejects.toThrow(
      new Incomplete('tally-total@2: 0 streams are missing, 2 are parked, 0 are ahead of the log'),
    );
    expect(await pointer()).toMatchObject({ serves: 1, leads: 1, revisions: { 2: { state: 'failed' } } });
    expect((await pointer()).revisions[2]?.error).toContain('2 are parked');
  });

  test('what stays missing, although it is repaired', async () => {
    const { steps, rebuild } = await begun('a');
    const audits = [{ streams: 5, missing: 1, parked: 0, ahead: 0 }];
    expect(await steps.judge({ ...rebuild, audits, round: 1 })).toMatchObject({ isComplete: false, round: 2 });
    expect(await steps.judge({ ...rebuild, audits, round: 2 })).toMatchObject({ isComplete: false, round: 3 });
    await expect(steps.judge({ ...rebuild, audits, round: 3 })).rejects.toThrow(Incomplete);
    expect((await pointer()).serves).toBe(1);
  });

  test.each(['missing', 'parked', 'ahead'] as const)('what has a stream that is %s, in one of the segments', async (fault) => {
    const { steps, rebuild } = await begun('a');
    const none = { streams: 5, missing: 0, parked: 0, ahead: 0 };
    const audits = [none, { ...none, [fault]: 1 }, none];
    expect(await steps.judge({ ...rebuild, audits: [none, none], round: 3 })).toMatchObject({ isComplete: true });
    expect(await steps.judge({ ...rebuild, audits, round: 2 })).toMatchObject({ isComplete: false, round: 3 });
    await expect(steps.judge({ ...rebuild, audits, round: 3 })).rejects.toThrow(Incomplete);
  });

  test('what was missed by the fill is repaired by the audit', async () => {
    const { steps, rebuild } = await begun('a');
    const { fill, audit } = await steps.plan(rebuild);
    for (const segment of fill) await steps.fill({ ...rebuild, segment }, far);
    await record('b'); // Behind the fill's back, and no projector is there.
    await steps.lead(rebuild);
    const progress = { streams: 0, missing: 0, parked: 0, ahead: 0, isDone: false };
    const audits = await Promise.all(audit.map((segment) => steps.audit({ ...rebuild, segment, progress }, far)));
    expect(await steps.judge({ ...rebuild, audits, round: 1 })).toMatchObject({ isComplete: true, streams: 2 });
    expect(await world.readModels.get(second, 'b', 'strong')).toMatchObject({ version: 2 });
  });
});

test('a rebuild that another one has overtaken does not flip', async () => {
  const { steps, rebuild } = await begun('a');
  await steps.plan(rebuild);
  await steps.lead(rebuild);
  const third = next(tallyTotal, 3);
  await tend(...both, third);
  const later = stepsOf(domainOf(...both, third), world);
  await runRebuild(later, rebuildOf(third));
  await expect(steps.serve(rebuild)).rejects.toThrow('@3 leads by now');
  expect((await pointer()).serves).toBe(3);
});

test('a rebuild that fails after another one has taken the lead leaves the lead where it is', async () => {
  const { steps, rebuild } = await begun('a');
  await steps.lead(rebuild);
  const third = next(tallyTotal, 3);
  await tend(...both, third);
  const later = stepsOf(domainOf(...both, third), world);
  await later.lead(rebuildOf(third));
  await steps.fail({ ...rebuild, error: 'late' });
  expect(await pointer()).toMatchObject({ leads: 3, serves: 1, revisions: { 2: { state: 'failed' }, 3: { state: 'filling' } } });
  await runRebuild(later, rebuildOf(third));
  expect((await pointer()).serves).toBe(3);
});

test('the flip may be said twice', async () => {
  const { steps, rebuild } = await begun('a');
  await runRebuild(steps, rebuild);
  const after = await pointer();
  expect(await steps.serve(rebuild)).toEqual({ serves: 2 });
  expect(await pointer()).toEqual(after);
});

test('the revision that leads is fed first, and the others get nothing that it does not have', async () => {
  const { steps, rebuild, commits } = await begun('a');
  await steps.plan(rebuild);
  await steps.lead(rebuild);
  const broken = {
    ...world,
    readModels: {
      ...world.readModels,
      write: async (projection: AnyProjection, changes: never) => {
        if (projection.revision === 2) throw new Error('no room');
        return world.readModels.write(projection, changes);
      },
    },
  };
  const [b] = await record('b');
  const deliver = projector(
    broken as World,
    () => both,
    async () => (await pointer()).leads,
  );
  expect([...(await deliver(deliveriesOf([...commits, b as Commit]))).keys()].sort()).toEqual(['tally-a', 'tally-b']);
  expect(await world.readModels.get(tallyTotal, 'b', 'strong')).toMatchObject({ version: 0 });
});
