// Searches every path from a situation. It visits each situation once.

export interface Walked {
  /** The number of paths from the start to an end. */
  readonly paths: bigint;
  /** The number of different situations. */
  readonly situations: number;
  /** The shortest path that breaks an invariant, and the invariant's name. */
  readonly failure?: { readonly broken: string; readonly path: readonly string[] };
}

/** A possible next event, and the situation after it, or what it breaks. `disturbed`: something failed, or came twice or too late. */
export type Next<S> = readonly [what: string, to: S | { readonly broken: string }, disturbed?: true];

export interface Ground<S> {
  readonly nexts: (situation: S) => readonly Next<S>[];
  /** A key that equal situations share. */
  readonly keyOf: (situation: S) => string;
  /** Whether a path may end here. Events that can still happen make further paths. */
  readonly isOver: (situation: S) => boolean;
  readonly brokenIn: (situation: S) => string | undefined;
}

/** Searches breadth first, so the failure that it finds is on a shortest path. */
export const search = <S extends object>(start: S, ground: Ground<S>): Walked => {
  const seen = new Map<string, Seen<S>>();
  const met = new WeakMap<S, Seen<S>>();
  const meet = (situation: S, from: Seen<S> | undefined, what: string): Seen<S> => {
    const key = ground.keyOf(situation);
    const node = seen.get(key) ?? { situation, from, what, nexts: [] };
    seen.set(key, node);
    return node;
  };
  const queue = [meet(start, undefined, '')];
  for (const node of queue) {
    const failure = ground.brokenIn(node.situation);
    if (failure !== undefined) return { paths: 0n, situations: seen.size, failure: { broken: failure, path: pathTo(node) } };
    for (const [what, to] of ground.nexts(node.situation)) {
      if ('broken' in to) return { paths: 0n, situations: seen.size, failure: { broken: to.broken, path: [...pathTo(node), what] } };
      const size = seen.size;
      const next = met.get(to) ?? meet(to, node, what);
      met.set(to, next);
      node.nexts.push(next);
      if (seen.size > size) queue.push(next);
    }
  }
  return { paths: pathsFrom(queue[0] as Seen<S>, ground.isOver), situations: seen.size };
};

interface Seen<S> {
  readonly situation: S;
  readonly from: Seen<S> | undefined;
  readonly what: string;
  readonly nexts: Seen<S>[];
}

const pathTo = <S>(node: Seen<S>): string[] => (node.from === undefined ? [] : [...pathTo(node.from), node.what]);

const pathsFrom = <S>(start: Seen<S>, isOver: (situation: S) => boolean): bigint => {
  const counts = new Map<Seen<S>, bigint>();
  const count = (node: Seen<S>): bigint => {
    const known = counts.get(node);
    if (known !== undefined) return known;
    const sum = node.nexts.reduce((all, next) => all + count(next), isOver(node.situation) ? 1n : 0n);
    counts.set(node, sum);
    return sum;
  };
  return count(start);
};
