import { streamName } from '../../core/basics/stream.ts';
import type { Commit } from '../../core/log/event-store.ts';

/** What an invocation answered: the streams that failed, or that it died. */
export type Outcome = { readonly failed: ReadonlySet<string> } | 'died';

/** A projector as Lambda calls it. */
export type Invoke = (records: readonly Commit[]) => Promise<Outcome>;

/** How what a projector reports becomes the place to go on from: the number of records that are done with. */
export type Checkpointing = (records: readonly Commit[], outcome: Outcome) => number;

/** Lambda's: from the first record of a failed stream on, all come again. */
export const lowestFailure: Checkpointing = (records, outcome) => {
  if (outcome === 'died') return 0;
  const first = records.findIndex(({ stream }) => outcome.failed.has(streamName(stream)));
  return first < 0 ? records.length : first;
};

interface Shard {
  readonly records: Commit[];
  /** How many of its records are done with. */
  done: number;
  /** Halved where a batch failed, and back at the next one that went well. */
  batch: number;
}

/**
 * A table's stream and Lambda's mapping of it, as mean as both may be: an item's record is there, once or more, and nothing is
 * said about the order of different items. A shard is worked on by one invocation at a time, from its checkpoint on.
 */
export class StreamSimulator {
  readonly #checkpointing: Checkpointing;
  readonly #shards: Shard[] = [{ records: [], done: 0, batch: 10 }];

  constructor(checkpointing: Checkpointing) {
    this.#checkpointing = checkpointing;
  }

  get isDone(): boolean {
    return this.#shards.every(({ records, done }) => done === records.length);
  }

  /** A record comes in at its stream's shard. */
  record(commit: Commit): void {
    this.#shardOf(Number.parseInt(commit.stream.id.slice(0, 4), 16)).records.push(commit);
  }

  /** A record that is not done with moves to another place. */
  reorder(shard: number, from: number, to: number): void {
    const { records, done } = this.#shardOf(shard);
    const open = records.length - done;
    if (open < 2) return;
    const [moved] = records.splice(done + (from % open), 1);
    records.splice(done + (to % open), 0, moved as Commit);
  }

  /** A record, old or new, comes once more. */
  duplicate(shard: number, which: number): void {
    const { records } = this.#shardOf(shard);
    if (records.length > 0) records.push(records[which % records.length] as Commit);
  }

  /** The shard is closed; what is not done with, and what follows, is dealt out to two. Each record goes to one of them. */
  split(shard: number, deal: number): void {
    const parent = this.#shardOf(shard);
    const open = parent.records.splice(parent.done);
    const children: [Shard, Shard] = [
      { records: [], done: 0, batch: 10 },
      { records: [], done: 0, batch: 10 },
    ];
    for (const [index, commit] of open.entries()) children[(deal >> (index % 16)) & 1]?.records.push(commit);
    this.#shards.push(...children);
  }

  /** From TRIM_HORIZON: all of the shard again. */
  replay(shard: number): void {
    this.#shardOf(shard).done = 0;
  }

  /** One invocation for the next batch of a shard. */
  async poll(shard: number, size: number, invoke: Invoke): Promise<void> {
    const one = this.#shardOf(shard);
    const batch = one.records.slice(one.done, one.done + Math.min(size, one.batch));
    if (batch.length === 0) return;
    const begun = one.done;
    const finished = this.#checkpointing(batch, await invoke(batch));
    one.batch = finished === batch.length ? 10 : Math.max(1, Math.floor(batch.length / 2));
    one.done = begun + finished;
  }

  /** Every shard to its end, or until a bound that only what is stuck can reach. */
  async drain(invoke: Invoke): Promise<void> {
    for (let rounds = 0; rounds < 200 && !this.isDone; rounds++)
      for (const [index] of this.#shards.entries()) await this.poll(index, 10, invoke);
  }

  /** Two different shards, for two projectors at once. */
  twoShards(one: number, other: number): readonly number[] {
    const [a, b] = [one % this.#shards.length, other % this.#shards.length];
    return a === b ? [a] : [a, b];
  }

  #shardOf(which: number): Shard {
    return this.#shards[which % this.#shards.length] as Shard;
  }
}
