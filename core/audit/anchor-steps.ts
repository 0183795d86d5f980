import type { Segment } from '../log/event-store.ts';

/** The last commit of a stream: its first version, and its hash in base64. */
export interface Head {
  /** The stream's name. */
  readonly stream: string;
  readonly version: number;
  readonly hash: string;
}

/** The commits of the log, as the chain sees them. */
export interface ChainLog {
  /** One of each commit, of all streams of a segment, a page at a time; those of a stream stand together and in order. May throw Unavailable. */
  scan(segment: Segment, cursor?: string): Promise<{ readonly commits: readonly Head[]; readonly cursor?: string }>;
}

export interface AnchorPart {
  /** The anchor's name: when it was begun, ISO 8601. */
  readonly anchor: string;
  readonly segment: number;
  readonly heads: readonly Head[];
  /** The name of the part before it in its segment; absent in the first. */
  readonly before?: string | undefined;
}

/** All of an anchor: what every stream ended with. */
export interface AnchorManifest {
  readonly anchor: string;
  readonly streams: number;
  /** The last part of each segment that has any; it names the one before it. */
  readonly parts: readonly string[];
}

/** Where anchors are kept: nothing is replaced there, and nothing taken away. Every method may throw Unavailable. */
export interface AnchorStore {
  /** Keeps a part. Answers its name, which tells what is in it: the same part again has the same name. */
  putPart(part: AnchorPart): Promise<string>;
  /** Says that an anchor is whole; without it nobody takes it for one. */
  complete(manifest: AnchorManifest): Promise<void>;
}

/** How far one segment of an anchor is. */
export interface AnchorProgress {
  /** How many streams are in a part. */
  readonly streams: number;
  readonly cursor?: string | undefined;
  /** The last commit of the page before: its stream may go on. */
  readonly open?: Head | undefined;
  /** The last part that was kept. */
  readonly last?: string | undefined;
  readonly isDone: boolean;
}

export interface AnchorPorts {
  readonly log: ChainLog;
  readonly store: AnchorStore;
  readonly now: () => Date;
  /** So many heads are kept together; 250 bytes each at the most. */
  readonly headsPerPart?: number;
}

/** So many segments of the log are read at a time. */
const segments = 8;
const usualHeadsPerPart = 30_000;

/**
 * What the making of an anchor does, step by step; the state machine says in which order. Each step may be done twice: what a lost
 * answer has left behind is another part, which no anchor names, or the same.
 */
export const anchorSteps = ({ log, store, now, headsPerPart = usualHeadsPerPart }: AnchorPorts) => ({
  plan: async () => ({
    anchor: now().toISOString(),
    segments: Array.from({ length: segments }, (_, index) => ({ index, of: segments })),
  }),

  /** Keeps the heads of a segment of the log, for as long as there is time. */
  anchor: async ({ anchor, segment, progress }: AnchoredSegment, until: Date): Promise<AnchorProgress> => {
    let { streams, cursor, open, last, isDone } = progress;
    let heads: Head[] = [];
    const keep = async (): Promise<void> => {
      if (heads.length === 0) return;
      last = await store.putPart({ anchor, segment: segment.index, heads, before: last });
      streams += heads.length;
      heads = [];
    };
    while (!isDone) {
      const page = await log.scan(segment, cursor);
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
    return { streams, cursor, open, last, isDone };
  },

  /** The anchor is whole. */
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
