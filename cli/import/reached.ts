import type { Position } from './lines.ts';

/** Lines are done out of order; this tells how far they are done without a gap. */
export const reachedFrom = (start: Position) => {
  const ahead = new Map<number, Position>();
  let reached = start;
  return {
    reached: (): Position => reached,
    done: (end: Position): void => {
      ahead.set(end.line, end);
      let next = ahead.get(reached.line + 1);
      while (next !== undefined) {
        ahead.delete(next.line);
        reached = next;
        next = ahead.get(reached.line + 1);
      }
    },
  };
};
