import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { exactJson } from '../../../adapters/event-log/exact-json.ts';
import { maxTextLength } from '../../../adapters/event-log/snapshot.ts';
import { toReadItems } from '../../../adapters/read-models/read-item.ts';
import { Unwritable } from '../../../core/basics/errors.ts';
import { tableKey } from '../../../core/read/projection.ts';
import { type Contribution, rehearseDocuments } from '../../../core/rehearse/documents.ts';
import type { StreamRunPorts } from '../../../core/rehearse/stream-run.ts';
import { type Releases, rehearseStreams } from '../../../core/rehearse/streams.ts';
import { noTotals, sumOf, type Totals, tallyOf } from '../../../core/rehearse/totals.ts';
import { beginning, linesOf } from '../../import/lines.ts';
import { placedCommits } from './placed-commits.ts';
import { isTooLarge, type Shard, type Shards, shardsIn } from './shards.ts';

/** What one worker does at a time: whole streams, or whole documents of many streams. */
export interface Job {
  readonly kind: 'streams' | 'documents';
  /** The files of one shard: several workers may have written parts of it. */
  readonly shards: readonly Shard[];
}

export interface JobContext {
  readonly releases: Releases;
  /** How many examples of each kind are kept. */
  readonly examples: number;
  /** Takes the events of documents of many streams. */
  readonly contributions: Shards;
  /** The size from which a shard is parted again; smaller in tests. */
  readonly largestShard?: number;
}

/** Rehearses a shard. Its files are removed. */
export const runJob = async (context: JobContext, job: Job): Promise<Totals> => {
  const [first, ...more] = job.shards;
  if (first === undefined) return noTotals;
  const whole = { ...first, size: job.shards.reduce((sum, { size }) => sum + size, 0) };
  if (isTooLarge(whole, context.largestShard)) return runParts(context, job, first.depth);
  const totals = job.kind === 'streams' ? await runStreams(context, first.file) : await runDocuments(context, [first, ...more]);
  for (const { file } of job.shards) rmSync(file);
  return totals;
};

/** Parts the shard once more, and rehearses part by part. */
const runParts = async (context: JobContext, { kind, shards }: Job, depth: number): Promise<Totals> => {
  const file = shards[0]?.file ?? '';
  const parts = shardsIn(dirname(file), `${file.slice(join(dirname(file), '/').length)}-part`, depth);
  for (const shard of shards) {
    for await (const { text } of linesOf({ file: shard.file, from: beginning })) parts.write(keyIn(kind, text), text);
    rmSync(shard.file);
  }
  let totals = noTotals;
  for (const part of parts.close()) totals = sumOf(totals, await runJob(context, { kind, shards: [part] }), context.examples);
  return totals;
};

const keyIn = (kind: Job['kind'], text: string): string => {
  if (kind === 'documents') return keyOf(JSON.parse(text) as Contribution);
  const { tenant = '', aggregate, id } = JSON.parse(text.slice(text.indexOf('\t') + 1)).metadata;
  return `${tenant}/${aggregate}-${id}`;
};

/** All revisions of a projection are in one shard, because they are compared. */
const keyOf = ({ projection, key }: Pick<Contribution, 'projection' | 'key'>): string => `${projection.split('@')[0]} ${key}`;

const runStreams = async ({ releases, examples, contributions }: JobContext, file: string): Promise<Totals> => {
  const tally = tallyOf(examples);
  const ports = (release: Contribution['release']): StreamRunPorts => ({
    unstorable,
    unwritable,
    contribute: (projection, event) => {
      const contribution: Contribution = { release, projection: tableKey(projection), ...event };
      contributions.write(keyOf(contribution), JSON.stringify(contribution));
    },
  });
  const rehearsal = rehearseStreams(releases, { tally, next: ports('next'), today: ports('today') });
  for await (const placed of placedCommits(file)) rehearsal.take(placed);
  rehearsal.end();
  return tally.totals();
};

const runDocuments = async ({ releases, examples }: JobContext, shards: readonly Shard[]): Promise<Totals> => {
  const tally = tallyOf(examples);
  const rehearsal = rehearseDocuments(releases, { tally, unwritable });
  for (const { file } of shards)
    for await (const { text } of linesOf({ file, from: beginning })) rehearsal.take(JSON.parse(text) as Contribution);
  rehearsal.end();
  return tally.totals();
};

const unstorable: StreamRunPorts['unstorable'] = (state) => {
  const json = exactJson(state);
  if (json === undefined)
    return 'the state cannot be kept as a snapshot, because JSON would alter it: each load would read the whole stream';
  if (json.length > maxTextLength) return `the state takes ${json.length} characters as JSON, and a snapshot has at most ${maxTextLength}`;
  return undefined;
};

const unwritable: StreamRunPorts['unwritable'] = (projection, { key, tenant, next }) => {
  try {
    toReadItems(projection, [{ key, tenant, from: 0, next }]);
    return undefined;
  } catch (error) {
    if (error instanceof Unwritable) return error.message;
    throw error;
  }
};
