import { type AuditFinding, type AuditPage, type AuditPorts, auditPage } from '../../core/audit/audit.ts';
import { type AuditTotals, counted as countedOf, sum } from '../../core/audit/audit-totals.ts';
import { behindLeader } from '../../core/operate/operations.ts';
import { relayPositions } from '../../core/publish/relay.ts';
import { type AnyProjection, tableKey } from '../../core/read/projection.ts';
import { isCompleteIn, revisionTable } from '../../core/rebuild/revisions.ts';
import { isFollowing, relaysOf } from '../../core/registry/followers.ts';
import { actFlags, actUsage, type Outcome, recordedAct } from './acts.ts';
import type { Call, Command } from './command.ts';
import { numberOf } from './flags.ts';
import { counted, progressOf } from './progress.ts';
import { followersNamed, openReadSide, type ReadSide } from './read-side.ts';

export const audit: Command = {
  usage: `npm run es -- audit [PROJECTION...] [--repair] [--segments 8]
  Compares, for every stream, the version in the events table with that in every read model, and with how far the relay has
  published it; names each that is not there.
  PROJECTION  only order-summary, one revision of it (order-summary@2), or relay; otherwise all that are complete, and the relay
  --repair    brings what is missing up to date, from the events table, and publishes it in order; what is parked needs redrive
  The whole log is read, and a row of each read model for each stream: a read unit for 4 KB of the log, half a one for a row.
  Exit code 1 if anything is missing, parked, or ahead of the log, in the end.
  With --repair:
${actUsage}`,
  flags: { repair: { type: 'boolean' }, segments: { type: 'string' }, ...actFlags },
  run: async (call: Call): Promise<number> => {
    const { words, flags } = call;
    const segments = numberOf(flags, 'segments', 1000) ?? 8;
    const side = await openReadSide(call);
    const projections = await toAudit(side, words);
    if (projections.length === 0) throw new Error('No read model is complete yet: npm run es -- projections says how far they are.');
    if (!flags['repair']) return (await audited(side, { projections, segments, repairs: undefined })).code;
    const target = words.length === 0 ? 'everything' : words.join(' ');
    const repairs = behindLeader(side);
    return recordedAct(call, side.table, { act: 'repair', target }, () => audited(side, { projections, segments, repairs }));
  },
};

const audited = async (side: ReadSide, request: AuditRequest): Promise<Outcome> => {
  const { repairs, projections } = request;
  const { totals, repaired } = await auditAll(side, request);
  const { streams, missing, parked, ahead } = totals;
  const others = [...(parked > 0 ? [`parked = ${parked}`] : []), ...(ahead > 0 ? [`ahead = ${ahead}`] : [])];
  const healed = repairs === undefined ? [] : [`repaired = ${repaired}`];
  const result = [`missing = ${missing}`, ...others, ...healed].join(', ');
  const report = `audited ${counted(streams, 'stream')} in ${inWords(projections)}: ${result}`;
  console.log(report);
  if (missing + parked + ahead > 0) return { code: 1, outcome: 'failed', result: report };
  return { code: 0, outcome: repaired === 0 ? 'nothing' : 'done', result: report };
};

/** `2 read models and the relay` */
const inWords = (followers: readonly AnyProjection[]): string => {
  const readModels = followers.filter((one) => one !== relayPositions).length;
  const parts = [...(readModels > 0 ? [counted(readModels, 'read model')] : []), ...(readModels < followers.length ? ['the relay'] : [])];
  return parts.join(' and ');
};

/** What is named; otherwise all that should hold every event: what is still being filled is not to be called incomplete. */
const toAudit = async (side: ReadSide, names: readonly string[]): Promise<readonly AnyProjection[]> => {
  if (names.length > 0) return [...new Set(names.flatMap((name) => followersNamed(side, name)))];
  const { projections } = side.domain;
  const complete = await Promise.all(
    projections.map(async (one) => isCompleteIn(await side.pointers.read(one.name), revisionTable(side.readModels, one))),
  );
  for (const projection of projections.filter((_, index) => !complete[index]))
    console.error(`${tableKey(projection)} is not complete yet, and is left out. Name it to audit it nevertheless.`);
  return [...projections.filter((_, index) => complete[index]), ...relaysOf(side.domain)];
};

interface AuditRequest extends Pick<AuditPorts, 'projections' | 'repairs'> {
  readonly segments: number;
}

const auditAll = async (
  side: ReadSide,
  { segments, ...request }: AuditRequest,
): Promise<{ readonly totals: AuditTotals; readonly repaired: number }> => {
  const auditing: AuditPorts = { stores: side, isListening: isFollowing(side.domain), ...request };
  const progress = progressOf('auditing', side.table.commitCount);
  const found: AuditTotals[] = [];
  let [repaired, hasFailed] = [0, false];
  const auditSegment = async (index: number): Promise<void> => {
    let page: AuditPage | undefined;
    do {
      page = await auditPage(auditing, { index, of: segments }, page);
      for (const finding of page.findings) progress.say(lineOf(finding));
      found.push({ ...countedOf(page.findings), streams: page.streams });
      repaired += page.repaired;
      progress.add(page.commits);
    } while (page.cursor !== undefined && !hasFailed);
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
const lineOf = ({ projection, revision, stream, recorded, projected, kind }: AuditFinding): string => {
  if (projection === relayPositions.name) return relayLine(stream, kind, `it has published ${projected} of ${counted(recorded, 'event')}`);
  const where = `${projection}@${revision}`;
  if (kind === 'parked') return `${stream} is parked in ${where}: it holds ${projected} of ${counted(recorded, 'event')}`;
  if (kind === 'ahead') return `${stream} is ahead in ${where}: it holds ${projected} events, and the log ${recorded}`;
  return `${stream} is missing from ${where}: it holds ${projected} of ${counted(recorded, 'event')}`;
};

/** `order-42 is missing from the relay: it has published 3 of 8 events` */
const relayLine = (stream: string, kind: AuditFinding['kind'], how: string): string => {
  if (kind === 'parked') return `${stream} is parked in the relay: ${how}`;
  return `${stream} is ${kind === 'ahead' ? 'ahead in' : 'missing from'} the relay: ${how}`;
};
