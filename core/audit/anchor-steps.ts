import type { Segment } from '../log/event-store.ts';
import { type Pace, type PacePorts, paceIn, pacer as pacerOf, unpaced } from './pace.ts';

/** The last commit of a stream: its first version, and its hash in base64. */
export interface Head {
  /** The stream's name. */
  readonly stream: string;
  readonly version: number;
  readonly hash: string;
}

/** The hash chain of the log. */
export interface ChainLog {
  /** One page of a segment: a head for each commit. The commits of a stream stand together and in order. @throws Unavailable. */
  scan(segment: Segment, cursor?: string): Promise<{ readonly commits: readonly Head[]; readonly cursor?: string }>;
}

export interface AnchorPart {
  /** The anchor's name: when it began, ISO 8601. */
  readonly anchor: string;
  readonly segment: number;
  readonly heads: readonly Head[];
  /** The name of the previous part of the segment; absent in the first. */
  readonly before?: string | undefined;
}

/** A complete anchor: the last commits of all streams. */
export interface AnchorManifest {
  readonly anchor: string;
  readonly streams: number;
  /** The last part of each segment that has parts. Each part names the previous one. */
  readonly parts: readonly string[];
}

/** The store of anchors. It replaces and deletes no object. Every method may throw Unavailable. */
export interface AnchorStore {
  /** Stores a part. Returns its name, which is derived from its content: the same part always has the same name. */
  putPart(part: AnchorPart): Promise<string>;
  /** Stores the manifest that completes an anchor. Readers ignore anchors without a manifest. */
  complete(manifest: AnchorManifest): Promise<void>;
}

/** The progress of one segment of an anchor. */
export interface AnchorProgress {
  /** The number of streams in stored parts. */
  readonly streams: number;
  readonly cursor?: string | undefined;
  /** The last commit of the previous page; its stream may continue on the next page. */
  readonly open?: Head | undefined;
  /** The name of the last stored part. */
  readonly last?: string | undefined;
  readonly isDone: boolean;
  /** Absent in a segment that is done, or that is read at full speed. */
  readonly pace?: Pace | undefined;
}

export interface AnchorPorts {
  readonly log: ChainLog;
  readonly store: AnchorStore;
  readonly now: () => Date;
  /** Absent: at full speed. */
  readonly pace?: PacePorts | undefined;
  /** Heads per part, at least; a head has at most 250 bytes. */
  readonly headsPerPart?: number;
}

/** The number of segments of the log that are read in parallel. */
const segments = 8;
const usualHeadsPerPart = 30_000;

/**
 * The steps that make an anchor; the state machine determines their order. Each step may run twice: after a lost answer it stores the same
 * part again, or leaves a part behind that no anchor names.
 */
export const anchorSteps = ({ log, store, now, pace, headsPerPart = usualHeadsPerPart }: AnchorPorts) => ({
  plan: async () => ({
    anchor: now().toISOString(),
    segments: Array.from({ length: segments }, (_, index) => ({ index, of: segments })),
  }),

  /** Stores the heads of a segment of the log until it is done or the time is up. */
  anchor: async ({ anchor, segment, progress }: AnchoredSegment, until: Date): Promise<AnchorProgress> => {
    let { streams, cursor, open, last, isDone } = progress;
    const pacer = pace === undefined ? unpaced : pacerOf(pace, segment, progress.pace);
    let heads: Head[] = [];
    const keep = async (): Promise<void> => {
      if (heads.length === 0) return;
      last = await store.putPart({ anchor, segment: segment.index, heads, before: last });
      streams += heads.length;
      heads = [];
    };
    while (!isDone) {
      const page = await pacer.read(() => log.scan(segment, cursor), until);
      if (page === undefined) break;
      for (const commit of page.commits) {
        if (open !== undefined && open.stream !== commit.stream) heads.push(open);
        open = commit;
      }
      cursor = page.cursor;
      isDone = cursor === undefined;
      if (isDone && open !== undefined) heads.push(open);
      if (isDone) open = undefined;
      if (heads.length >= headsPerPart) await keep();
      if (now() >= until) break;
    }
    await keep();
    return { streams, cursor, open, last, isDone, ...(isDone ? {} : paceIn(pacer)) };
  },

  /** Stores the manifest. */
  complete: async ({ anchor, segments: done }: { readonly anchor: string; readonly segments: readonly AnchorProgress[] }) => {
    const manifest = {
      anchor,
      streams: done.reduce((sum, { streams }) => sum + streams, 0),
      parts: done.flatMap(({ last }) => last ?? []),
    };
    await store.complete(manifest);
    return { anchor, streams: manifest.streams };
  },
});

export interface AnchoredSegment {
  readonly anchor: string;
  readonly segment: Segment;
  readonly progress: AnchorProgress;
}
