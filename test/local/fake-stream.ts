import type { Clock } from '../../local/stream/clock.ts';
import { type StreamRecord, sequenceNumber } from '../../local/stream/record.ts';
import type { Shard, StreamSource } from '../../local/stream/source.ts';

/** Sequence numbers as DynamoDB Local writes them. */
export const sequence = (number: number): string => String(number).padStart(21, '0');

export const record = (number: number, change: Partial<StreamRecord['dynamodb']> & { readonly eventName?: string } = {}): StreamRecord => {
  const { eventName = 'INSERT', ...dynamodb } = change;
  return {
    eventID: `event-${number}`,
    eventName,
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: 'us-east-1',
    eventSourceARN: 'arn:stream',
    dynamodb: {
      ApproximateCreationDateTime: Date.now() / 1000,
      Keys: { id: { S: String(number) } },
      SequenceNumber: sequence(number),
      SizeBytes: 10,
      StreamViewType: 'NEW_IMAGE',
      ...dynamodb,
    },
  };
};

/** Records 1 to n. */
export const recordsTo = (last: number): StreamRecord[] => Array.from({ length: last }, (_, index) => record(index + 1));

export interface FakeShard extends Shard {
  readonly records: StreamRecord[];
  isClosed?: boolean;
}

/** A stream in memory; a test writes to its shards as it goes. `failures` is how many of the next reads fail. */
export const fakeStream = (...shards: FakeShard[]) => {
  const state = { failures: 0, reads: 0 };
  const source: StreamSource = {
    arn: 'arn:stream',
    shards: async () => shards.map(({ id, parent }) => ({ id, parent })),
    open: (id, after = '') => {
      let position = after;
      return {
        read: async (limit) => {
          state.reads += 1;
          if (state.failures > 0) {
            state.failures -= 1;
            throw new Error('the engine is away');
          }
          const shard = shards.find((one) => one.id === id) as FakeShard;
          const next = shard.records.filter((one) => sequenceNumber(one) > position).slice(0, limit);
          position = next.map(sequenceNumber).at(-1) ?? position;
          return shard.isClosed && next.length === 0 ? 'end' : next;
        },
      };
    },
  };
  return { source, state, add: (shard: FakeShard) => shards.push(shard) };
};

/** A clock that is always ahead: it does not wait, it only counts how long it would have. */
export const fakeClock = () => {
  const waits: number[] = [];
  let time = Date.now();
  const clock: Clock = {
    now: () => time,
    pause: async (milliseconds) => {
      waits.push(milliseconds);
      time += milliseconds;
      await new Promise(setImmediate);
    },
  };
  return { clock, waits };
};
