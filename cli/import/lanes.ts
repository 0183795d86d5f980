import { crc32 } from 'node:zlib';

export interface LaneOptions {
  /** How much is done at a time. */
  readonly concurrency: number;
  /** How much may wait: enough that no lane runs dry while another one is long. */
  readonly backlog: number;
}

export interface Lanes {
  /** Takes the work on, once there is room for it. @throws what the first failed work threw; then nothing more is begun. */
  add(key: string, work: () => Promise<void>): Promise<void>;
  /** All that was begun is done. @throws what the first failed work threw. */
  settled(): Promise<void>;
}

/** Work with the same key is done in the order in which it came, other work at the same time. */
export const createLanes = ({ concurrency, backlog }: LaneOptions): Lanes => {
  const lanes = Array.from({ length: concurrency }, () => Promise.resolve());
  let waiting = 0;
  let failure: { readonly error: unknown } | undefined;
  let room = Promise.withResolvers<void>();

  const run = async (work: () => Promise<void>): Promise<void> => {
    try {
      if (failure === undefined) await work();
    } catch (error) {
      failure ??= { error };
    }
    waiting -= 1;
    room.resolve();
  };
  const throwFailure = () => {
    if (failure !== undefined) throw failure.error;
  };

  return {
    add: async (key, work) => {
      while (waiting >= backlog) {
        room = Promise.withResolvers();
        await room.promise;
      }
      throwFailure();
      waiting += 1;
      const lane = crc32(key) % concurrency;
      lanes[lane] = (lanes[lane] as Promise<void>).then(() => run(work));
    },
    settled: async () => {
      await Promise.all(lanes);
      throwFailure();
    },
  };
};
