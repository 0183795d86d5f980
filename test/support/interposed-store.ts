import type { EventStore, Loaded } from '../../core/event-store.ts';

export interface Interposed {
  readonly store: EventStore;
  /** Every call so far: `['load eventual', 'recall', 'append']`. */
  readonly calls: readonly string[];
}

/** The same store; before each append something else happens, such as a rival's write. Calls are noted. */
export const interposed = (store: EventStore, beforeAppend: (nth: number) => Promise<unknown> = async () => {}): Interposed => {
  const calls: string[] = [];
  let appends = 0;
  const noted: EventStore = {
    load: (stream, consistency) => {
      calls.push(`load ${consistency}`);
      return store.load(stream, consistency);
    },
    append: async (tail, request, events) => {
      calls.push('append');
      appends += 1;
      await beforeAppend(appends);
      return store.append(tail, request, events);
    },
    recall: (tail, request) => store.recall(tail, request),
    read: (stream, from, limit) => {
      calls.push('read');
      return store.read(stream, from, limit);
    },
  };
  return { store: noted, calls };
};

/** The same store, whose eventually consistent reads still see what was `seen` at some time before. */
export const stale = (store: EventStore, seen: Loaded): EventStore => ({
  ...store,
  load: async (stream, consistency) => (consistency === 'eventual' ? seen : store.load(stream, consistency)),
});
