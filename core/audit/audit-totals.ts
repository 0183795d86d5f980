import type { Segment } from '../log/event-store.ts';
import { type AuditFinding, type AuditPlace, type AuditPorts, auditPage } from './audit.ts';
import { type Pace, type Pacer, paceIn, unpaced } from './pace.ts';

/** The counts of an audit so far. */
export interface AuditTotals {
  /** The streams that it has compared. */
  readonly streams: number;
  readonly missing: number;
  readonly parked: number;
  readonly ahead: number;
}

/** The progress of a segment of an audit: its totals so far, and where to continue. */
export interface AuditProgress extends AuditTotals, AuditPlace {
  readonly isDone: boolean;
  /** Absent in a segment that is done, or that is read at full speed. */
  readonly pace?: Pace | undefined;
}

export const nothingAudited: AuditProgress = { streams: 0, missing: 0, parked: 0, ahead: 0, isDone: false };

export interface AuditWork extends AuditPorts {
  readonly segment: Segment;
  /** The result of the previous call for this segment. */
  readonly progress: AuditProgress;
  /** Leaves out the streams that wait for a newer release: they are as complete as this code can make them. */
  readonly allowsWaiting?: boolean;
  /** When to stop. The audit finishes the page that it has begun. */
  readonly until: Date;
  /** Absent: at full speed. */
  readonly pacer?: Pacer | undefined;
  readonly onFinding: (finding: AuditFinding) => void;
}

/** Audits a segment of the log until it is done or the time is up. */
export const auditSegment = async (work: AuditWork): Promise<AuditProgress> => {
  const { pacer = unpaced } = work;
  let { progress } = work;
  while (!progress.isDone) {
    const read = await pacer.read(() => auditPage(work, work.segment, progress), work.until);
    if (read === undefined) break;
    const { streams, cursor, open, ...page } = read;
    const findings = page.findings.filter(({ waits }) => !(waits && work.allowsWaiting));
    for (const finding of findings) work.onFinding(finding);
    progress = { ...sum([progress, { ...counted(findings), streams }]), cursor, open, isDone: cursor === undefined };
    if (work.stores.now() >= work.until) break;
  }
  return progress.isDone ? progress : { ...progress, ...paceIn(pacer) };
};

export const counted = (findings: readonly AuditFinding[]): Omit<AuditTotals, 'streams'> => {
  const ofKind = (kind: AuditFinding['kind']): number => findings.filter((finding) => finding.kind === kind).length;
  return { missing: ofKind('missing'), parked: ofKind('parked'), ahead: ofKind('ahead') };
};

export const sum = (all: readonly AuditTotals[]): AuditTotals => ({
  streams: all.reduce((total, { streams }) => total + streams, 0),
  missing: all.reduce((total, { missing }) => total + missing, 0),
  parked: all.reduce((total, { parked }) => total + parked, 0),
  ahead: all.reduce((total, { ahead }) => total + ahead, 0),
});
