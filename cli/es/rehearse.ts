import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { namesIn } from '../../core/rehearse/release.ts';
import { isClean } from '../../core/rehearse/totals.ts';
import { ofService } from '../../lib/folders.ts';
import type { Call, Command } from './command.ts';
import { baseFolder } from './events-table.ts';
import { type Flags, numberOf, textOf, UsageError } from './flags.ts';
import { writeOut } from './output.ts';
import { rehearseExport } from './rehearse/rehearsal.ts';
import { loadDomains, releasedFolder } from './rehearse/releases.ts';
import { linesOf } from './rehearse/report.ts';
import { largestShard } from './rehearse/shards.ts';
import { type TemporaryFolder, temporaryFolder } from './rehearse/temporary-folder.ts';
import type { Workers } from './rehearse/workers.ts';

export const rehearse: Command = {
  usage: `npm run es -- rehearse --from EXPORT [--against TAG|FOLDER] [--only NAME] [--limit N] [--json]
  Runs the domain of this repository, the next release, over a copy of real history: it lifts and folds every event, makes every document,
  what publications publish and the contexts of sagas, and names what the system would refuse or park. It reads no table and changes nothing.
  --from EXPORT     what export has written, also as a gzip; - is the standard input
  --against WHAT    also compares with the released domain, which a tag of git, a commit, or a folder has. What the released domain cannot
                    take either is no failure. States and documents must be equal, unless the next release declares a new revision
  --only NAME       one aggregate, projection (orders or orders@2), publication or saga
  --limit N         only about the first N events
  --examples N      the examples that are shown of each kind (10)
  --workers N       threads (one for each core)
  --json            one JSON object instead of text
  The parts of the export are written into the folder of temporary files (TMPDIR), which needs room for its text. Exit code 0: nothing fails
  and nothing differs; 1: something does; 2: the rehearsal was not done, because of the command line, the export or a domain.`,
  flags: {
    from: { type: 'string' },
    against: { type: 'string' },
    only: { type: 'string' },
    limit: { type: 'string' },
    examples: { type: 'string' },
    workers: { type: 'string' },
    json: { type: 'boolean' },
  },
  run: async ({ words, flags }: Call): Promise<number> => {
    const options = optionsOf(words, flags);
    const running: { workers?: Workers } = {};
    let temporary: TemporaryFolder | undefined;
    try {
      temporary = temporaryFolder(async () => running.workers?.stop());
      return await run(options, flags['json'] === true, temporary, (workers) => {
        running.workers = workers;
      });
    } catch (error) {
      if (error instanceof UsageError) throw error;
      console.error(reasonOf(error));
      return notDone;
    } finally {
      temporary?.remove();
    }
  },
};

const notDone = 2;

interface Options {
  readonly file: string;
  readonly domain: string;
  readonly against: string | undefined;
  readonly only: string | undefined;
  readonly limit: number;
  readonly examples: number;
  readonly workers: number;
}

const optionsOf = (words: readonly string[], flags: Flags): Options => {
  const from = textOf(flags, 'from');
  if (from === undefined || words.length > 0) throw new UsageError('rehearse takes --from EXPORT');
  const file = from === '-' ? from : resolve(baseFolder(), from);
  if (file !== '-' && !existsSync(file)) throw new UsageError(`--from ${from}: there is no such file`);
  const domain = textOf(flags, 'domain');
  return {
    file,
    domain: domain === undefined ? ofService('domain') : resolve(baseFolder(), domain),
    against: textOf(flags, 'against'),
    only: textOf(flags, 'only'),
    limit: numberOf(flags, 'limit', Number.MAX_SAFE_INTEGER) ?? Number.POSITIVE_INFINITY,
    examples: numberOf(flags, 'examples', 1000) ?? 10,
    workers: numberOf(flags, 'workers', 256) ?? availableParallelism(),
  };
};

const run = async (options: Options, asJson: boolean, { path: folder }: TemporaryFolder, onWorkers: (workers: Workers) => void) => {
  const { against, domain: next, only, ...settings } = options;
  const folders = { next, today: against === undefined ? undefined : releasedFolder(against, next, join(folder, 'released')) };
  const domains = await loadDomains(folders);
  const names = namesIn(domains.next);
  if (only !== undefined && !names.includes(only)) throw new UsageError(`--only ${only}: the domain has only ${names.join(', ')}`);
  const startedAt = performance.now();
  const rehearsed = await rehearseExport({ ...settings, only, folders, folder, largestShard, onWorkers });
  const removed = domains.today === undefined || only !== undefined ? [] : namesIn(domains.today).filter((name) => !names.includes(name));
  const report = { ...rehearsed, seconds: (performance.now() - startedAt) / 1000, against, removed };
  await writeOut(asJson ? `${JSON.stringify({ isClean: isClean(report), ...report })}\n` : `${linesOf(report).join('\n')}\n`);
  return isClean(report) ? 0 : 1;
};

const reasonOf = (error: unknown): string => {
  const reason = error instanceof Error ? error.message : String(error);
  if (!/ENOSPC|mkdtemp/.test(reason)) return reason;
  return `${reason}: a rehearsal needs a folder with room for the text of the export. TMPDIR=FOLDER names it.`;
};
