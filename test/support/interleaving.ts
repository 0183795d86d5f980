import { setImmediate } from 'node:timers/promises';

export interface Interleaving {
  /** Waits until it is this one's turn. */
  readonly turn: () => Promise<void>;
  /** Lets one at a time go on, in an order that the seed tells, until the work is done. */
  readonly run: <T>(work: Promise<T>) => Promise<T>;
}

/** Concurrent work in an order that looks like chance and is the same for the same seed. */
export const interleaving = (seed: number): Interleaving => {
  const waiting: (() => void)[] = [];
  const random = randomOf(seed);
  return {
    turn: () => new Promise((goOn) => waiting.push(goOn)),
    run: async (work) => {
      let isDone = false;
      const end = () => {
        isDone = true;
      };
      work.then(end, end);
      while (!isDone) {
        await setImmediate();
        const [next] = waiting.splice(Math.floor(random() * waiting.length), 1);
        next?.();
      }
      return work;
    },
  };
};

/** Mulberry32: numbers from 0 to 1. */
export const randomOf = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
};
