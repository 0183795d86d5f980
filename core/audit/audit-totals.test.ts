import { describe, expect, test } from '@jest/globals';
import { deliver, memoryStores, rowOf } from '../../test/support/read-taps.ts';
import { added, append, longAgo } from '../../test/support/requests.ts';
import { tallyTotal } from '../../test/support/tally.ts';
import type { AuditFinding } from './audit.ts';
import { auditSegment, counted, nothingAudited, sum } from './audit-totals.ts';
import type { Pacer } from './pace.ts';

const finding = (kind: AuditFinding['kind']): AuditFinding => ({
  ...{ projection: 'tally-total', revision: 1, stream: 'tally-a', recorded: 1, projected: 0 },
  kind,
});

test('findings are counted by their kind', () => {
  expect(counted([])).toEqual({ missing: 0, parked: 0, ahead: 0 });
  expect(counted((['parked', 'ahead', 'missing', 'ahead', 'missing', 'missing'] as const).map(finding))).toEqual({
    ...{ missing: 3, parked: 1, ahead: 2 },
  });
});

test('totals are summed, each count for itself', () => {
  expect(sum([])).toEqual({ streams: 0, missing: 0, parked: 0, ahead: 0 });
  const one = { streams: 1, missing: 10, parked: 100, ahead: 1000 };
  const other = { streams: 2, missing: 30, parked: 400, ahead: 5000 };
  expect(sum([one, other])).toEqual({ streams: 3, missing: 40, parked: 500, ahead: 6000 });
});

describe('the audit of a segment', () => {
  /** Long after the events were recorded: the audit does not wait for them. */
  const now = () => new Date('2020-02-01');
  /** Twelve streams, on two pages, of which none is projected. */
  const begin = async () => {
    const stores = memoryStores(longAgo);
    for (let index = 0; index < 12; index++)
      await append(stores.eventStore, stores.eventStore.begin({ aggregate: 'tally', id: `s${index}` }), added(1));
    const told: string[] = [];
    const work = {
      ...{ stores: { ...stores, now }, projections: [tallyTotal], isListening: () => true, segment: { index: 0, of: 1 } },
      onFinding: ({ stream }: AuditFinding) => void told.push(stream),
    };
    return { work, told, stores };
  };
  const before = new Date('2020-01-31');
  const after = new Date('2020-02-02');
  const all = { streams: 12, missing: 12, parked: 0, ahead: 0, isDone: true };

  test('goes to the end while it has time, and reports each finding', async () => {
    const { work, told, stores } = await begin();
    expect(await auditSegment({ ...work, progress: nothingAudited, until: after })).toEqual({ ...all, cursor: undefined, open: undefined });
    expect(new Set(told).size).toBe(12);
    expect(told).toHaveLength(12);
    expect(await rowOf(stores, tallyTotal, 's1')).toMatchObject({ version: 0 });
  });

  test.each([before, now()])('stops after a page when its time is up, and continues there (%s)', async (until) => {
    const { work, told } = await begin();
    const half = await auditSegment({ ...work, progress: nothingAudited, until });
    // The last stream of a page may go on in the next one, so it is counted and compared later.
    expect(half).toMatchObject({ streams: 10, missing: 9, isDone: false, cursor: expect.any(String) });
    expect(await auditSegment({ ...work, progress: half, until })).toMatchObject(all);
    expect(told).toHaveLength(12);
  });

  test('at a pace: it stops where its pacer says so, tells its pace, and goes on there', async () => {
    const { work, told } = await begin();
    const pace = { nextAt: '2020-02-01T00:00:00.000Z', part: 0.5 };
    let left = 1;
    const until: Date[] = [];
    const pacer: Pacer = {
      read: async (page, time) => {
        until.push(time);
        left -= 1;
        return left < 0 ? undefined : page();
      },
      pace: () => pace,
    };
    const half = await auditSegment({ ...work, progress: nothingAudited, until: after, pacer });
    expect(half).toMatchObject({ streams: 10, isDone: false, cursor: expect.any(String), pace });
    expect(until).toEqual([after, after]);
    // Nothing was read at all: the progress is what it was.
    expect(await auditSegment({ ...work, progress: half, until: after, pacer })).toEqual(half);
    left = 1;
    const done = await auditSegment({ ...work, progress: half, until: after, pacer });
    expect(done).toMatchObject(all);
    expect(done).not.toHaveProperty('pace');
    expect(told).toHaveLength(12);
  });

  test('that is done is not begun again', async () => {
    const { work, told } = await begin();
    const progress = { ...nothingAudited, streams: 7, isDone: true };
    expect(await auditSegment({ ...work, progress, until: after })).toEqual(progress);
    expect(told).toEqual([]);
  });
});

test('streams that wait for a newer release are parked for an audit, and as complete as can be for a rebuild', async () => {
  const stores = { ...memoryStores(longAgo), knows: () => false };
  const { commit } = await append(stores.eventStore, stores.eventStore.begin({ aggregate: 'tally', id: 'a' }), added(1));
  await deliver(stores, tallyTotal, [{ stream: commit.stream, commits: [commit] }]);
  const told: AuditFinding[] = [];
  const audit = (allowsWaiting: boolean) =>
    auditSegment({
      ...{ stores, projections: [tallyTotal], isListening: () => true, segment: { index: 0, of: 1 }, progress: nothingAudited },
      ...{ until: new Date('2099-01-01'), onFinding: (found: AuditFinding) => void told.push(found), allowsWaiting },
    });
  expect(await audit(true)).toMatchObject({ streams: 1, parked: 0, missing: 0, isDone: true });
  expect(told).toEqual([]);
  expect(await audit(false)).toMatchObject({ streams: 1, parked: 1, missing: 0 });
  expect(told).toMatchObject([{ stream: 'tally-a', kind: 'parked', waits: true }]);
});
