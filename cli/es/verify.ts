import { beginningOf } from '../../adapters/event-log/commit-item.ts';
import type { Head } from '../../core/audit/anchor-steps.ts';
import { parseStreamName, streamName } from '../../core/basics/stream.ts';
import { missingHeads } from './anchor.ts';
import { anchorsSaid, type KnownAnchor } from './anchors.ts';
import { type Fault, follow } from './chain.ts';
import type { Call, Command } from './command.ts';
import { type EventsTable, noEvents } from './events-table.ts';
import { numberOf, onlyWord, textOf, UsageError } from './flags.ts';
import { counted, type Progress, progressOf } from './progress.ts';
import { type StoredItem, scan, streamItems } from './scan.ts';

export const verify: Command = {
  usage: `npm run es -- verify [STREAM] [--anchor latest|all|FILE] [--segments 8]
  Checks the hash chain of a stream (order-42), or of every stream, and names the first broken commit of each.
  It finds a commit that was altered, added or removed, whichever byte changed. The exit code is 1 if there is one.
  A hash chain does not show that a stream's last commits were cut off, or that all commits from some commit on were rewritten.
  An anchor shows that, for the commits that existed when it was made. The service makes one each day, in a bucket that refuses changes.
  --anchor latest   compares with the newest anchor; this is the default if there is an anchor
  --anchor all      compares with all anchors: an older one shows a stream that was rewritten before the newest was made
  --anchor FILE     compares with an anchor that npm run es -- anchor FILE has made
  It reads the whole table with strong consistency, one read unit for 4 KB, and writes no item.`,
  flags: { segments: { type: 'string' }, anchor: { type: 'string' } },
  run: async ({ words, flags, open }: Call): Promise<number> => {
    const stream = onlyWord(words);
    const segments = numberOf(flags, 'segments', 1000) ?? 8;
    const name = stream === undefined ? undefined : streamName(checked(stream));
    const table = await open();
    let lost = 0;
    for (const anchor of await anchorsSaid(table, textOf(flags, 'anchor'))) lost += await compare(table, anchor, name);
    const ofChains = await (name === undefined ? verifyAll(table, segments) : verifyOne(table, name));
    return lost > 0 ? 1 : ofChains;
  },
};

/** Prints each head of an anchor that the table lacks or has with another hash, of one stream or of all. Returns their number. */
const compare = async (table: EventsTable, { name, heads }: KnownAnchor, only: string | undefined): Promise<number> => {
  let [compared, lost] = [0, 0];
  const wanted = async function* (): AsyncGenerator<Head> {
    for await (const head of heads) {
      if (only !== undefined && head.stream !== only) continue;
      compared += 1;
      yield head;
    }
  };
  for await (const line of missingHeads(table, wanted())) {
    console.log(line);
    lost += 1;
  }
  console.log(`compared ${counted(compared, 'stream')} with ${name}: ${lost === 0 ? 'nothing is lost' : `${lost} lost`}`);
  return lost;
};

const checked = (stream: string) => {
  try {
    return parseStreamName(stream);
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
};

/** How many commits, events and streams were found intact, and which streams are broken. */
interface Tally {
  commits: number;
  events: number;
  streams: number;
  readonly broken: Set<string>;
}

const verifyOne = async (table: EventsTable, stream: string): Promise<number> => {
  const { fault, ...rest } = await walk(table, stream);
  if (fault !== undefined) console.log(lineOf(fault));
  if (rest.commits === 0 && fault === undefined) throw noEvents(table, stream);
  return report({ ...rest, streams: 1, broken: new Set(fault === undefined ? [] : [stream]) });
};

interface Walked {
  readonly fault?: Fault;
  readonly commits: number;
  readonly events: number;
}

/** Checks one stream from its beginning to its first fault. */
const walk = async (table: EventsTable, stream: string): Promise<Walked> => {
  let before = beginningOf(stream);
  let commits = 0;
  for await (const item of streamItems(table, stream)) {
    const link = follow(before, item);
    if ('what' in link) return { fault: link, commits, events: before.version };
    before = link;
    commits += 1;
  }
  return { commits, events: before.version };
};

const verifyAll = async (table: EventsTable, segments: number): Promise<number> => {
  const tally: Tally = { commits: 0, events: 0, streams: 0, broken: new Set() };
  const progress = progressOf('verifying', table.commitCount);
  try {
    await scan(table, segments, () => segmentVisitor(table, tally, progress));
  } catch (error) {
    progress.stop();
    console.error(`Not finished: ${summary(tally)} when it stopped.`);
    throw error;
  }
  progress.stop();
  return report(tally);
};

/**
 * Follows the chains of one segment. A scan returns a stream's commits together and in order, but DynamoDB does not promise this. So a
 * stream that seems broken is read once more with a query, which guarantees the order.
 */
const segmentVisitor = (table: EventsTable, tally: Tally, progress: Progress) => {
  let before = beginningOf('');
  let standing: 'followed' | 'intact' | 'broken' = 'followed';
  const judge = async (stream: string): Promise<typeof standing> => {
    const { fault } = await walk(table, stream);
    if (fault === undefined) return 'intact';
    tally.broken.add(stream);
    progress.say(lineOf(fault));
    return 'broken';
  };
  const visit = async (item: StoredItem): Promise<void> => {
    const stream = item['stream']?.S ?? '';
    if (stream !== before.stream) {
      before = beginningOf(stream);
      standing = tally.broken.has(stream) ? 'broken' : 'followed';
      if (item['version']?.N === '1') tally.streams += 1;
    }
    if (standing === 'followed') {
      const link = follow(before, item);
      if ('what' in link) standing = await judge(stream);
      else before = link;
    }
    if (standing === 'broken') return;
    tally.commits += 1;
    tally.events += Number(item['count']?.N);
  };
  return async (page: readonly StoredItem[]): Promise<void> => {
    for (const item of page) await visit(item);
    progress.add(page.length);
  };
};

/** `order-42@3: does not match its hash …` */
const lineOf = ({ stream, version, what }: Fault): string => `${stream}@${version}: ${what}`;

const summary = ({ commits, events, streams }: Tally): string =>
  `verified ${counted(commits, 'commit')}, ${counted(events, 'event')} of ${counted(streams, 'stream')}`;

const report = (tally: Tally): number => {
  const { broken } = tally;
  if (broken.size === 0) console.log(`${summary(tally)}: intact`);
  else console.log(`${summary(tally)}: ${counted(broken.size, 'stream')} broken`);
  return broken.size === 0 ? 0 : 1;
};
