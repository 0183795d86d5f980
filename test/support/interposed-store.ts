import type { Address } from '../../core/basics/stream.ts';
import type { Consistency, EventStore, Folding, Loaded } from '../../core/log/event-store.ts';

export interface Interposed {
  readonly store: EventStore;
  /** Every call so far: `['load eventual', 'append']`. */
  readonly calls: readonly string[];
}

/** The same store; before each append something else happens, such as a rival's write. Calls are noted. */
export const interposed = (store: EventStore, beforeAppend: (nth: number) => Promise<unknown> = async () => {}): Interposed => {
  const calls: string[] = [];
  let appends = 0;
  const noted: EventStore = {
    ...store,
    load: (stream, folding, consistency) => {
      calls.push(`load ${consistency}`);
      return store.load(stream, folding, consistency);
    },
    append: async (tail, request, decided) => {
      calls.push('append');
      appends += 1;
      await beforeAppend(appends);
      return store.append(tail, request, decided);
    },
    read: (stream, range) => {
      calls.push('read');
      return store.read(stream, range);
    },
  };
  return { store: noted, calls };
};

/** The same store, whose eventually consistent reads still see what was `seen` at some time before. */
export const stale = (store: EventStore, seen: Loaded<unknown>): EventStore => ({
  ...store,
  load: async <S>(stream: Address, folding: Folding<S>, consistency: Consistency) =>
    consistency === 'eventual' ? (seen as Loaded<S>) : store.load(stream, folding, consistency),
});
