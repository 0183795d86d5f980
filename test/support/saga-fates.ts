import { streamName } from '../../core/basics/stream.ts';
import type { Claim, ClaimKey, Fate, InterruptibleRun, LateInterruption, SagaClaims, SagaFates } from '../../core/sagas/fates.ts';

/** The decisions about runs, in memory. `interpose` is called before and after each operation. */
export const memoryFates = (interpose: (io: string) => Promise<void> = async () => {}): SagaFates => {
  const runs = new Map<string, InterruptibleRun>();
  const fates = new Map<string, Fate>();
  const late = new Map<string, LateInterruption>();
  const keyOf = ({ stream, execution, waits }: InterruptibleRun) => `${streamName(stream)} ${execution} ${waits?.token}`;
  const between = async <T>(io: string, does: () => T): Promise<T> => {
    await interpose(io);
    const done = does();
    await interpose(`${io} done`);
    return done;
  };
  return {
    listen: (run) => between('listen', () => void runs.set(keyOf(run), run)),
    listeningTo: async (stream) => [...runs.values()].filter((run) => streamName(run.stream) === streamName(stream)),
    forget: (run) => between('forget', () => void runs.delete(keyOf(run))),
    decide: (execution, fate) =>
      between('decide', () => {
        if (!fates.has(execution)) fates.set(execution, fate);
        return fates.get(execution) as Fate;
      }),
    refuse: (execution, one) => between('refuse', () => void late.set(`${execution} ${one.event}`, one)),
    of: async (execution) => {
      const fate = fates.get(execution);
      const tooLate = [...late].flatMap(([key, one]) => (key.startsWith(`${execution} `) ? [one] : []));
      return { ...(fate === undefined ? {} : { fate }), tooLate };
    },
  };
};

/** The keys of unique sagas, in memory. */
export const memoryClaims = (now: () => Date): SagaClaims => {
  const claims = new Map<string, Claim>();
  const refused = new Map<string, string>();
  const keyOf = ({ saga, tenant, key }: ClaimKey) => JSON.stringify([saga, tenant, key]);
  return {
    take: async (key, event, after) => {
      const held = claims.get(keyOf(key));
      if (held !== undefined && held.event !== event && held.event !== after?.event) return held;
      const claim = { event, since: now().toISOString() };
      claims.set(keyOf(key), claim);
      return claim;
    },
    refuse: async (saga, event, holder) => void refused.set(`${saga} ${event}`, holder),
    refusedFor: async (saga, event) => refused.get(`${saga} ${event}`),
  };
};
