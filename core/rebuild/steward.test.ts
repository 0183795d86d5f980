import { beforeEach, describe, expect, test } from '@jest/globals';
import { rowOf } from '../../test/support/read-taps.ts';
import {
  domainOf,
  memoryWorld,
  next,
  runRebuild,
  type Steps,
  stepsOf,
  tallyCount,
  type World,
  withNewTable,
} from '../../test/support/rebuilding.ts';
import { added, append } from '../../test/support/requests.ts';
import { withoutTables } from '../../test/support/revisions.ts';
import { tallyTotal } from '../../test/support/tally.ts';
import type { AnyProjection } from '../read/projection.ts';
import { changePointer } from './pointers.ts';
import type { Rebuild } from './rebuild-steps.ts';
import { failed } from './revisions.ts';
import { servedReader } from './serving.ts';
import { maxAttempts, type Rebuilds, steward } from './steward.ts';

const total = (attempt: number, revision = 1, table = `tally-total@${revision}`): Rebuild => ({
  projection: 'tally-total',
  revision,
  attempt,
  table,
});

/** Like Step Functions: a name that runs is answered alike, one that has ended is refused. */
const executions = () => {
  const running = new Map<string, 'running' | 'ended'>();
  const started: Rebuild[] = [];
  const rebuilds: Rebuilds = {
    start: async (rebuild) => {
      const name = JSON.stringify(rebuild);
      if (!running.has(name)) started.push(rebuild);
      running.set(name, running.get(name) ?? 'running');
      return running.get(name) as 'running' | 'ended';
    },
  };
  return { rebuilds, started, end: (rebuild: Rebuild) => running.set(JSON.stringify(rebuild), 'ended') };
};

let world: World;
let runs: ReturnType<typeof executions>;
beforeEach(() => {
  world = memoryWorld();
  runs = executions();
});

const tend = (...projections: AnyProjection[]) => steward({ ...world, domain: domainOf(...projections), rebuilds: runs.rebuilds });
const complete = async (projection: AnyProjection, all: AnyProjection[], attempt = 1) => {
  const rebuild = { projection: projection.name, revision: projection.revision, attempt, table: world.readModels.tableOf(projection) };
  await runRebuild(stepsOf(domainOf(...all), world), rebuild);
  runs.end(rebuild);
};
const failAttempt = (rebuild: Rebuild) =>
  changePointer(world, rebuild.projection, (known) => failed(known, rebuild.revision, { ...rebuild, error: 'no luck', at: '' }));

test('every projection of a new service is filled', async () => {
  expect(await tend(tallyTotal, tallyCount)).toEqual([
    total(1),
    { projection: 'tally-count', revision: 1, attempt: 1, table: 'tally-count@1' },
  ]);
});

test('what runs is met again, and not started twice', async () => {
  for (let minute = 0; minute < 3; minute++) expect(await tend(tallyTotal)).toEqual([total(1)]);
  expect(runs.started).toEqual([total(1)]);
});

test('several at a time start one', async () => {
  await Promise.all([tend(tallyTotal), tend(tallyTotal), tend(tallyTotal)]);
  expect(runs.started).toEqual([total(1)]);
});

test('what is complete is left alone', async () => {
  await tend(tallyTotal);
  await complete(tallyTotal, [tallyTotal]);
  const before = await world.pointers.read('tally-total');
  expect(await tend(tallyTotal)).toEqual([]);
  expect(await world.pointers.read('tally-total')).toEqual(before);
});

describe('a new revision', () => {
  const both = [tallyTotal, next(tallyTotal)];
  beforeEach(async () => {
    await tend(tallyTotal);
    await complete(tallyTotal, [tallyTotal]);
  });

  test('is filled while the old one serves', async () => {
    expect(await tend(...both)).toEqual([total(1, 2)]);
    expect(await world.pointers.read('tally-total')).toMatchObject({ serves: 1, revisions: { 2: { state: 'filling', isFirst: false } } });
  });

  test('of several, the newest is filled', async () => {
    expect(await tend(...both, next(tallyTotal, 3))).toEqual([total(1, 3)]);
  });

  test('that left the domain is forgotten: its table goes with it, and one that comes again is empty', async () => {
    await tend(...both);
    await complete(both[1] as AnyProjection, both);
    await tend(tallyTotal);
    expect((await world.pointers.read('tally-total')).revisions).not.toHaveProperty('2');
    expect(await tend(...both)).toEqual([total(2, 2)]); // Its first attempt has ended long ago, and proves nothing any more.
  });
});

describe('a second revision that is rolled back', () => {
  const second = next(tallyTotal);
  const both = [tallyTotal, second];
  const pointer = () => world.pointers.read('tally-total');
  const served = async (...projections: AnyProjection[]) => {
    const { projection, isComplete } = await servedReader({ ...world, domain: domainOf(...projections) })('tally-total', async () => {});
    return { revision: projection.revision, isComplete };
  };
  beforeEach(async () => {
    await tend(tallyTotal);
    await complete(tallyTotal, [tallyTotal]);
    await tend(...both);
    await complete(second, both);
    expect(await served(...both)).toEqual({ revision: 2, isComplete: true });
  });

  test('neither serves nor leads any more: the one before it does, which is complete', async () => {
    expect(await served(tallyTotal)).toEqual({ revision: 1, isComplete: true }); // Before the steward has come, too.
    await tend(tallyTotal);
    expect(await pointer()).toMatchObject({ serves: 1, leads: 1 });
    expect(await served(tallyTotal)).toEqual({ revision: 1, isComplete: true });
  });

  test.each([true, false])(
    'and deployed again does not serve until it is filled, nor lead (seen by the steward in between: %s)',
    async (isSeen) => {
      if (isSeen) await tend(tallyTotal);
      world = withNewTable(world, second);
      expect(await served(...both)).toEqual({ revision: 1, isComplete: true });
      const rebuild = total(1, 2, world.readModels.tableOf(second));
      expect(await tend(...both)).toEqual([rebuild]);
      expect(await served(...both)).toEqual({ revision: 1, isComplete: true });
      expect(await pointer()).toMatchObject({ serves: 1, leads: 1 });
      const { settleSeconds } = await stepsOf(domainOf(...both), world).lead(rebuild);
      expect(settleSeconds).toBeGreaterThan(20);
      await complete(second, both);
      expect(await served(...both)).toEqual({ revision: 2, isComplete: true });
    },
  );

  test('because it could not be filled, and is mended under the same number, is filled from its first attempt on', async () => {
    world = withNewTable(world, second);
    for (let attempt = 1; attempt <= maxAttempts; attempt++) {
      await tend(...both);
      await failAttempt(total(attempt, 2, world.readModels.tableOf(second)));
      runs.end(total(attempt, 2, world.readModels.tableOf(second)));
    }
    expect(await tend(...both)).toEqual([]);
    await tend(tallyTotal);
    world = withNewTable(world, second);
    expect(await tend(...both)).toEqual([total(1, 2, world.readModels.tableOf(second))]);
    await complete(second, both);
    expect(await served(...both)).toEqual({ revision: 2, isComplete: true });
  });

  test('of which nothing else is complete leaves nobody to lead', async () => {
    const third = next(tallyTotal, 3);
    await tend(third);
    expect(await pointer()).toMatchObject({ serves: 3 });
    expect(await pointer()).not.toHaveProperty('leads');
    expect(await pointer()).not.toHaveProperty('leadsSince');
    expect(await served(third)).toEqual({ revision: 3, isComplete: false });
    await complete(third, [third]);
    expect(await served(third)).toEqual({ revision: 3, isComplete: true });
  });
});

describe('a projection that left the domain and comes back', () => {
  const served = () => servedReader({ ...world, domain: domainOf(tallyTotal) })(tallyTotal.name, async () => {});
  let before: World;
  let anew: Rebuild;
  beforeEach(async () => {
    await append(world.eventStore, world.eventStore.begin({ aggregate: 'tally', id: 'a' }), added(1));
    await tend(tallyTotal, tallyCount);
    await complete(tallyTotal, [tallyTotal, tallyCount]);
    await tend(tallyCount); // Nothing is known of it here: its pointer stays as it is.
    before = world;
    world = withNewTable(world, tallyTotal);
    anew = total(1, 1, world.readModels.tableOf(tallyTotal));
  });

  test('is filled again, in its new table, by a rebuild of its own', async () => {
    expect(await tend(tallyTotal, tallyCount)).toContainEqual(anew);
    expect((await world.pointers.read('tally-total')).revisions[1]).toMatchObject({ state: 'filling', isFirst: false, segments: [] });
    expect(await served()).toMatchObject({ isComplete: false });
    await complete(tallyTotal, [tallyTotal, tallyCount]);
    expect(await served()).toMatchObject({ isComplete: true });
    expect(await rowOf(world, tallyTotal, 'a')).toMatchObject({ version: 1 });
  });

  test('does not take the word of the rebuild of the table that is gone', async () => {
    await tend(tallyTotal, tallyCount);
    const [late, here] = [before, world].map((one) => stepsOf(domainOf(tallyTotal), one)) as [Steps, Steps];
    await here.plan(anew);
    await here.lead(anew);
    const filling = await world.pointers.read('tally-total');
    for (const segment of filling.revisions[1]?.segments ?? [])
      await expect(late.fill({ ...total(1), segment }, new Date('2100-01-01'))).rejects.toThrow('another table by now');
    await expect(late.serve(total(1))).rejects.toThrow('another table by now');
    await expect(here.serve(total(1))).rejects.toThrow('has the table tally-total@1 anew in this release, not tally-total@1');
    await expect(late.serve(anew)).rejects.toThrow('has the table tally-total@1 in this release, not tally-total@1 anew');
    for (const steps of [late, here]) await steps.fail({ ...total(1), error: 'no luck' });
    expect(await world.pointers.read('tally-total')).toEqual(filling);
    expect(await served()).toMatchObject({ isComplete: false });
  });
});

describe('a record of an older release, which names no table', () => {
  test('is of the one that is there, and from then on of no other', async () => {
    await tend(tallyTotal);
    await complete(tallyTotal, [tallyTotal]);
    const before = await world.pointers.read('tally-total');
    await changePointer(world, 'tally-total', withoutTables);
    expect(await tend(tallyTotal)).toEqual([]);
    expect(await world.pointers.read('tally-total')).toEqual({ ...before, version: before.version + 2 });
    world = withNewTable(world, tallyTotal);
    expect(await tend(tallyTotal)).toEqual([total(1, 1, world.readModels.tableOf(tallyTotal))]);
  });
});

describe('an attempt that fails', () => {
  test('is followed by the next one, until it is enough', async () => {
    for (let attempt = 1; attempt <= maxAttempts; attempt++) {
      expect(await tend(tallyTotal)).toEqual([total(attempt)]);
      await failAttempt(total(attempt));
      runs.end(total(attempt));
    }
    expect(await tend(tallyTotal)).toEqual([]);
    expect((await world.pointers.read('tally-total')).revisions[1]).toMatchObject({
      state: 'failed',
      attempt: maxAttempts,
      error: 'no luck',
    });
  });

  test('without a word, aborted or out of time, is followed at once', async () => {
    await tend(tallyTotal);
    runs.end(total(1));
    expect(await tend(tallyTotal)).toEqual([total(2)]);
  });

  test('without a word, again and again, is put on record', async () => {
    for (let attempt = 1; attempt <= maxAttempts; attempt++) runs.end(total(attempt));
    expect(await tend(tallyTotal)).toEqual([]);
    expect((await world.pointers.read('tally-total')).revisions[1]).toMatchObject({ state: 'failed', error: 'it ended without a result' });
  });

  test('that was succeeded by another one says nothing', async () => {
    await tend(tallyTotal);
    runs.end(total(1));
    await tend(tallyTotal);
    await failAttempt(total(1));
    expect((await world.pointers.read('tally-total')).revisions[1]).toMatchObject({ state: 'filling', attempt: 2 });
  });
});
