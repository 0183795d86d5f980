import { resolve } from 'node:path';
import { parseStreamName, streamName } from '../../core/basics/stream.ts';
import { catchUp, parkedStreams, redrive as redriveStream } from '../../core/operate/operations.ts';
import { relayPositions } from '../../core/publish/relay.ts';
import { type AnyProjection, tableKey } from '../../core/read/projection.ts';
import { progressKey } from '../../core/read/read-models.ts';
import { isFollowing, relaysOf } from '../../core/registry/followers.ts';
import { actFlags, actUsage, type Outcome, recordedAct } from './acts.ts';
import { bucketAt } from './bucket.ts';
import type { Call, Command } from './command.ts';
import { discardedInBuckets, discardedInFolders } from './discarded.ts';
import { baseFolder, noEvents } from './events-table.ts';
import { textOf, UsageError } from './flags.ts';
import { counted } from './progress.ts';
import { followersNamed, labelOf, openReadSide, type ReadSide } from './read-side.ts';
import { streamIn } from './show.ts';

export const redrive: Command = {
  usage: `npm run es -- redrive PROJECTION STREAM
npm run es -- redrive PROJECTION --all
npm run es -- redrive --discarded [--from FOLDER]
  Replays parked streams, in order and from the events table, with the code of the domain that is here: after the fix.
  PROJECTION STREAM  one stream (order-42) in order-summary, or in one revision of it: order-summary@2; relay publishes it
  --all              every stream that the projection, or relay, has parked
  --discarded        the streams of the batches that Lambda has given up, in every read model and in the relay
                     They are read from their buckets: in the stack's outputs DiscardedBatches and DiscardedByRelay
  --from FOLDER      reads them from a folder instead
${actUsage}
  It may be done again at any time: what is in already is left alone. Exit code 1 if a stream is still parked, or could not be read.`,
  flags: { all: { type: 'boolean' }, discarded: { type: 'boolean' }, from: { type: 'string' }, ...actFlags },
  run: async (call: Call): Promise<number> => {
    const { words, flags } = call;
    const [name, stream, ...more] = words;
    if (flags['discarded'] && (words.length > 0 || flags['all']))
      throw new UsageError('--discarded is about every projection: say no other');
    if (flags['discarded']) return redriveDiscarded(call);
    if (flags['from'] !== undefined) throw new UsageError('--from is said together with --discarded');
    if (name === undefined) throw new UsageError('say which PROJECTION, like order-summary');
    if (more.length > 0 || (stream === undefined) !== (flags['all'] === true))
      throw new UsageError('say one STREAM, like order-42, or --all');
    if (stream !== undefined) streamIn(stream);
    const side = await openReadSide(call);
    await demandReplayable(side, name, stream); // A misspelt name is no act.
    return recordedAct(call, side.table, { act: 'redrive', target: `${name} ${stream ?? '--all'}` }, () => replayed(side, name, stream));
  },
};

/** @throws UsageError for an unknown projection, and for one that does not listen to the stream; Error if the log has no such stream. */
const demandReplayable = async (side: ReadSide, name: string, stream: string | undefined): Promise<void> => {
  const followers = followersNamed(side, name);
  if (stream === undefined) return;
  const deaf = followers.find((one) => !isFollowing(side.domain)(one, parseStreamName(stream)));
  if (deaf !== undefined) throw new UsageError(`${tableKey(deaf)} does not listen to ${stream}`);
  const { commits } = await side.eventStore.read(parseStreamName(stream), { from: 1, limit: 1 });
  if (commits.length === 0) throw noEvents(side.table, stream);
};

const replayed = async (side: ReadSide, name: string, stream: string | undefined): Promise<Outcome> => {
  const outcomes = stream === undefined ? parkedIn(side, name) : oneIn(side, name, stream);
  const done = { in: 0, parked: 0 };
  for await (const outcome of outcomes) done[outcome] += 1;
  const result = `${counted(done.in, 'stream')} in, ${done.parked} still parked`;
  console.log(result);
  if (done.parked > 0) return { code: 1, outcome: 'failed', result };
  return { code: 0, outcome: done.in === 0 ? 'nothing' : 'done', result };
};

type Replayed = 'in' | 'parked';

async function* oneIn(side: ReadSide, name: string, stream: string): AsyncGenerator<Replayed> {
  for (const projection of followersNamed(side, name)) yield replay(side, projection, stream);
}

/** What is still parked stays on the list, so that the list is read to its end before anything is replayed. */
async function* parkedIn(side: ReadSide, name: string): AsyncGenerator<Replayed> {
  for (const projection of followersNamed(side, name)) {
    const streams: string[] = [];
    for await (const { stream } of parkedStreams(side, projection)) streams.push(stream);
    for (const stream of streams) yield replay(side, projection, stream);
  }
}

const replay = async (side: ReadSide, projection: AnyProjection, stream: string): Promise<Replayed> => {
  const isIn = await redriveStream(side, { projection, stream });
  const { version, parked } = await side.readModels.get(projection, progressKey(projection, parseStreamName(stream)), 'strong');
  const where = projection === relayPositions ? 'published' : `in ${labelOf(projection)}`;
  if (isIn) console.log(`${stream} is ${where}, up to version ${version}`);
  else console.log(`${stream} is parked in ${labelOf(projection)} at ${parked?.eventId}: ${parked?.error}`);
  return isIn ? 'in' : 'parked';
};

const redriveDiscarded = async (call: Call): Promise<number> => {
  const side = await openReadSide(call);
  const from = textOf(call.flags, 'from');
  const target = ['--discarded', ...(from === undefined ? [] : ['--from', from])].join(' ');
  return recordedAct(call, side.table, { act: 'redrive', target }, () => discardedReplayed(side, from));
};

const discardedReplayed = async (side: ReadSide, from: string | undefined): Promise<Outcome> => {
  const where = from === undefined ? side.discarded : { folders: [resolve(baseFolder(), from)] };
  const { batches, records, streams } =
    'folders' in where
      ? await discardedInFolders(where.folders)
      : await discardedInBuckets(where.buckets.map((name) => bucketAt(side.table.place, name)));
  const failed = await catchUp(side, streams);
  for (const [stream, error] of failed) console.log(`${stream}: ${error instanceof Error ? error.message : error}`);
  const found = `${counted(batches, 'batch', 'batches')}, ${counted(records, 'record')} of ${counted(streams.length, 'stream')}`;
  const isUp = `every read model is up to them${relaysOf(side.domain).length > 0 ? ', and the relay' : ''}`;
  const result = `${found}: ${failed.size === 0 ? isUp : `${counted(failed.size, 'stream')} could not be brought up`}`;
  console.log(result);
  const parked = await stillParked(side, new Set(streams.map(streamName)));
  if (parked > 0) console.log(`${counted(parked, 'stream')} parked: npm run es -- parked`);
  if (failed.size + parked > 0) return { code: 1, outcome: 'failed', result: `${result}; ${counted(parked, 'stream')} parked` };
  return { code: 0, outcome: streams.length === 0 ? 'nothing' : 'done', result };
};

const stillParked = async (side: ReadSide, streams: ReadonlySet<string>): Promise<number> => {
  const parked = new Set<string>();
  for (const projection of followersNamed(side, undefined))
    for await (const { stream } of parkedStreams(side, projection)) if (streams.has(stream)) parked.add(stream);
  return parked.size;
};
