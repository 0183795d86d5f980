import { beforeEach, describe, expect, test } from '@jest/globals';
import { deliveriesOf } from '../../test/support/projecting.ts';
import {
  fixedNotes,
  fixedTotals,
  headOf,
  noted,
  notes,
  notesOf,
  poison,
  totalOf,
  totals,
  writeMore,
  written,
} from '../../test/support/read-notes.ts';
import { counted, deliver, memoryStores, rowOf } from '../../test/support/read-taps.ts';
import { longAgo } from '../../test/support/requests.ts';
import { type Address, streamName } from '../basics/stream.ts';
import type { Commit, EventStore } from '../log/event-store.ts';
import type { BringUp, ProjectionPorts } from '../read/ports.ts';
import type { AnyProjection } from '../read/projection.ts';
import { project } from '../read/projector.ts';
import { progressKey } from '../read/read-models.ts';
import { type AuditFinding, type AuditPage, auditPage } from './audit.ts';
import { type AuditProgress, auditSegment, nothingAudited } from './audit-totals.ts';

let stores: ProjectionPorts;
let streams: { stream: Address; commits: readonly Commit[] }[];
beforeEach(async () => {
  stores = memoryStores(longAgo);
  streams = [];
  for (let index = 0; index < 25; index++)
    streams.push(await written(stores.eventStore, [noted(index, 'a'), noted(1)], [noted(2, 'b')], [noted(3, 'a')]));
});

interface Asked {
  readonly over?: ProjectionPorts;
  readonly projections?: readonly AnyProjection[];
  readonly isRepairing?: boolean;
  readonly isListening?: (projection: AnyProjection, stream: Address) => boolean;
}

/** All pages of an audit. */
const audit = async ({ over = stores, projections = [totals, notes], isRepairing = false, isListening = () => true }: Asked = {}) => {
  const pages: AuditPage[] = [];
  let page: AuditPage | undefined;
  do {
    const repairs: BringUp = (...args) => project(over, ...args);
    const auditing = { stores: over, projections, isListening, ...(isRepairing ? { repairs } : {}) };
    page = await auditPage(auditing, { index: 0, of: 1 }, page);
    pages.push(page);
  } while (page.cursor !== undefined);
  return { streams: pages.reduce((sum, page) => sum + page.streams, 0), findings: pages.flatMap(({ findings }) => findings), pages };
};

const projectAll = async (...projections: readonly AnyProjection[]) => {
  for (const projection of projections) await deliver(stores, projection, deliveriesOf(streams.flatMap(({ commits }) => commits)));
};
const finding = (
  projection: AnyProjection,
  stream: Address,
  kind: AuditFinding['kind'],
  recorded: number,
  projected: number,
): AuditFinding => ({
  projection: projection.name,
  revision: projection.revision,
  stream: streamName(stream),
  recorded,
  projected,
  kind,
});
const one = () => streams[7] as { stream: Address; commits: readonly Commit[] };
const setBack = async (projection: AnyProjection, stream: Address, version: number): Promise<void> => {
  const key = progressKey(projection, stream);
  const row = await rowOf(stores, projection, key);
  await stores.readModels.write(projection, [{ key, tenant: undefined, from: row.version, next: { ...row, version } }]);
};

test('of an empty log finds nothing', async () => {
  expect(await audit({ over: memoryStores() })).toMatchObject({ streams: 0, findings: [] });
});

test('where all is up to date nothing is missing, and every stream was looked at', async () => {
  await projectAll(totals, notes);
  const { stores: noted, calls } = counted(stores);
  expect(await audit({ over: noted })).toMatchObject({ streams: 25, findings: [] });
  expect(calls.filter((call) => call !== 'scan' && call !== 'getMany')).toEqual([]);
  expect(calls.filter((call) => call === 'getMany')).toHaveLength(2 * calls.filter((call) => call === 'scan').length);
});

describe.each([
  ['of one stream', totals, fixedTotals],
  ['of many streams', notes, fixedNotes],
])('in documents %s', (_, projection, fixed) => {
  beforeEach(() => projectAll(projection));
  const found = async (asked: Asked = {}) => (await audit({ projections: [projection], ...asked })).findings;

  test('a stream that was never projected is missing', async () => {
    const { stream, commits } = await written(stores.eventStore, [noted(1, 'a')], [noted(2, 'b')]);
    expect(await found()).toEqual([finding(projection, stream, 'missing', headOf(commits), 0)]);
  });

  test('a stream that is behind is missing', async () => {
    const { stream, commits } = one();
    await setBack(projection, stream, 3);
    expect(await found()).toEqual([finding(projection, stream, 'missing', headOf(commits), 3)]);
  });

  test('a stream that has seen more than the log holds is ahead', async () => {
    await setBack(projection, one().stream, 9);
    expect(await found()).toEqual([finding(projection, one().stream, 'ahead', 4, 9)]);
    expect(await found({ isRepairing: true })).toEqual([finding(projection, one().stream, 'ahead', 4, 9)]);
  });

  test('a stream that was set aside is parked, though nothing follows the poison', async () => {
    const { stream, commits } = await written(stores.eventStore, [noted(1, 'a')], [noted(poison, 'a')]);
    await deliver(stores, projection, deliveriesOf(commits));
    expect(await found()).toEqual([finding(projection, stream, 'parked', 2, 1)]);
  });

  test('a parked stream is not healed by a repair while it is poison, and no other is held up', async () => {
    const { stream, commits } = await written(stores.eventStore, [noted(1, 'a')], [noted(poison, 'a')]);
    await deliver(stores, projection, deliveriesOf(commits));
    const late = await written(stores.eventStore, [noted(5, 'b')]);
    expect(await found({ isRepairing: true })).toEqual([finding(projection, stream, 'parked', 2, 1)]);
    expect((await rowOf(stores, projection, progressKey(projection, late.stream))).version).toBe(1);
    await deliver(stores, fixed, [{ stream, commits: [] }], { retryParked: true });
    expect(await found()).toEqual([]);
  });

  test('a repair heals what is missing, all of it and once', async () => {
    const late = [];
    for (let index = 0; index < 12; index++) late.push(await written(stores.eventStore, [noted(index, 'late')], [noted(1, 'late')]));
    await deliver(stores, projection, deliveriesOf(late.flatMap(({ commits }) => commits.slice(0, 1))).slice(0, 6));
    expect(await found()).toHaveLength(12);
    expect(await found({ isRepairing: true })).toEqual([]);
    expect(await found()).toEqual([]);
    if (projection === notes)
      expect((await rowOf(stores, notes, 'late')).document).toEqual(notesOf(late.map(({ commits }) => commits)).get('late'));
    else for (const { stream, commits } of late) expect(await rowOf(stores, totals, stream.id)).toEqual(totalOf(commits));
  });

  test('a repair that fails is an error, and no report', async () => {
    await written(stores.eventStore, [noted(1, 'a')]);
    const down = { ...stores, readModels: { ...stores.readModels, write: async () => Promise.reject(new Error('down')) } };
    await expect(found({ over: down, isRepairing: true })).rejects.toThrow('down');
  });

  test('what is on its way is no false alarm: it gets a moment, and is looked at again', async () => {
    const { commits } = await written(stores.eventStore, [noted(1, 'a')], [noted(2, 'b')]);
    const arrives = async () => deliver(stores, projection, deliveriesOf(commits));
    expect(await found({ over: { ...stores, pause: arrives } })).toEqual([]);
  });

  describe('that was recorded a moment ago', () => {
    let [seconds, pauses] = [0, 0];
    let commits: readonly Commit[];
    /** A pause takes half a second; the projector comes when it says. */
    const looking = (arrivesAfter: number): ProjectionPorts => ({
      ...stores,
      now: () => new Date(longAgo().getTime() + seconds * 1000),
      pause: async () => {
        pauses += 1;
        seconds += 0.5;
        if (seconds === arrivesAfter) await deliver(stores, projection, deliveriesOf(commits));
      },
    });
    beforeEach(async () => {
      [seconds, pauses] = [0, 0];
      ({ commits } = await written(stores.eventStore, [noted(1, 'a')], [noted(2, 'b')]));
    });

    test('is waited for while a projector that is behind may have it in hand', async () => {
      expect(await found({ over: looking(30) })).toEqual([]);
      expect(seconds).toBe(30);
    });

    test('is missing where it still is after a minute', async () => {
      expect(await found({ over: looking(Number.POSITIVE_INFINITY) })).toHaveLength(1);
      expect(seconds).toBe(60);
    });

    test('is waited for no longer than that by a clock that is behind', async () => {
      seconds = -3600;
      expect(await found({ over: looking(0) })).toHaveLength(1);
      expect(pauses).toBe(121);
    });

    test('is waited for where it goes on in the next page', async () => {
      expect(await found({ over: { ...looking(30), eventStore: inPagesOf(stores.eventStore, 1) } })).toEqual([]);
      expect(seconds).toBe(30);
    });

    test('holds up no repair', async () => {
      expect(await found({ over: looking(Number.POSITIVE_INFINITY), isRepairing: true })).toEqual([]);
      expect(pauses).toBe(1);
    });

    test('is not waited for where waiting does not help: it is parked, or there is more of it already', async () => {
      await deliver(stores, projection, deliveriesOf(commits));
      const poisoned = await written(stores.eventStore, [noted(poison, 'a')]);
      await deliver(stores, projection, deliveriesOf(poisoned.commits));
      await setBack(projection, one().stream, 9);
      expect((await found({ over: looking(Number.POSITIVE_INFINITY) })).map(({ kind }) => kind).sort()).toEqual(['ahead', 'parked']);
      expect(pauses).toBeLessThan(3); // A moment's grace for each page.
    });

    test('is not waited for an hour later', async () => {
      seconds = 3600;
      expect(await found({ over: looking(Number.POSITIVE_INFINITY) })).toHaveLength(1);
      expect(pauses).toBe(1);
    });
  });

  test('what was appended while the audit ran, and is projected already, is not ahead', async () => {
    const { stream, commits } = await written(stores.eventStore, [noted(1, 'a')]);
    const { tail } = await stores.eventStore.load(stream, nobody, 'strong');
    const grows = async () => {
      const more = await writeMore(stores.eventStore, tail, [noted(2, 'b')]);
      await deliver(stores, projection, deliveriesOf([...commits, ...more.commits]));
    };
    expect(await found({ over: { ...stores, pause: grows } })).toEqual([]);
  });

  test('what an eventual read has not seen yet is read again', async () => {
    const { getMany } = stores.readModels;
    const stale: ProjectionPorts = {
      ...stores,
      readModels: { ...stores.readModels, getMany: async (...args) => (args[2] === 'eventual' ? new Map() : getMany(...args)) },
    };
    expect(await found({ over: stale })).toEqual([]);
  });

  test('a stream that nobody listens to is not asked for', async () => {
    await written(stores.eventStore, [noted(1, 'a')]);
    expect(await found({ isListening: () => false })).toEqual([]);
  });

  test('a page that ends in the middle of a stream finds what is missing, and nothing else', async () => {
    await setBack(projection, one().stream, 2);
    const cut = { ...stores, eventStore: inPagesOf(stores.eventStore, 4) };
    const all = await found({ over: cut });
    expect(new Set(all.map(({ stream }) => stream))).toEqual(new Set([streamName(one().stream)]));
    expect(all[0]).toEqual(finding(projection, one().stream, 'missing', 4, 2));
  });

  test.each([1, 2, 3, 4, 5, 100])('a stream that goes on in the next page is counted and told once: pages of %i', async (size) => {
    await setBack(projection, one().stream, 1);
    const cut = { ...stores, eventStore: inPagesOf(stores.eventStore, size) };
    const { streams: count, findings } = await audit({ over: cut, projections: [projection] });
    expect({ count, findings }).toEqual({ count: 25, findings: [finding(projection, one().stream, 'missing', 4, 1)] });
  });

  test.each([1, 3])('a parked stream that goes on is told once, and a repair heals the others once: pages of %i', async (size) => {
    const { stream, commits } = await written(stores.eventStore, [noted(1, 'a')], [noted(poison, 'a')], [noted(2, 'b')]);
    await deliver(stores, projection, deliveriesOf(commits));
    const late = await written(stores.eventStore, [noted(1, 'a')], [noted(2, 'b')], [noted(3, 'c')]);
    const cut = { ...stores, eventStore: inPagesOf(stores.eventStore, size) };
    const { findings, pages } = await audit({ over: cut, projections: [projection], isRepairing: true });
    expect(findings).toEqual([finding(projection, stream, 'parked', 3, 1)]);
    expect(pages.reduce((sum, { repaired }) => sum + repaired, 0)).toBe(1);
    expect((await rowOf(stores, projection, progressKey(projection, late.stream))).version).toBe(3);
  });

  test.each([1, 3])('an audit that goes on in another process, page by page, tells the same: pages of %i', async (size) => {
    await setBack(projection, one().stream, 1);
    const told: AuditFinding[] = [];
    const work = {
      ...{ stores: { ...stores, eventStore: inPagesOf(stores.eventStore, size) }, projections: [projection], isListening: () => true },
      ...{ segment: { index: 0, of: 1 }, until: new Date(0), onFinding: (one: AuditFinding) => void told.push(one) },
    };
    let progress: AuditProgress = nothingAudited;
    while (!progress.isDone) progress = await auditSegment({ ...work, progress: JSON.parse(JSON.stringify(progress)) });
    expect(progress).toMatchObject({ streams: 25, missing: 1, parked: 0, ahead: 0 });
    expect(told).toEqual([finding(projection, one().stream, 'missing', 4, 1)]);
  });
});

const nobody = { fingerprint: '', initialState: () => null, evolve: () => null };

/** The same log, whose scan ends a page wherever so many commits are full: as the database does it, by bytes. */
const inPagesOf = (eventStore: EventStore, size: number): EventStore => ({
  ...eventStore,
  scan: async (segment, cursor = '0') => {
    const commits: Commit[] = [];
    let next: string | undefined;
    do {
      const page = await eventStore.scan(segment, next);
      commits.push(...page.commits);
      next = page.cursor;
    } while (next !== undefined);
    const end = Number(cursor) + size;
    return { commits: commits.slice(Number(cursor), end), ...(end < commits.length ? { cursor: String(end) } : {}) };
  },
});
