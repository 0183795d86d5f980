import type { AuditFinding } from '../audit/audit.ts';
import { type AuditProgress, type AuditTotals, auditSegment, sum } from '../audit/audit-totals.ts';
import { type PacePorts, pacer } from '../audit/pace.ts';
import type { Segment } from '../log/event-store.ts';
import type { ProjectionPorts } from '../read/ports.ts';
import type { Pointers } from '../rebuild/pointers.ts';
import { isCompleteIn, revisionTable } from '../rebuild/revisions.ts';
import type { Domain } from '../registry/domain.ts';
import { followerOf, isFollowing, relaysOf } from '../registry/followers.ts';

export interface AuditRun {
  readonly domain: Domain;
  readonly stores: ProjectionPorts;
  readonly pointers: Pointers;
  /** Absent: at full speed. */
  readonly pace?: PacePorts | undefined;
  readonly onFinding: (finding: AuditFinding) => void;
  /** Called with the totals at the end of each run; twice after a lost answer. */
  readonly onReport: (totals: AuditTotals) => void;
}

/** A revision of a projection, or the relay, by name. */
export interface RevisionName {
  readonly projection: string;
  readonly revision: number;
}

/** The number of segments of the log that are audited in parallel. */
const segments = 8;

/** The steps of the scheduled audit. It reads and reports, and changes no data. */
export const auditSteps = ({ domain, stores, pointers, pace, onFinding, onReport }: AuditRun) => ({
  /** The complete revisions, the relay, and the segments to audit. Revisions that are still being filled are left out. */
  plan: async () => {
    const names = domain.projections.map(({ name, revision }) => ({ projection: name, revision }));
    const complete = await Promise.all(
      domain.projections.map(async (one) => isCompleteIn(await pointers.read(one.name), revisionTable(stores.readModels, one))),
    );
    const all = Array.from({ length: segments }, (_, index) => ({ index, of: segments }));
    const relays = relaysOf(domain).map(({ name, revision }) => ({ projection: name, revision }));
    return { projections: [...names.filter((_, index) => complete[index]), ...relays], audit: all };
  },

  /** Audits a segment of the log until it is done or the time is up. */
  audit: (audited: AuditedSegment, until: Date): Promise<AuditProgress> =>
    auditSegment({
      stores,
      projections: audited.projections.map(({ projection, revision }) => followerOf(domain, projection, revision)),
      isListening: isFollowing(domain),
      segment: audited.segment,
      progress: audited.progress,
      until,
      pacer: pace === undefined ? undefined : pacer(pace, audited.segment, audited.progress.pace),
      onFinding,
    }),

  /** Sums and reports the totals. */
  report: async ({ audits }: { readonly audits: readonly AuditTotals[] }): Promise<AuditTotals> => {
    const totals = sum(audits);
    onReport(totals);
    return totals;
  },
});

export interface AuditedSegment {
  readonly projections: readonly RevisionName[];
  readonly segment: Segment;
  readonly progress: AuditProgress;
}
