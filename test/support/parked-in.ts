import type { ParkedCommand, ParkedCommands } from '../../core/processes/ports.ts';

/** Parked commands in memory. */
export const parkedIn = () => {
  const rows = new Map<string, ParkedCommand>();
  const keyOf = ({ process, cause, place }: Pick<ParkedCommand, 'process' | 'cause' | 'place'>) => `${process} ${cause} ${place}`;
  const store: ParkedCommands = {
    put: async (one) => void rows.set(keyOf(one), one),
    of: async (process, cause) => [...rows.values()].filter((one) => one.process === process && one.cause === cause),
    all: async function* (process) {
      yield* [...rows.values()].filter((one) => one.process === process);
    },
    delete: async (one) => void rows.delete(keyOf(one)),
  };
  return { store, list: () => [...rows.values()] };
};
