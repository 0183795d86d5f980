import { setTimeout } from 'node:timers/promises';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { type CommitItem, fromItem, textBytes } from '../../adapters/event-log/commit-item.ts';
import type { Recorded } from '../../core/basics/messages.ts';
import { type Address, streamName } from '../../core/basics/stream.ts';
import { lastVersion, type Page, recorded } from '../../core/log/event-store.ts';
import type { Call, Command } from './command.ts';
import { type EventsTable, noEvents } from './events-table.ts';
import { numberOf, onlyWord } from './flags.ts';
import { eventLine, eventLineOfStream } from './lines.ts';
import { printed } from './output.ts';
import { counted, progressOf } from './progress.ts';
import { type StoredItem, scan } from './scan.ts';
import { streamIn } from './show.ts';
import { openTableStream } from './table-stream.ts';

const pollMilliseconds = 1000;

export const tail: Command = {
  usage: `npm run es -- tail [STREAM] [--number 10] [--follow] [--json]
  The newest events of a stream (order-42), or of all streams; data is as it was stored.
  --number N, -n N  the last N events
  --follow, -f      goes on with those that are recorded from now on, until Ctrl-C
  --json            one JSON object a line, for programs
  Of one stream: two queries or more, and with --follow one more a second. Of all streams: the whole table is read to find the newest,
  one read unit for 4 KB. All streams are followed on this machine only: on AWS the table's stream has as many readers as it
  serves well, and one more would hold up the read models.`,
  flags: {
    number: { type: 'string', short: 'n' },
    follow: { type: 'boolean', short: 'f' },
    json: { type: 'boolean' },
  },
  run: async ({ words, flags, open }: Call): Promise<number> => {
    const word = onlyWord(words);
    const stream = word === undefined ? undefined : streamIn(word);
    const number = numberOf(flags, 'number', 10_000) ?? 10;
    const table = await open();
    const print = (lineOf: (event: Recorded) => string) => (event: Recorded) =>
      printed(`${flags['json'] ? JSON.stringify(event) : lineOf(event)}\n`);
    const options = { number, isFollowing: flags['follow'] === true };
    if (stream === undefined) await tailAll(table, { ...options, print: print(eventLineOfStream) });
    else await tailOne(table, stream, { ...options, print: print(eventLine) });
    return 0;
  },
};

interface TailOptions {
  readonly number: number;
  readonly isFollowing: boolean;
  readonly print: (event: Recorded) => Promise<void>;
}

const tailOne = async (
  { eventStore, name, where }: EventsTable,
  stream: Address,
  { number, isFollowing, print }: TailOptions,
): Promise<void> => {
  const newest = await eventStore.read(stream, { from: Number.MAX_SAFE_INTEGER, limit: 1, newestFirst: true });
  let seen = newest.commits.map(lastVersion)[0] ?? 0;
  if (seen === 0 && !isFollowing) throw noEvents({ name, where }, streamName(stream));
  const end = seen;
  for (let from: number | undefined = Math.max(1, end - number + 1); from !== undefined && from <= end; ) {
    const page: Page = await eventStore.read(stream, { from, limit: 100 });
    const events = page.commits.flatMap(recorded).filter(({ metadata: { version } }) => version > end - number && version <= end);
    for (const event of events) await print(event);
    from = page.next;
  }
  while (isFollowing) {
    const { commits: fresh } = await eventStore.read(stream, { from: seen + 1, limit: 100 });
    for (const event of fresh.flatMap(recorded)) await print(event);
    seen = fresh.reduce((_, commit) => lastVersion(commit), seen);
    if (fresh.length === 0) await setTimeout(pollMilliseconds);
  }
};

const tailAll = async (table: EventsTable, { number, isFollowing, print }: TailOptions): Promise<void> => {
  if (isFollowing && table.place.endpoint === undefined)
    throw new Error('On AWS one stream at a time is followed: a third reader of the table’s stream would hold up the read models.');
  const following = isFollowing ? await openTableStream(table) : undefined; // Opened first, so that no event between the two reads is missed.
  const newest = await newestOfAll(table, number);
  for (const event of newest) await print(event);
  const known = new Set(newest.map(({ metadata }) => metadata.eventId));
  for await (const commit of following ?? []) {
    for (const event of recorded(commit)) if (!known.delete(event.metadata.eventId)) await print(event);
  }
};

const keptAtOnce = 1_000_000;

/** Sorted by the time of recording; at most `number` events are kept in memory. */
const newestOfAll = async (table: EventsTable, number: number): Promise<readonly Recorded[]> => {
  console.error(`reading all of '${table.name}': ${counted(table.commitCount, 'commit')}, ${(table.sizeBytes / 1e6).toFixed(1)} MB`);
  let newest: readonly Recorded[] = [];
  const progress = progressOf('reading', table.commitCount);
  const visit = async (page: readonly StoredItem[]): Promise<void> => {
    let [candidates, bytes]: [Recorded[], number] = [[], 0];
    const keepNewest = (): void => {
      newest = [...newest, ...candidates].sort(byTime).slice(-number);
      [candidates, bytes] = [[], 0];
    };
    for (const stored of page) {
      const oldest = newest.length < number ? '' : (newest[0]?.metadata.recordedAt ?? '');
      if ((stored['at']?.S ?? '') < oldest) continue;
      const item = unmarshall(stored as Record<string, AttributeValue>) as CommitItem;
      candidates.push(...recorded(fromItem(item)));
      bytes += textBytes(item);
      if (bytes >= keptAtOnce) keepNewest(); // A page of the table may be far more text than the memory can hold.
    }
    keepNewest();
    progress.add(page.length);
  };
  await scan(table, 8, () => visit).finally(progress.stop);
  return newest;
};

/** Times are the same for the events of a commit, and their versions are not. */
const byTime = (a: Recorded, b: Recorded): number => {
  if (a.metadata.recordedAt !== b.metadata.recordedAt) return a.metadata.recordedAt < b.metadata.recordedAt ? -1 : 1;
  return a.metadata.version - b.metadata.version;
};
