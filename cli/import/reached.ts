import type { Position } from './lines.ts';

/** Lines are done out of order; this tells how far they are done without a gap. */
export const reachedFrom = (start: Position) => {
  const ahead = new Map<number, Position>();
  let reached = start;
  return {
    reached: (): Position => reached,
    /** These lines are done; `end` is after the last of them. */
    done: (end: Position, lines = 1): void => {
      ahead.set(end.line - lines + 1, end);
      let next = ahead.get(reached.line + 1);
      while (next !== undefined) {
        ahead.delete(reached.line + 1);
        reached = next;
        next = ahead.get(reached.line + 1);
      }
    },
  };
};
