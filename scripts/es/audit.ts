import { type Auditing, auditPage, type Finding } from '../../core/audit.ts';
import { type AuditTotals, counted as countedOf, sum } from '../../core/audit-totals.ts';
import { isListening } from '../../core/domain.ts';
import type { AnyProjection } from '../../core/projection.ts';
import { tableKey } from '../../core/projection.ts';
import { isComplete } from '../../core/revisions.ts';
import { type Call, type Command, numberOf } from './command.ts';
import { counted, progressOf } from './progress.ts';
import { openReadSide, projectionsNamed, type ReadSide } from './read-side.ts';

export const audit: Command = {
  usage: `npm run es -- audit [PROJECTION...] [--repair] [--segments 8]
  Compares, for every stream, the version in the events table with that in every read model, and names each that is not there.
  PROJECTION  only order-summary, or one revision of it: order-summary@2; otherwise all that are complete
  --repair    brings what is missing up to date, from the events table; what is parked needs redrive
  The whole log is read, and a row of each read model for each stream: a read unit for 4 KB of the log, half a one for a row.
  Exit code 1 if anything is missing, parked, or ahead of the log, in the end.`,
  flags: { repair: { type: 'boolean' }, segments: { type: 'string' } },
  run: async (call: Call): Promise<number> => {
    const { words, flags } = call;
    const segments = numberOf(flags, 'segments', 1000) ?? 8;
    const side = await openReadSide(call);
    const projections = await audited(side, words);
    if (projections.length === 0) throw new Error('No read model is complete yet: npm run es -- projections says how far they are.');
    const { totals, repaired } = await auditAll(side, { projections, segments, isRepairing: flags['repair'] === true });
    const { streams, missing, parked, ahead } = totals;
    const others = [...(parked > 0 ? [`parked = ${parked}`] : []), ...(ahead > 0 ? [`ahead = ${ahead}`] : [])];
    const healed = flags['repair'] === true ? [`repaired = ${repaired}`] : [];
    const result = [`missing = ${missing}`, ...others, ...healed].join(', ');
    console.log(`audited ${counted(streams, 'stream')} in ${counted(projections.length, 'read model')}: ${result}`);
    return missing + parked + ahead === 0 ? 0 : 1;
  },
};

/** What is named; otherwise all that should hold every event: what is still being filled is not to be called incomplete. */
const audited = async (side: ReadSide, names: readonly string[]): Promise<readonly AnyProjection[]> => {
  if (names.length > 0) return [...new Set(names.flatMap((name) => projectionsNamed(side, name)))];
  const { projections } = side.domain;
  const complete = await Promise.all(projections.map(async ({ name, revision }) => isComplete(await side.pointers.read(name), revision)));
  for (const projection of projections.filter((_, index) => !complete[index]))
    console.error(`${tableKey(projection)} is not complete yet, and is left out; its name has it audited all the same.`);
  return projections.filter((_, index) => complete[index]);
};

interface Wish extends Pick<Auditing, 'projections' | 'isRepairing'> {
  readonly segments: number;
}

const auditAll = async (
  side: ReadSide,
  { segments, ...wish }: Wish,
): Promise<{ readonly totals: AuditTotals; readonly repaired: number }> => {
  const auditing: Auditing = { stores: side, isListening: isListening(side.domain), ...wish };
  const progress = progressOf('auditing', side.table.commitCount);
  const found: AuditTotals[] = [];
  let [repaired, hasFailed] = [0, false];
  const auditSegment = async (index: number): Promise<void> => {
    let cursor: string | undefined;
    do {
      const page = await auditPage(auditing, { index, of: segments }, cursor);
      for (const finding of page.findings) progress.say(lineOf(finding));
      found.push({ ...countedOf(page.findings), streams: page.streams });
      repaired += page.repaired;
      progress.add(page.commits);
      cursor = page.cursor;
    } while (cursor !== undefined && !hasFailed);
  };
  const failing = (error: unknown): never => {
    hasFailed = true; // The others stop at the end of their page.
    throw error;
  };
  const all = Array.from({ length: segments }, (_, index) => auditSegment(index).catch(failing));
  const outcomes = await Promise.allSettled(all);
  progress.stop();
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  return { totals: sum(found), repaired };
};

/** `order-42 is missing from order-summary@1: it holds 3 of 8 events` */
const lineOf = ({ projection, revision, stream, recorded, projected, kind }: Finding): string => {
  const where = `${projection}@${revision}`;
  if (kind === 'parked') return `${stream} is parked in ${where}: it holds ${projected} of ${counted(recorded, 'event')}`;
  if (kind === 'ahead') return `${stream} is ahead in ${where}: it holds ${projected} events, and the log ${recorded}`;
  return `${stream} is missing from ${where}: it holds ${projected} of ${counted(recorded, 'event')}`;
};
