import type { AuditFinding } from '../audit/audit.ts';
import { type AuditProgress, type AuditTotals, auditSegment, sum } from '../audit/audit-totals.ts';
import { NotFound } from '../basics/errors.ts';
import type { Segment } from '../log/event-store.ts';
import type { ProjectionPorts } from '../read/ports.ts';
import { project } from '../read/projector.ts';
import { type Domain, isListening, revisionOf } from '../registry/domain.ts';
import { changePointer, type Pointer, type PointerStore, type SegmentProgress } from './pointers.ts';
import { fillPage, isFilledSideBySide, segmentsOf } from './rebuild.ts';
import { completed, failed, leading, planned, progressed, revisionIn } from './revisions.ts';

/** One attempt to rebuild a revision of a projection. */
export interface Rebuild {
  readonly projection: string;
  readonly revision: number;
  readonly attempt: number;
  /** The physical name of the table to fill; absent in a rebuild that an older release began. */
  readonly table?: string | undefined;
}

export interface RebuildPorts extends PointerStore {
  readonly domain: Domain;
  readonly stores: ProjectionPorts;
  readonly onFinding: (finding: AuditFinding) => void;
}

/** The number of segments in which the log is filled and audited. */
const mostSegments = 8;

/** How often a fill saves its progress. After a crash it repeats at most this much work. */
const secondsPerSave = 5;

/**
 * The wait between `lead` and the audit. Lambda may start instances of the previous code for a moment after a deployment, and they do not
 * know the new leader. Whatever they apply is in the log that the audit then reads.
 */
export const settleSeconds = 30;

/** The audit repairs missing events in each round. Events that are still missing after the last round have another cause than delay. */
const auditRounds = 3;
const secondsBetweenRounds = 10;

/** The audit could not prove that the projection is complete, so it does not serve. */
export class Incomplete extends Error {
  override readonly name = 'Incomplete';
}

/**
 * The steps of a rebuild; the state machine determines their order. Each step may run twice: it continues from the stored progress, so a
 * lost answer is harmless.
 */
export const rebuildSteps = (rebuilding: RebuildPorts) => {
  const { domain, stores } = rebuilding;
  const at = (): string => stores.now().toISOString();
  /** @throws Error if this process has another table for the revision: the process or the rebuild belongs to an older release. */
  const projectionOf = ({ projection: name, revision, table }: Rebuild) => {
    const projection = revisionOf(domain, name, revision);
    const known = stores.readModels.tableOf(projection);
    if (table !== undefined && table !== known) throw new Error(`${name}@${revision} has the table ${known} in this release, not ${table}`);
    return projection;
  };
  const isOutdated = (pointer: Pointer, { revision, table }: Rebuild): boolean =>
    table !== undefined && table !== revisionIn(pointer, revision).table;
  const change = (rebuild: Rebuild, decide: (pointer: Pointer) => Pointer) => {
    const { name, revision } = projectionOf(rebuild);
    return changePointer(rebuilding, name, (before) => {
      // The work on a replaced table proves nothing about the new one.
      if (isOutdated(before, rebuild)) throw new NotFound('NotFound', `${name}@${revision} has another table by now, not ${rebuild.table}`);
      return decide(before);
    });
  };

  /** Continues a segment until it is done or the time is up. Returns the progress of all segments. */
  const fillSegment = async (rebuild: Rebuild, left: SegmentProgress, until: Date): Promise<readonly SegmentProgress[]> => {
    const filling = { stores, projection: projectionOf(rebuild), isListening: isListening(domain) };
    const segment = { index: left.index, of: left.of };
    let progress = left;
    const ends = () => progress.isDone || stores.now() >= until;
    for (;;) {
      const saved = stores.now().getTime();
      do {
        const { commits, ...next } = await fillPage(filling, segment, progress.cursor);
        progress = { ...segment, ...next, commits: progress.commits + commits, isDone: next.cursor === undefined };
      } while (!ends() && stores.now().getTime() < saved + secondsPerSave * 1000);
      const pointer = await change(rebuild, (before) => progressed(before, rebuild.revision, progress));
      if (ends()) return revisionIn(pointer, rebuild.revision).segments;
    }
  };

  return {
    /** The segments to fill in parallel, without those that an earlier attempt has filled, and the segments to audit. */
    plan: async (rebuild: Rebuild) => {
      const segments = segmentsOf(mostSegments);
      const fresh = segments.map((segment) => ({ ...segment, commits: 0, isDone: false }));
      const pointer = await change(rebuild, (before) => planned(before, rebuild.revision, fresh));
      const toFill = revisionIn(pointer, rebuild.revision).segments.filter(({ isDone }) => !isDone);
      const atOnce = isFilledSideBySide(projectionOf(rebuild)) ? toFill : toFill.slice(0, 1);
      return { fill: atOnce.map(({ index, of }) => ({ index, of })), audit: segments };
    },

    /** Fills one segment (or, for documents of many streams, all remaining segments in turn) until it is done or the time is up. */
    fill: async (rebuild: Rebuild & { readonly segment: Segment }, until: Date): Promise<{ readonly isDone: boolean }> => {
      const { projection, revision, segment } = rebuild;
      const isSideBySide = isFilledSideBySide(projectionOf(rebuild));
      let { segments } = revisionIn(await rebuilding.pointers.read(projection), revision);
      const left = () => segments.find(({ index, isDone }) => !isDone && (!isSideBySide || index === segment.index));
      for (let next = left(); next !== undefined; next = left()) {
        segments = await fillSegment(rebuild, next, until);
        if (stores.now() >= until) break;
      }
      return { isDone: left() === undefined };
    },

    /**
     * Makes the projector feed this revision before the others. No other revision then has an event that this one lacks, so a reader who
     * switches to it misses no event. Returns the seconds to wait before the audit.
     */
    lead: async (rebuild: Rebuild) => {
      const pointer = await change(rebuild, (before) => leading(before, rebuild.revision, at()));
      const { isFirst } = revisionIn(pointer, rebuild.revision);
      const isAlone = isFirst && Object.keys(pointer.revisions).length === 1;
      const ledSeconds = (stores.now().getTime() - new Date(pointer.leadsSince ?? at()).getTime()) / 1000;
      return { settleSeconds: isAlone ? 0 : Math.max(0, Math.ceil(settleSeconds - ledSeconds)), round: 1 };
    },

    /** Audits a segment until it is done or the time is up, and repairs what is missing. */
    audit: (rebuild: Rebuild & { readonly segment: Segment; readonly progress: AuditProgress }, until: Date): Promise<AuditProgress> =>
      auditSegment({
        stores,
        projections: [projectionOf(rebuild)],
        isListening: isListening(domain),
        repairs: (projection, deliveries, options) => project(stores, projection, deliveries, options),
        segment: rebuild.segment,
        progress: rebuild.progress,
        allowsWaiting: true, // Otherwise no rebuild could end after a rollback.
        until,
        onFinding: rebuilding.onFinding,
      }),

    /** Whether the audit found every event, or another round is needed. @throws Incomplete after the last round. */
    judge: async ({
      projection,
      revision,
      audits,
      round,
    }: Rebuild & { readonly audits: readonly AuditTotals[]; readonly round: number }) => {
      const totals = sum(audits);
      const isComplete = totals.missing + totals.parked + totals.ahead === 0;
      if (isComplete || round < auditRounds) return { isComplete, settleSeconds: secondsBetweenRounds, round: round + 1, ...totals };
      const { missing, parked, ahead } = totals;
      throw new Incomplete(
        `${projection}@${revision}: ${missing} streams are missing, ${parked} are parked, ${ahead} are ahead of the log`,
      );
    },

    /** Marks the revision as complete and lets it serve, unless a later one serves. @throws Error if another revision leads by now. */
    serve: async (rebuild: Rebuild) => {
      const { revision } = rebuild;
      const pointer = await change(rebuild, (before) => {
        if (before.leads !== revision) throw new Error(`${rebuild.projection}@${before.leads} leads by now, and not @${revision}`);
        return completed(before, revision, at());
      });
      return { serves: pointer.serves };
    },

    /** Records why an attempt failed. The serving revision stays. */
    fail: async ({ error, ...rebuild }: Rebuild & { readonly error: string }) => {
      const { projection, revision, attempt } = rebuild;
      await changePointer(rebuilding, projection, (pointer) =>
        isOutdated(pointer, rebuild) ? pointer : failed(pointer, revision, { attempt, error, at: at() }),
      );
      return {};
    },
  };
};
