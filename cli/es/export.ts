import { rmSync } from 'node:fs';
import { type FileHandle, open as openFile, rename } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { type CommitItem, fromItem } from '../../adapters/event-log/commit-item.ts';
import { type Commit, recorded } from '../../core/log/event-store.ts';
import { fromStored } from '../../core/log/stored-events.ts';
import type { Domain } from '../../core/registry/domain.ts';
import type { Call, Command } from './command.ts';
import { baseFolder } from './events-table.ts';
import { numberOf, textOf, UsageError } from './flags.ts';
import { deciderIn, domainOf } from './local-domain.ts';
import { counted, progressOf } from './progress.ts';
import { type StoredItem, scan } from './scan.ts';

export const exportEvents: Command = {
  usage: `npm run es -- export [--aggregate NAME] [--out FILE] [--lifted] [--segments 8]
  Every recorded event as a line of JSON: { type, schema, data, metadata }, on stdout or in FILE.
  The events of a stream come in order; streams come in no order. Data is as it was stored, under its schema version.
  The first event of a commit with an answer, or with sealed values, has \`commit: { answer, sealed }\` in its line.
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
    const linesOf = flags['lifted'] ? liftedLines(await domainOf(flags, table)) : storedLines;
    const out = await outputTo(textOf(flags, 'out'));
    const progress = progressOf('exporting', table.commitCount);
    const done = { events: 0, commits: 0 };
    const visit = async (page: readonly StoredItem[]): Promise<void> => {
      const commits = page.map(commitOf).filter(({ stream }) => aggregate === undefined || stream.aggregate === aggregate);
      const lines = commits.flatMap(linesOf);
      if (lines.length > 0) await out.write(`${lines.join('\n')}\n`);
      done.events += lines.length;
      done.commits += commits.length;
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

/** @throws Error, naming the commit: an event that cannot be exported is not left out. */
const commitOf = (stored: StoredItem): Commit => {
  try {
    return fromItem(unmarshall(stored as Record<string, AttributeValue>) as CommitItem);
  } catch (error) {
    throw new Error(`${stored['stream']?.S}@${stored['version']?.N} cannot be read: ${(error as Error).message}`, { cause: error });
  }
};

const storedLines = (commit: Commit): readonly string[] =>
  recorded(commit).map(({ type, data, metadata }, index) =>
    JSON.stringify({ type, schema: commit.events[index]?.schema, data, metadata, ...ofCommit(commit, index) }),
  );

const liftedLines = (domain: Domain) => (commit: Commit) =>
  fromStored(deciderIn(domain, commit.stream.aggregate).events, commit).map(({ type, data, metadata }, index) =>
    JSON.stringify({ type, data, metadata, ...ofCommit(commit, index) }),
  );

/** What belongs to the whole commit stands with its first event. */
const ofCommit = ({ answer, sealed }: Commit, index: number): { readonly commit?: Pick<Commit, 'answer' | 'sealed'> } =>
  index > 0 || (answer ?? sealed) === undefined ? {} : { commit: { answer, sealed } };

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

const writeOut = (text: string): Promise<void> =>
  new Promise((resolve, reject) => process.stdout.write(text, (error) => (error ? reject(error) : resolve())));
