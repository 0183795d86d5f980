import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ProjectionPorts } from '../../core/read/ports.ts';
import { projector } from '../../core/read/projector.ts';
import { checkpointPrefix, type ReadModels } from '../../core/read/read-models.ts';
import { runs } from '../support/runs.ts';
import { type Subject, simulation } from './simulation.ts';

test('law: whatever the stream, Lambda and the database do, every read model is complete in the end', async () => {
  await fc.assert(simulation(), runs(120, 300));
}, 3_600_000);

const models = (broken: (readModels: ReadModels) => Partial<ReadModels>): Subject => ({
  breaking: (stores) => ({ ...stores, readModels: { ...stores.readModels, ...broken(stores.readModels) } }),
});
const log = (broken: (stores: ProjectionPorts) => Partial<ProjectionPorts['eventStore']>): Subject => ({
  breaking: (stores) => ({ ...stores, eventStore: { ...stores.eventStore, ...broken(stores) } }),
});
const isCheckpoint = (key: string): boolean => key.startsWith(checkpointPrefix);

const broken: Readonly<Record<string, Subject>> = {
  'failures are not reported': { checkpointing: (records) => records.length },
  'a failed stream is taken for one that is done': {
    checkpointing: (records, outcome) => (outcome === 'died' ? 0 : records.length),
  },
  'a crash is taken for success': {
    checkpointing: (records, outcome) => (outcome === 'died' || outcome.failed.size === 0 ? records.length : 0),
  },
  'a lost write is taken for done': models(({ write }) => ({
    write: async (...args) => {
      await write(...args);
      return true;
    },
  })),
  'a write that was throttled is taken for done': models(({ write }) => ({ write: (...args) => write(...args).catch(() => true) })),
  'rows of a transaction are written one by one': models(({ write }) => ({
    write: async (projection, changes) => {
      for (const change of changes) if (!(await write(projection, [change]))) return false;
      return true;
    },
  })),
  'a write asks for no version': models(({ write, get }) => ({
    write: async (projection, changes) =>
      write(
        projection,
        await Promise.all(changes.map(async (one) => ({ ...one, from: (await get(projection, one.key, 'strong')).version }))),
      ),
  })),
  'the checkpoint of documents of many streams is not kept': models(({ write }) => ({
    write: async (projection, changes) =>
      write(
        projection,
        changes.filter(({ key }) => !isCheckpoint(key)),
      ),
  })),
  'a gap in the log is answered with what is there': log(({ eventStore }) => ({
    read: async (stream, range) => {
      const page = await eventStore.read(stream, range);
      return { commits: page.commits.slice(1) };
    },
  })),
  'a row forgets that it is parked': models(({ write }) => ({
    write: (projection, changes) =>
      write(
        projection,
        changes.map(({ next: { parked: _, ...next }, ...one }) => ({ ...one, next })),
      ),
  })),
  'what the network does is parked': models(({ write }) => ({
    write: (projection, changes) =>
      write(projection, changes).catch((error: Error) => {
        const parked = { stream: '', eventId: '', error: error.message, parkedAt: '' };
        return write(
          projection,
          changes.map(({ next, ...one }) => ({ ...one, next: { ...next, parked } })),
        );
      }),
  })),
  'deliveries keep only the newest commit of a stream, and old ones first': {
    projecting: (stores, projectionsOf) => (deliveries) =>
      projector(withoutLog(stores), projectionsOf)(deliveries.map(({ stream, commits }) => ({ stream, commits: commits.slice(-1) }))),
  },
};

/** A log that says that nothing was missing. */
const withoutLog = (stores: ProjectionPorts): ProjectionPorts => ({
  ...stores,
  eventStore: { ...stores.eventStore, read: async () => ({ commits: [] }) },
});

test.each(Object.entries(broken))('the law catches within 100 runs: %s', async (_, subject) => {
  const { failed } = await fc.check(simulation(subject), { numRuns: 100, endOnFailure: true, seed: 42 });
  expect(failed).toBe(true);
});
