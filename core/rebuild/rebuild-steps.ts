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

/** Which revision of which projection is rebuilt, and in which attempt. */
export interface Rebuild {
  readonly projection: string;
  readonly revision: number;
  readonly attempt: number;
  /** The name of the table that is filled; what an older release has begun does not say. */
  readonly table?: string | undefined;
}

export interface RebuildPorts extends PointerStore {
  readonly domain: Domain;
  readonly stores: ProjectionPorts;
  readonly onFinding: (finding: AuditFinding) => void;
}

/** In so many segments, at a time where they can be, a projection is filled and audited. */
const mostSegments = 8;

/** How often a fill says how far it is: so much of it is done twice, at the most, after a crash. */
const secondsPerSave = 5;

/**
 * A projector that has not seen who leads was begun before, so all that it has in hand is in the log that the audit then reads.
 * What is waited for is the cloud: for a moment after a deployment it may still begin a projector of the code before it.
 */
export const settleSeconds = 30;

/** An audit repairs what it finds missing; what it still finds after so many rounds is not a matter of time. */
const auditRounds = 3;
const secondsBetweenRounds = 10;

/** A projection that cannot be proven complete does not serve. */
export class Incomplete extends Error {
  override readonly name = 'Incomplete';
}

/**
 * What a rebuild does, step by step; the state machine says in which order. Each step may be done twice, and begins where the
 * one before it ended, whatever became of its answer.
 */
export const rebuildSteps = (rebuilding: RebuildPorts) => {
  const { domain, stores } = rebuilding;
  const at = (): string => stores.now().toISOString();
  /** @throws Error where this process knows the revision by another table: it is of the release before, or the rebuild is. */
  const projectionOf = ({ projection: name, revision, table }: Rebuild) => {
    const projection = revisionOf(domain, name, revision);
    const known = stores.readModels.tableOf(projection);
    if (table !== undefined && table !== known) throw new Error(`${name}@${revision} is in ${known} here, and not in ${table}`);
    return projection;
  };
  const isOutdated = (pointer: Pointer, { revision, table }: Rebuild): boolean =>
    table !== undefined && table !== revisionIn(pointer, revision).table;
  const change = (rebuild: Rebuild, decide: (pointer: Pointer) => Pointer) => {
    const { name, revision } = projectionOf(rebuild);
    return changePointer(rebuilding, name, (before) => {
      // What was done to a table that was then made anew proves nothing of this one.
      if (isOutdated(before, rebuild)) throw new NotFound('NotFound', `${name}@${revision} has another table by now than ${rebuild.table}`);
      return decide(before);
    });
  };

  /** Fills a segment from where it was left, for as long as there is time. Answers how far each of them is. */
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
    /** The segments to fill side by side, without those that an earlier attempt has filled, and the segments to audit. */
    plan: async (rebuild: Rebuild) => {
      const segments = segmentsOf(mostSegments);
      const fresh = segments.map((segment) => ({ ...segment, commits: 0, isDone: false }));
      const pointer = await change(rebuild, (before) => planned(before, rebuild.revision, fresh));
      const toFill = revisionIn(pointer, rebuild.revision).segments.filter(({ isDone }) => !isDone);
      const atOnce = isFilledSideBySide(projectionOf(rebuild)) ? toFill : toFill.slice(0, 1);
      return { fill: atOnce.map(({ index, of }) => ({ index, of })), audit: segments };
    },

    /** Fills a segment, or where they are filled in turn each that is left, for as long as there is time. */
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
     * Has the projector feed this revision before the others, so that none of them holds what it does not: a reader who comes
     * from an older one then finds nothing gone. Answers in how many seconds the audit may begin.
     */
    lead: async (rebuild: Rebuild) => {
      const pointer = await change(rebuild, (before) => leading(before, rebuild.revision, at()));
      const { isFirst } = revisionIn(pointer, rebuild.revision);
      const isAlone = isFirst && Object.keys(pointer.revisions).length === 1;
      const ledSeconds = (stores.now().getTime() - new Date(pointer.leadsSince ?? at()).getTime()) / 1000;
      return { settleSeconds: isAlone ? 0 : Math.max(0, Math.ceil(settleSeconds - ledSeconds)), round: 1 };
    },

    /** Audits a segment for as long as there is time, and repairs what is missing. */
    audit: (rebuild: Rebuild & { readonly segment: Segment; readonly progress: AuditProgress }, until: Date): Promise<AuditProgress> =>
      auditSegment({
        stores,
        projections: [projectionOf(rebuild)],
        isListening: isListening(domain),
        repairs: (projection, deliveries, options) => project(stores, projection, deliveries, options),
        segment: rebuild.segment,
        progress: rebuild.progress,
        until,
        onFinding: rebuilding.onFinding,
      }),

    /** Whether the audit has found every event; where it has not, whether another round is worth it. @throws Incomplete. */
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

    /** The flip: the revision is complete, and serves unless a later one does. One conditional write. @throws Error where another one leads by now. */
    serve: async (rebuild: Rebuild) => {
      const { revision } = rebuild;
      const pointer = await change(rebuild, (before) => {
        if (before.leads !== revision) throw new Error(`${rebuild.projection}@${before.leads} leads by now, and not @${revision}`);
        return completed(before, revision, at());
      });
      return { serves: pointer.serves };
    },

    /** Puts on record why an attempt failed. What serves goes on serving. */
    fail: async ({ error, ...rebuild }: Rebuild & { readonly error: string }) => {
      const { projection, revision, attempt } = rebuild;
      await changePointer(rebuilding, projection, (pointer) =>
        isOutdated(pointer, rebuild) ? pointer : failed(pointer, revision, { attempt, error, at: at() }),
      );
      return {};
    },
  };
};
