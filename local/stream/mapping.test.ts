import { describe, expect, test } from '@jest/globals';
import { type FakeShard, fakeClock, fakeStream, record, recordsTo, sequence } from '../../test/local/fake-stream.ts';
import type { BatchOutcome } from './batch-response.ts';
import type { Checkpoint, Checkpoints } from './checkpoints.ts';
import type { Delivery } from './delivery.ts';
import { type Mapping, startMapping } from './mapping.ts';
import { type StreamRecord, sequenceNumber } from './record.ts';
import type { StreamSource } from './source.ts';

const memoryCheckpoints = (kept: Map<string, Checkpoint> = new Map()): Checkpoints & { kept: Map<string, Checkpoint> } => ({
  kept,
  read: async (shard) => kept.get(shard) ?? { isFinished: false },
  write: async (shard, checkpoint) => void kept.set(shard, checkpoint),
  keepOnly: async (shards) => {
    const gone = [...kept.keys()].filter((shard) => !shards.includes(shard));
    const unfinished = gone.filter((shard) => !kept.get(shard)?.isFinished);
    for (const shard of gone) kept.delete(shard);
    return unfinished;
  },
});

const numbers = (records: readonly StreamRecord[]) => records.map((one) => Number(sequenceNumber(one)));

interface Setting {
  readonly source: StreamSource;
  readonly checkpoints?: Checkpoints;
  readonly invoke?: Delivery['invoke'];
  readonly change?: Partial<Mapping>;
}

/** Runs a mapping until a condition holds; reports what was delivered and said. */
const runUntil = async (
  { source, checkpoints = memoryCheckpoints(), invoke, change = {} }: Setting,
  holds: (delivered: number[]) => boolean,
) => {
  const delivered: number[] = [];
  const troubles: string[] = [];
  const mapping = startMapping({
    source,
    checkpoints,
    clock: fakeClock().clock,
    gathering: { batchSize: 10, windowSeconds: 0, matches: () => true },
    delivery: () => ({
      policy: { bisect: false, maximumRecordAgeSeconds: -1, maximumRetryAttempts: -1 },
      invoke: async (records) => {
        const outcome: BatchOutcome = (await invoke?.(records)) ?? { requestId: 'r', isError: false };
        delivered.push(...numbers(records.slice(0, outcome.failedFrom ?? records.length)));
        return outcome;
      },
      discard: async () => {},
    }),
    onTrouble: (message) => void troubles.push(message),
    ...change,
  });
  const giveUpAt = Date.now() + 5_000;
  while (!holds(delivered) && Date.now() < giveUpAt) await new Promise(setImmediate);
  await mapping.stop();
  return { delivered, troubles };
};

describe('a mapping', () => {
  test('delivers existing and new records', async () => {
    const shard: FakeShard = { id: 's', records: recordsTo(2) };
    const { source } = fakeStream(shard);
    const { delivered } = await runUntil({ source }, ({ length }) => {
      if (length === 2 && shard.records.length === 2) shard.records.push(record(3));
      return length === 3;
    });
    expect(delivered).toEqual([1, 2, 3]);
  });

  test('reads a shard after its parent, and one whose parent is gone at once', async () => {
    const parent: FakeShard = { id: 'parent', parent: 'long-gone', records: recordsTo(25), isClosed: true };
    const child: FakeShard = { id: 'child', parent: 'parent', records: [record(30)] };
    const checkpoints = memoryCheckpoints();
    const { delivered } = await runUntil({ source: fakeStream(child, parent).source, checkpoints }, ({ length }) => length === 26);
    expect(delivered).toEqual([...numbers(recordsTo(25)), 30]);
    expect(checkpoints.kept.get('parent')).toEqual({ after: sequence(25), isFinished: true });
  });

  test('reads unrelated shards at the same time', async () => {
    const stuck: FakeShard = { id: 'stuck', records: [record(1)] };
    const free: FakeShard = { id: 'free', records: [record(2)] };
    const invoke: Delivery['invoke'] = async (records) => ({
      requestId: 'r',
      isError: true,
      ...(numbers(records).includes(1) && { failedFrom: 0 }),
    });
    const { delivered } = await runUntil({ source: fakeStream(stuck, free).source, invoke }, ({ length }) => length === 1);
    expect(delivered).toEqual([2]);
  });

  test('goes on behind its checkpoint, and does not read a finished shard again', async () => {
    const shard: FakeShard = { id: 's', records: recordsTo(5) };
    const finished: FakeShard = { id: 'old', records: recordsTo(3), isClosed: true };
    const checkpoints = memoryCheckpoints(
      new Map([
        ['s', { after: sequence(3), isFinished: false }],
        ['old', { isFinished: true }],
      ]),
    );
    const { delivered } = await runUntil({ source: fakeStream(finished, shard).source, checkpoints }, ({ length }) => length === 2);
    expect(delivered).toEqual([4, 5]);
  });

  test('moves its checkpoint past records that the filter leaves out', async () => {
    const checkpoints = memoryCheckpoints();
    const gathering = { batchSize: 10, windowSeconds: 0, matches: () => false };
    const { source } = fakeStream({ id: 's', records: recordsTo(5) });
    await runUntil({ source, checkpoints, change: { gathering } }, () => checkpoints.kept.has('s'));
    expect(checkpoints.kept.get('s')).toEqual({ after: sequence(5), isFinished: false });
  });

  test('continues after the engine was away for a while, and reports it', async () => {
    const { source, state } = fakeStream({ id: 's', records: recordsTo(2) });
    state.failures = 3;
    const { delivered, troubles } = await runUntil({ source }, ({ length }) => length === 2);
    expect(delivered).toEqual([1, 2]);
    expect(troubles[0]).toBe('the engine is away; trying again');
  });

  test('delivers a batch again if its checkpoint could not be saved', async () => {
    const checkpoints = memoryCheckpoints();
    const write = checkpoints.write;
    let isBroken = true;
    checkpoints.write = async (shard, checkpoint) => {
      if (!isBroken) return write(shard, checkpoint);
      isBroken = false;
      throw new Error('the disk is full');
    };
    const { source } = fakeStream({ id: 's', records: recordsTo(2) });
    const { delivered } = await runUntil({ source, checkpoints }, ({ length }) => length === 4);
    expect(delivered).toEqual([1, 2, 1, 2]);
  });

  test('says which shards were gone before they were read', async () => {
    const checkpoints = memoryCheckpoints(new Map([['lost', { after: sequence(1), isFinished: false }]]));
    const { troubles } = await runUntil(
      { source: fakeStream({ id: 's', records: recordsTo(1) }).source, checkpoints },
      ({ length }) => length === 1,
    );
    expect(troubles).toEqual(['the records of lost were gone before they could be read']);
  });
});
