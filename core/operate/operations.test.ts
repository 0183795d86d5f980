import { beforeEach, describe, expect, test } from '@jest/globals';
import { domainOf, memoryWorld, next, rebuildOf, runRebuild, stepsOf, tallyCount, type World } from '../../test/support/rebuilding.ts';
import { added, append } from '../../test/support/requests.ts';
import { tallyTotal } from '../../test/support/tally.ts';
import { type AuditPage, type AuditPlace, auditPage } from '../audit/audit.ts';
import type { AnyProjection } from '../read/projection.ts';
import { project } from '../read/projector.ts';
import type { Change } from '../read/read-models.ts';
import { changePointer, type Pointer } from '../rebuild/pointers.ts';
import { failed, restarted } from '../rebuild/revisions.ts';
import { steward } from '../rebuild/steward.ts';
import { behindLeader, catchUp, flip, parkedStreams, redrive, retry, revisionReports } from './operations.ts';

const second = next(tallyTotal);
const both = [tallyTotal, second];
const domain = domainOf(...both, tallyCount);
const name = tallyTotal.name;
const rebuilds = { start: async () => 'running' as const };
const bus = { publish: async () => Promise.reject(new Error('nothing leaves here')) };

let world: World;
beforeEach(async () => {
  world = memoryWorld();
  for (const id of ['a', 'b', 'c']) await append(world.eventStore, world.eventStore.begin({ aggregate: 'tally', id }), added(1));
  await steward({ ...world, domain: domainOf(tallyTotal), rebuilds });
  await runRebuild(stepsOf(domainOf(tallyTotal), world), rebuildOf(tallyTotal));
  await steward({ ...world, domain, rebuilds });
});

test('the reports say which revision serves, and how far the others are', async () => {
  const steps = stepsOf(domain, world);
  const { fill } = await steps.plan(rebuildOf(second));
  for (const segment of fill.slice(0, 7)) await steps.fill({ ...rebuildOf(second), segment }, new Date(0));
  const unplanned = { attempt: 1, commits: 0, segments: 0, segmentsDone: 0, isServing: false };
  expect(await revisionReports({ ...world, domain })).toEqual([
    {
      projection: name,
      revision: 1,
      state: 'complete',
      isServing: true,
      attempt: 1,
      commits: 3,
      segments: 8,
      segmentsDone: 8,
      since: expect.any(String),
    },
    {
      projection: name,
      revision: 2,
      state: 'filling',
      isServing: false,
      attempt: 1,
      commits: expect.any(Number),
      segments: 8,
      segmentsDone: 7,
      since: expect.any(String),
    },
    { projection: 'tally-count', revision: 1, state: 'waiting', since: expect.any(String), ...unplanned },
  ]);
  expect(await revisionReports({ ...memoryWorld(), domain: domainOf(tallyCount) })).toEqual([
    { projection: 'tally-count', revision: 1, state: 'unknown', ...unplanned, attempt: 0 },
  ]);
});

describe('a flip', () => {
  test('goes back and forward again, between what is complete', async () => {
    await runRebuild(stepsOf(domain, world), rebuildOf(second));
    expect(await flip(world, { projection: name, revision: 1 })).toMatchObject({ serves: 1 });
    expect(await steward({ ...world, domain, rebuilds })).not.toContainEqual(expect.objectContaining({ projection: name })); // It stays there.
    expect(await flip(world, { projection: name, revision: 2 })).toMatchObject({ serves: 2 });
    expect(await flip(world, { projection: name, revision: 2 })).toMatchObject({ serves: 2 });
  });

  test.each([2, 3])('to revision %i, which is not complete, is refused', async (revision) => {
    await expect(flip(world, { projection: name, revision })).rejects.toThrow(`tally-total@${revision} is not complete and cannot serve`);
  });
});

describe('one more attempt', () => {
  const fail = () => changePointer(world, name, (known) => failed(known, 2, { attempt: 5, error: 'no luck', at: '' }));
  beforeEach(async () => {
    for (let attempt = 1; attempt < 5; attempt++) await changePointer(world, name, (known) => restarted(known, 2, { attempt, at: '' }));
  });

  test('after the last one has failed is started by the steward', async () => {
    await fail();
    expect(await steward({ ...world, domain, rebuilds })).not.toContainEqual(expect.objectContaining({ projection: name }));
    expect((await retry(world, { projection: name, revision: 2 })).revisions[2]).toMatchObject({ state: 'filling', attempt: 6 });
    expect(await steward({ ...world, domain, rebuilds })).toContainEqual({ ...rebuildOf(second, 6), table: 'tally-total@2' });
  });

  test('is one, though the answer of the write was lost', async () => {
    await fail();
    let lost = 0;
    const write = async (pointer: Pointer) => (await world.pointers.write(pointer)) && lost++ > 0;
    const deaf = { ...world, pointers: { ...world.pointers, write } };
    expect((await retry(deaf, { projection: name, revision: 2 })).revisions[2]).toMatchObject({ state: 'filling', attempt: 6 });
  });

  test.each([
    [1, 'tally-total@1 has not failed: it is complete'],
    [2, 'tally-total@2 has not failed: it is filling'],
    [9, 'tally-total@9 is not a revision of this service'],
  ])('of revision %i is refused', async (revision, message) => {
    await expect(retry(world, { projection: name, revision })).rejects.toThrow(message);
  });
});

test('a redrive brings no revision ahead of the one that leads', async () => {
  await changePointer(world, name, (known) => ({ ...known, leads: 2 }));
  const late = { aggregate: 'tally', id: 'late' };
  const { tail } = await append(world.eventStore, world.eventStore.begin(late), added(1));
  const write = async (projection: AnyProjection, changes: readonly Change[]) => {
    if (projection.revision === 1) await append(world.eventStore, tail, added(1)); // Between the two.
    return world.readModels.write(projection, changes);
  };
  await redrive({ ...world, bus, domain, readModels: { ...world.readModels, write } }, { projection: tallyTotal, stream: 'tally-late' });
  for (const projection of both) expect(await world.readModels.get(projection, 'late', 'strong')).toMatchObject({ version: 1 });
});

test('an audit that repairs brings no revision ahead of the one that leads', async () => {
  await changePointer(world, name, (known) => ({ ...known, leads: 2 }));
  const late = { aggregate: 'tally', id: 'late' };
  const { tail } = await append(world.eventStore, world.eventStore.begin(late), added(1));
  let appended = 0;
  const write = async (projection: AnyProjection, changes: readonly Change[]) => {
    if (projection.revision === 1 && appended++ === 0) await append(world.eventStore, tail, added(1)); // Between the two.
    return world.readModels.write(projection, changes);
  };
  const stores = { ...world, readModels: { ...world.readModels, write } };
  const repairs = behindLeader({ ...stores, bus, domain });
  for (let cursor: AuditPlace | undefined = {}; cursor !== undefined; ) {
    const page: AuditPage = await auditPage(
      { stores, projections: [tallyTotal], isListening: () => true, repairs },
      { index: 0, of: 1 },
      cursor,
    );
    cursor = page.cursor === undefined ? undefined : page;
  }
  for (const projection of both) expect(await world.readModels.get(projection, 'late', 'strong')).toMatchObject({ version: 1 });
});

describe('catching up', () => {
  test('brings streams up to date in every read model that listens', async () => {
    const streams = ['a', 'b', 'c'].map((id) => ({ aggregate: 'tally', id }));
    expect(await catchUp({ ...world, bus, domain }, [...streams, { aggregate: 'other', id: 'x' }])).toEqual(new Map());
    for (const id of ['a', 'b', 'c']) {
      expect(await world.readModels.get(second, id, 'strong')).toMatchObject({ version: 1 });
      expect((await world.readModels.get(tallyCount, id, 'strong')).document).toEqual({ events: 1 });
    }
  });

  test('answers what could not be', async () => {
    const down = { ...world, readModels: { ...world.readModels, write: async () => Promise.reject(new Error('down')) } };
    const failures = await catchUp({ ...down, bus, domain: domainOf(tallyCount) }, [{ aggregate: 'tally', id: 'a' }]);
    expect([...failures]).toEqual([['tally-a', new Error('down')]]);
  });
});

describe.each(both.slice(0, 1).concat(tallyCount as never))('what $name has set aside', (projection: AnyProjection) => {
  const picky = {
    ...projection,
    name: `${projection.name}-broken`,
    evolve: {
      Added: () => {
        throw new Error('not yet');
      },
    },
  } as AnyProjection;
  const fixed = { ...picky, evolve: projection.evolve } as AnyProjection;
  const withPicky = domainOf(picky);
  const park = () =>
    project(
      world,
      picky,
      ['a', 'b'].map((id) => ({ stream: { aggregate: 'tally', id }, commits: [] })),
    );
  const parked = async () => {
    const streams: string[] = [];
    for await (const { stream } of parkedStreams(world, picky)) streams.push(stream);
    return streams;
  };

  test('is listed, and stays there while it cannot be applied', async () => {
    await park();
    expect(await parked()).toEqual(['tally-a', 'tally-b']);
    expect(await redrive({ ...world, bus, domain: withPicky }, { projection: picky, stream: 'tally-a' })).toBe(false);
    expect(await parked()).toEqual(['tally-a', 'tally-b']);
  });

  test('is replayed after the fix', async () => {
    await park();
    expect(await redrive({ ...world, bus, domain: domainOf(fixed) }, { projection: fixed, stream: 'tally-a' })).toBe(true);
    expect(await parked()).toEqual(['tally-b']);
    expect(await redrive({ ...world, bus, domain: domainOf(fixed) }, { projection: fixed, stream: 'tally-a' })).toBe(true); // Nothing is left to do.
  });

  test('is nothing of a stream that it does not listen to', async () => {
    await expect(redrive({ ...world, bus, domain: withPicky }, { projection: picky, stream: 'order-1' })).rejects.toMatchObject({
      code: 'NotFound',
    });
  });
});
