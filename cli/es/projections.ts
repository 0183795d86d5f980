import { setTimeout } from 'node:timers/promises';
import { flip, type RevisionReport, retry, revisionReports } from '../../core/operate/operations.ts';
import { tableKey } from '../../core/read/projection.ts';
import { actFlags, actUsage, recordedAct } from './acts.ts';
import type { Call, Command } from './command.ts';
import { UsageError } from './flags.ts';
import { plain, progressOf } from './progress.ts';
import { openReadSide, type ReadSide, revisionNamed } from './read-side.ts';

export const projections: Command = {
  usage: `npm run es -- projections [--wait] [--json]
npm run es -- projections flip PROJECTION@REVISION
npm run es -- projections retry PROJECTION@REVISION
  Every revision of every projection: which one serves, and how far the others are filled.
  --wait  until every newest revision is complete, with a progress bar; exit code 1 if one fails
  --json  one JSON object a line, for programs
  flip    has queries read this revision from now on: back to the one before, or forward again. It has to be complete
  retry   has a fill that has failed for good tried once more, from where it ended
${actUsage}
  A revision is dropped, with its table, by taking it out of the domain's registry and deploying.`,
  flags: { wait: { type: 'boolean' }, json: { type: 'boolean' }, ...actFlags },
  run: async (call: Call): Promise<number> => {
    const [verb, name, ...more] = call.words;
    if (verb !== undefined && verb !== 'flip' && verb !== 'retry') throw new UsageError(`projections takes flip or retry, not '${verb}'`);
    if (more.length > 0) throw new UsageError(`one revision at a time: '${more.join(' ')}' is too much`);
    const side = await openReadSide(call);
    const isRecorded = verb === undefined || (await change(call, side, { verb, name })) === 0;
    const isComplete = call.flags['wait'] === true ? await wait(side) : true;
    const reports = await revisionReports(side);
    for (const report of reports) console.log(call.flags['json'] ? JSON.stringify(report) : lineOf(report, side.table.commitCount));
    if (!call.flags['json']) for (const report of reports.filter((one) => isIdle(one, reports))) console.log(adviceOn(report));
    return isComplete && isRecorded ? 0 : 1;
  },
};

interface Change {
  readonly verb: 'flip' | 'retry';
  readonly name: string | undefined;
}

const change = async (call: Call, side: ReadSide, { verb, name }: Change): Promise<number> => {
  const revision = revisionNamed(side, name);
  const rebuild = { projection: revision.name, revision: revision.revision };
  return recordedAct(call, side.table, { act: verb, target: tableKey(revision) }, async () => {
    await (verb === 'retry' ? retry(side, rebuild) : flip(side, rebuild));
    const result = `${tableKey(revision)} ${verb === 'flip' ? 'serves from now on.' : 'is tried again within a minute.'}`;
    console.error(result);
    return { code: 0, outcome: 'done', result };
  });
};

const pollMilliseconds = 1000;

/** False where a newest revision has failed. */
const wait = async (side: ReadSide): Promise<boolean> => {
  let progress: ReturnType<typeof progressOf> | undefined;
  let shown = 0;
  try {
    for (;;) {
      const open = newest(await revisionReports(side)).filter(({ state }) => state !== 'complete');
      if (open.length === 0) return true;
      if (open.every(({ state }) => state === 'failed')) return false;
      const commits = open.reduce((sum, one) => sum + one.commits, 0);
      progress ??= progressOf('filling', side.table.commitCount * open.length);
      progress.add(Math.max(0, commits - shown));
      shown = Math.max(shown, commits);
      await setTimeout(pollMilliseconds);
    }
  } finally {
    progress?.stop();
  }
};

const newest = (reports: readonly RevisionReport[]): readonly RevisionReport[] =>
  reports.filter((one) => reports.every((other) => other.projection !== one.projection || other.revision <= one.revision));

/** `order-summary@2  filling, 3 of 8 segments, 500 of about 1,234 commits, attempt 1` */
const lineOf = (report: RevisionReport, commitCount: number): string => {
  const { projection, revision, state, isServing, attempt, since, commits, segments, segmentsDone, error } = report;
  const filled = `${segmentsDone} of ${segments} segments, ${plain(commits)} of about ${plain(commitCount)} commits, attempt ${attempt}`;
  const said = {
    unknown: 'was not seen yet: the steward comes every minute',
    waiting: 'waits to be filled',
    filling: `is filled: ${filled}`,
    complete: `is complete since ${since}${isServing ? ', and serves' : ''}`,
    failed: `has failed at ${since} (${filled}): ${error}`,
  };
  return `${projection}@${revision}  ${said[state]}`;
};

/** An older revision that serves no query. */
const isIdle = ({ projection, revision, isServing }: RevisionReport, reports: readonly RevisionReport[]): boolean =>
  !isServing && reports.some((one) => one.projection === projection && one.isServing && one.revision > revision);

const adviceOn = ({ projection, revision }: RevisionReport): string =>
  `${projection}@${revision} serves no query. Remove it from the domain's registry, and the next deployment drops its table.`;
