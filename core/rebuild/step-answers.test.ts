import { beforeEach, describe, expect, test } from '@jest/globals';
import { domainOf, memoryWorld, next, tallyCount, type World } from '../../test/support/rebuilding.ts';
import { added, append } from '../../test/support/requests.ts';
import { tallyTotal } from '../../test/support/tally.ts';
import type { AuditFinding } from '../audit/audit.ts';
import { nothingAudited } from '../audit/audit-totals.ts';
import { changePointer, type Revision } from './pointers.ts';
import { Incomplete, type Rebuild, rebuildSteps } from './rebuild-steps.ts';

const began = Date.parse('2026-01-01T00:00:00.000Z');
const since = new Date(began).toISOString();
const far = new Date('2100-01-01');
const second = next(tallyTotal);
const rebuild: Rebuild = { projection: 'tally-total', revision: 2, attempt: 1, table: 'tally-total@2' };
const revision = (change: Partial<Revision> = {}): Revision => ({
  ...{ state: 'filling', attempt: 1, isFirst: false, since, segments: [], table: 'tally-total@2' },
  ...change,
});

let world: World;
let seconds: number;
let findings: AuditFinding[];
beforeEach(() => {
  [seconds, findings] = [0, []];
  world = { ...memoryWorld(), now: () => new Date(began + seconds * 1000) };
});

const steps = (eventStore = world.eventStore) =>
  rebuildSteps({
    ...{ domain: domainOf(tallyTotal, second, tallyCount), stores: { ...world, eventStore }, pointers: world.pointers },
    ...{ pause: world.pause, onFinding: (one) => findings.push(one) },
  });
const know = (revisions: Readonly<Record<string, Revision>>, projection = 'tally-total') =>
  changePointer(world, projection, (pointer) => ({ ...pointer, revisions }));
const pointer = (projection = 'tally-total') => world.pointers.read(projection);
const record = async (count: number, amount = 1) => {
  for (let index = 0; index < count; index++)
    await append(world.eventStore, world.eventStore.begin({ aggregate: 'tally', id: `s${10 + index}` }), added(amount));
};
/** The segment of all these streams. */
const segment = { index: 'tally-s10'.length % 8, of: 8 };

describe('to lead', () => {
  test.each([
    [0, 30],
    [0.5, 30],
    [1, 29],
    [29.5, 1],
    [30, 0],
    [60, 0],
  ])('for %f seconds leaves %i to wait', async (led, settleSeconds) => {
    await know({ 2: revision() });
    await steps().lead(rebuild);
    seconds += led;
    expect(await steps().lead(rebuild)).toEqual({ settleSeconds, round: 1 });
    expect(await pointer()).toMatchObject({ leads: 2, leadsSince: since });
  });

  test.each([
    ['the first, alone', { 2: revision({ isFirst: true }) }, 0],
    ['the first, of two', { 1: revision({ isFirst: true }), 2: revision({ isFirst: true }) }, 30],
    ['alone, but not the first', { 2: revision() }, 30],
  ])('as %s', async (_, revisions, settleSeconds) => {
    await know(revisions);
    expect(await steps().lead(rebuild)).toEqual({ settleSeconds, round: 1 });
  });
});

describe('a verdict', () => {
  const none = { streams: 5, missing: 0, parked: 0, ahead: 0 };
  test('is that the projection is complete', async () =>
    expect(await steps().judge({ ...rebuild, audits: [none, none], round: 3 })).toEqual({
      ...{ isComplete: true, settleSeconds: 10, round: 4, streams: 10, missing: 0, parked: 0, ahead: 0 },
    }));
  test('is that another round is needed', async () =>
    expect(await steps().judge({ ...rebuild, audits: [{ ...none, missing: 2 }], round: 2 })).toEqual({
      ...{ isComplete: false, settleSeconds: 10, round: 3, streams: 5, missing: 2, parked: 0, ahead: 0 },
    }));
  test('is that it cannot be completed', async () => {
    const error = await steps()
      .judge({ ...rebuild, audits: [{ streams: 9, missing: 1, parked: 2, ahead: 3 }], round: 3 })
      .catch((thrown) => thrown);
    expect(error).toBeInstanceOf(Incomplete);
    expect(String(error)).toBe('Incomplete: tally-total@2: 1 streams are missing, 2 are parked, 3 are ahead of the log');
  });
});

describe('to serve', () => {
  test('answers the revision that serves from now on', async () => {
    await know({ 2: revision() });
    await steps().lead(rebuild);
    expect(await steps().serve(rebuild)).toEqual({ serves: 2 });
    expect((await pointer()).revisions[2]).toMatchObject({ state: 'complete', since });
  });
  test('is refused while another revision leads', async () => {
    await know({ 2: revision() });
    await changePointer(world, 'tally-total', (known) => ({ ...known, leads: 3 }));
    await expect(steps().serve(rebuild)).rejects.toThrow(new Error('tally-total@3 leads by now, and not @2'));
  });
});

describe('a rebuild of another table', () => {
  const late = { ...rebuild, table: 'tally-total@2 of old' };
  test('is refused by a process that has the present one', async () => {
    await know({ 2: revision() });
    await expect(steps().lead(late)).rejects.toThrow('tally-total@2 has the table tally-total@2 in this release, not tally-total@2 of old');
  });
  test('is refused where the record names another one', async () => {
    await know({ 2: revision({ table: 'tally-total@2 anew' }) });
    await expect(steps().lead(rebuild)).rejects.toMatchObject({
      ...{ name: 'NotFound', code: 'NotFound', message: 'tally-total@2 has another table by now, not tally-total@2' },
    });
  });
  test('that an older release began names none, and goes on', async () => {
    await know({ 2: revision() });
    const { table: _, ...old } = rebuild;
    expect(await steps().lead(old)).toMatchObject({ round: 1 });
  });
});

test('the failure of an attempt is recorded', async () => {
  await know({ 2: revision() });
  seconds = 7;
  expect(await steps().fail({ ...rebuild, error: 'no luck' })).toEqual({});
  expect((await pointer()).revisions[2]).toEqual(
    revision({ state: 'failed', error: 'no luck', since: new Date(began + 7000).toISOString() }),
  );
});

test('the plan records the segments', async () => {
  await know({ 2: revision() });
  const all = [0, 1, 2, 3, 4, 5, 6, 7].map((index) => ({ index, of: 8 }));
  expect(await steps().plan(rebuild)).toEqual({ fill: all, audit: all });
  expect((await pointer()).revisions[2]?.segments).toEqual(all.map((one) => ({ ...one, commits: 0, isDone: false })));
});

describe('a fill', () => {
  /** A log of which each page takes so many seconds to read. */
  const slow = (pageSeconds: number) => ({
    ...world.eventStore,
    scan: async (...args: Parameters<typeof world.eventStore.scan>) => {
      seconds += pageSeconds;
      return world.eventStore.scan(...args);
    },
  });

  test.each([
    [0.1, 1],
    [2, 2],
    [5, 4],
    [9, 4],
  ])('whose four pages take %f s each saves its progress %i times', async (pageSeconds, saves) => {
    await record(35);
    await know({ 2: revision() });
    await steps().plan(rebuild);
    const { version } = await pointer();
    expect(await steps(slow(pageSeconds)).fill({ ...rebuild, segment }, far)).toEqual({ isDone: true });
    expect((await pointer()).version - version).toBe(saves);
    const progress = (await pointer()).revisions[2]?.segments.find(({ index }) => index === segment.index);
    expect(progress).toEqual({ ...segment, commits: 35, isDone: true });
    expect(await world.readModels.get(second, 's44', 'strong')).toMatchObject({ version: 1 });
  });

  test.each([
    [1, 10],
    [1.5, 20],
    [2, 20],
  ])('that has %f s for pages of 1 s stops after %i commits', async (has, commits) => {
    await record(35);
    await know({ 2: revision() });
    await steps().plan(rebuild);
    expect(await steps(slow(1)).fill({ ...rebuild, segment }, new Date(began + has * 1000))).toEqual({ isDone: false });
    expect((await pointer()).revisions[2]?.segments.find(({ index }) => index === segment.index)).toMatchObject({ commits, isDone: false });
  });

  test.each([
    [1, 1],
    [2, 2],
    [2.5, 3],
  ])('of documents of many streams, in %f s for pages of 1 s, fills %i segments', async (has, filled) => {
    const counting = { ...rebuild, projection: 'tally-count', revision: 1, table: 'tally-count@1' };
    await know({ 1: revision({ table: 'tally-count@1' }) }, 'tally-count');
    await steps().plan(counting);
    const until = new Date(began + has * 1000);
    expect(await steps(slow(1)).fill({ ...counting, segment: { index: 0, of: 8 } }, until)).toEqual({ isDone: false });
    expect((await pointer('tally-count')).revisions[1]?.segments.filter(({ isDone }) => isDone)).toHaveLength(filled);
  });
});

test('an audit repairs what is missing, and reports what it cannot repair', async () => {
  await record(3);
  await know({ 2: revision() });
  const ahead = { document: { sum: 9, parity: 'odd', trail: '' }, version: 9, recordedAt: since };
  await world.readModels.insert(second, [{ key: 's11', tenant: undefined, next: ahead }]);
  seconds = 3600;
  const audited = await steps().audit({ ...rebuild, segment, progress: nothingAudited }, far);
  expect(audited).toMatchObject({ streams: 3, missing: 0, parked: 0, ahead: 1, isDone: true });
  expect(findings).toEqual([{ projection: 'tally-total', revision: 2, stream: 'tally-s11', recorded: 1, projected: 9, kind: 'ahead' }]);
  for (const id of ['s10', 's12']) expect(await world.readModels.get(second, id, 'strong')).toMatchObject({ version: 1 });
  expect(await world.readModels.get(tallyTotal, 's10', 'strong')).toMatchObject({ version: 0 });
});
