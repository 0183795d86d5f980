import { resolve } from 'node:path';
import { beginningOf } from '../../adapters/commit-item.ts';
import { parseStreamName, streamName } from '../../core/stream.ts';
import { type Head, missingHeads, readAnchor } from './anchor.ts';
import { type Fault, follow } from './chain.ts';
import { type Call, type Command, numberOf, onlyWord, textOf, UsageError } from './command.ts';
import { baseFolder, type EventsTable } from './events-table.ts';
import { counted, type Progress, progressOf } from './progress.ts';
import { type StoredItem, scan, streamItems } from './scan.ts';

export const verify: Command = {
  usage: `npm run es -- verify [STREAM] [--anchor FILE] [--segments 8]
  Walks the hash chain of a stream (order-42), or of every stream, and names the first broken commit of each.
  A commit that was altered, added or taken out is found, whichever byte it is; exit code 1 if there is any.
  What no chain can tell: that a stream's last commits were cut off, or that everything from a commit on was written anew.
  --anchor FILE     tells that, too, of what was there when the anchor was made (npm run es -- anchor)
  The whole table is read, strongly consistent: one read unit for 4 KB. Nothing is written.`,
  flags: { segments: { type: 'string' }, anchor: { type: 'string' } },
  run: async ({ words, flags, open }: Call): Promise<number> => {
    const stream = onlyWord(words);
    const segments = numberOf(flags, 'segments', 1000) ?? 8;
    const name = stream === undefined ? undefined : streamName(checked(stream));
    const file = textOf(flags, 'anchor');
    const heads = file === undefined ? [] : await readAnchor(resolve(baseFolder(), file));
    const table = await open();
    const ofAnchor = await compare(
      table,
      heads.filter((head) => name === undefined || head.stream === name),
    );
    const ofChains = await (name === undefined ? verifyAll(table, segments) : verifyOne(table, name));
    return Math.max(ofAnchor, ofChains);
  },
};

/** Says what an anchor has and the table has not, or no longer as it was. Answers the exit code. */
const compare = async (table: EventsTable, heads: readonly Head[]): Promise<number> => {
  if (heads.length === 0) return 0;
  let lost = 0;
  for await (const line of missingHeads(table, heads)) {
    console.log(line);
    lost += 1;
  }
  console.log(`compared with the anchor of ${counted(heads.length, 'stream')}: ${lost === 0 ? 'nothing is lost' : `${lost} lost`}`);
  return lost === 0 ? 0 : 1;
};

const checked = (stream: string) => {
  try {
    return parseStreamName(stream);
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
};

/** What was found to be as it was written. */
interface Tally {
  commits: number;
  events: number;
  streams: number;
  readonly broken: Set<string>;
}

const verifyOne = async (table: EventsTable, stream: string): Promise<number> => {
  const { fault, ...rest } = await walk(table, stream);
  if (fault !== undefined) console.log(lineOf(fault));
  if (rest.commits === 0 && fault === undefined) throw new Error(`${stream} has no events in '${table.name}' (${table.where}).`);
  return report({ ...rest, streams: 1, broken: new Set(fault === undefined ? [] : [stream]) });
};

interface Walked {
  readonly fault?: Fault;
  readonly commits: number;
  readonly events: number;
}

/** One stream from its beginning, as far as it is intact. */
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
 * Follows the chains of one segment. A scan brings a stream's commits together and in order, but nothing promises it: what
 * seems broken is walked once more by a query, which does.
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
