import { rmSync } from 'node:fs';
import { type FileHandle, open as openFile, rename } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { type CommitItem, fromItem } from '../../adapters/event-log/commit-item.ts';
import type { Message, Metadata } from '../../core/basics/messages.ts';
import { parseStreamName } from '../../core/basics/stream.ts';
import { type Commit, recorded } from '../../core/log/event-store.ts';
import { fromStored } from '../../core/log/stored-events.ts';
import type { Domain } from '../../core/registry/domain.ts';
import type { Call, Command } from './command.ts';
import { baseFolder } from './events-table.ts';
import { numberOf, textOf, UsageError } from './flags.ts';
import { deciderIn, domainOf } from './local-domain.ts';
import { writeOut } from './output.ts';
import { counted, progressOf } from './progress.ts';
import { type StoredItem, scan } from './scan.ts';

export const exportEvents: Command = {
  usage: `npm run es -- export [--aggregate NAME] [--out FILE] [--lifted] [--segments 8]
  Every recorded event as a line of JSON: { type, schema, data, metadata }, on stdout or in FILE.
  The events of a stream come in order; streams come in no order. Data is as it was stored, under its schema version.
  The line of a commit's first event also has \`commit: { count, request, answer, sealed }\`: how many events the commit has, the digest of
  its request (base64), and, if there are any, its answer and the format of its sealed values.
  \`npm run import -- FILE\` records these lines in another, empty log: the same streams, versions, times, ids, causes and commits.
  --aggregate NAME  only the events of one aggregate
  --out FILE        complete or not there at all: it is written beside and put in its place when it is done
  --lifted          data in today's shape, as the domain's upcasters make it; then without \`schema\`
  The whole table is read, strongly consistent: one read unit for 4 KB. Exit code 1 if anything is missing in the end.`,
  flags: {
    aggregate: { type: 'string' },
    out: { type: 'string' },
    lifted: { type: 'boolean' },
    segments: { type: 'string' },
  },
  run: async ({ words, flags, open }: Call): Promise<number> => {
    if (words.length > 0) throw new UsageError(`export takes no '${words.join(' ')}': --aggregate NAME, --out FILE`);
    const segments = numberOf(flags, 'segments', 1000) ?? 8;
    const table = await open();
    const aggregate = textOf(flags, 'aggregate');
    const eventsOf = flags['lifted'] ? liftedEvents(await domainOf(flags, table)) : storedEvents;
    const out = await outputTo(textOf(flags, 'out'));
    const progress = progressOf('exporting', table.commitCount);
    const done = { events: 0, commits: 0 };
    const visit = async (page: readonly StoredItem[]): Promise<void> => {
      let text = '';
      for (const item of page) {
        const lines = linesOf(item, eventsOf, aggregate);
        done.events += lines.length;
        done.commits += Math.min(1, lines.length);
        if (lines.length > 0) text += `${lines.join('\n')}\n`;
        if (text.length < writtenAtOnce) continue; // A page of the table may be far more text than the memory can hold.
        await out.write(text);
        text = '';
      }
      if (text !== '') await out.write(text);
      progress.add(page.length);
    };
    const said = () => `${counted(done.events, 'event')} of ${counted(done.commits, 'commit')}`;
    try {
      await scan(table, segments, () => visit);
      if (aggregate !== undefined && done.commits === 0) throw new Error(`There is no event of '${aggregate}' in '${table.name}'.`);
      await out.finish();
    } catch (error) {
      progress.stop();
      await out.abandon();
      console.error(
        `Not finished: ${said()} when it stopped${out.isFile ? '; the file is not written' : ', what came out is not all of it'}.`,
      );
      throw error;
    }
    progress.stop();
    console.error(`exported ${said()}`);
    return 0;
  },
};

const writtenAtOnce = 1_000_000;

/** A commit's events as their lines show them. */
type EventsOf = (commit: Commit) => readonly (Message & { readonly schema?: number | undefined; readonly metadata: Metadata })[];

/** The lines of a commit; none if it is of another aggregate. @throws Error, naming the commit: no event is left out. */
const linesOf = (stored: StoredItem, eventsOf: EventsOf, aggregate: string | undefined): readonly string[] => {
  if (aggregate !== undefined && parseStreamName(stored['stream']?.S ?? '').aggregate !== aggregate) return [];
  const item = unmarshall(stored as Record<string, AttributeValue>) as CommitItem;
  const commit = commitOf(item);
  return eventsOf(commit).map((event, index) => JSON.stringify(index > 0 ? event : { ...event, commit: ofCommit(commit, item) }));
};

const commitOf = (item: CommitItem): Commit => {
  try {
    return fromItem(item);
  } catch (error) {
    throw new Error(`${item.stream}@${item.version} cannot be read: ${(error as Error).message}`, { cause: error });
  }
};

const storedEvents: EventsOf = (commit) =>
  recorded(commit).map(({ type, data, metadata }, index) => ({ type, schema: commit.events[index]?.schema, data, metadata }));

const liftedEvents =
  (domain: Domain): EventsOf =>
  (commit) =>
    fromStored(deciderIn(domain, commit.stream.aggregate).events, commit);

/** What belongs to the whole commit stands with its first event. */
const ofCommit = ({ events, answer, sealed }: Commit, { request }: CommitItem) => ({
  count: events.length,
  request: Buffer.from(request).toString('base64'),
  answer,
  sealed,
});

interface Output {
  readonly isFile: boolean;
  /** Resolves once the text is taken over; calls may overlap. */
  write(text: string): Promise<void>;
  finish(): Promise<void>;
  abandon(): Promise<void>;
}

const outputTo = async (path: string | undefined): Promise<Output> => {
  if (path === undefined) return { isFile: false, write: writeOut, finish: async () => {}, abandon: async () => {} };
  const file = resolve(baseFolder(), path);
  const partial = `${file}.partial-${process.pid}`;
  const handle = await openFile(partial, 'wx');
  const drop = () => rmSync(partial, { force: true });
  process.on('exit', drop); // Gone as well when it is interrupted.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130));
  return {
    isFile: true,
    ...fileOutput(handle, () => rename(partial, file)),
    abandon: () =>
      handle
        .close()
        .catch(() => {})
        .then(drop),
  };
};

const fileOutput = (handle: FileHandle, publish: () => Promise<void>): Pick<Output, 'write' | 'finish'> => {
  let written: Promise<void> = Promise.resolve();
  return {
    write: (text) => {
      written = written.then(() => handle.appendFile(text));
      return written;
    },
    finish: async () => {
      await written;
      await handle.sync();
      await handle.close();
      await publish();
    },
  };
};
