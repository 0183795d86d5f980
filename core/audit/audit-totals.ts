import type { Segment } from '../log/event-store.ts';
import { type AuditFinding, type AuditPlace, type AuditPorts, auditPage } from './audit.ts';

/** What an audit has found so far, in numbers. */
export interface AuditTotals {
  /** How many streams it has looked at. */
  readonly streams: number;
  readonly missing: number;
  readonly parked: number;
  readonly ahead: number;
}

/** A segment of an audit: its totals so far, and where to go on. */
export interface AuditProgress extends AuditTotals, AuditPlace {
  readonly isDone: boolean;
}

export const nothingAudited: AuditProgress = { streams: 0, missing: 0, parked: 0, ahead: 0, isDone: false };

export interface AuditWork extends AuditPorts {
  readonly segment: Segment;
  /** From the time before, where it did not come to the end. */
  readonly progress: AuditProgress;
  /** When to stop, at the end of a page. */
  readonly until: Date;
  readonly onFinding: (finding: AuditFinding) => void;
}

/** Audits a segment of the log for as long as there is time. */
export const auditSegment = async (work: AuditWork): Promise<AuditProgress> => {
  let { progress } = work;
  while (!progress.isDone) {
    const { streams, findings, cursor, open } = await auditPage(work, work.segment, progress);
    for (const finding of findings) work.onFinding(finding);
    progress = { ...sum([progress, { ...counted(findings), streams }]), cursor, open, isDone: cursor === undefined };
    if (work.stores.now() >= work.until) break;
  }
  return progress;
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
