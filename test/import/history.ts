import { noCache } from '../../adapters/event-log/tail-cache.ts';
import { type RecorderPorts, recorder } from '../../cli/import/recorder.ts';
import { Unavailable } from '../../core/basics/errors.ts';
import { type Entry, history, readEntry } from '../../core/import/mapping.ts';
import type { EventStore } from '../../core/log/event-store.ts';
import type { TailCache } from '../../core/write/command-handler.ts';
import { tally } from '../support/tally.ts';

export const time = (second: number): string => new Date(Date.UTC(2001, 0, 1, 0, 0, second)).toISOString();

/** The nth entry of a stream, recorded n seconds after midnight. */
export const entryOf = (id: string, n: number, amount = n): Entry => {
  const happened = { id, recordedAt: time(n), commandId: `entry/${n}`, events: [{ type: 'Added', data: { amount } }] as const };
  return readEntry({ line: anything, toHistory: () => history(tally, happened) }, '{}') as Entry;
};
const anything = tally.commands.Clear;

export const entriesOf = (id: string, from: number, to: number): Entry[] =>
  Array.from({ length: to - from + 1 }, (_, index) => entryOf(id, from + index));

/** A recorder that waits for nothing, in a process that remembers nothing, unless it is given something to remember in. */
export const recorderOn = (eventStore: EventStore, cache: TailCache = noCache, pause: RecorderPorts['pause'] = async () => {}) =>
  recorder({ eventStore, cache, pause });

/** What happens to a call: nothing bad, no answer, or the end of the process; before it is carried out or after. */
export type Fate = 'ok' | 'lost before' | 'lost after' | 'crash before' | 'crash after';

export class Crash extends Error {
  override readonly name = 'Crash';
}

/** The same store, with a fate for each call that reads or writes; when they are used up, all is well. Calls are noted. */
export const fated = (store: EventStore, fates: Iterator<Fate> = [].values()) => {
  const calls: string[] = [];
  let isDead = false;
  const end = () => {
    isDead = true;
    throw new Crash();
  };
  const through =
    <A extends readonly unknown[], R>(name: string, call: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      if (isDead) throw new Crash();
      calls.push(name);
      const fate = fates.next().value ?? 'ok';
      if (fate === 'crash before') end();
      if (fate === 'lost before') throw new Unavailable('injected');
      const answer = await call(...args);
      if (fate === 'crash after') end();
      if (fate === 'lost after') throw new Unavailable('injected');
      return answer;
    };
  const eventStore: EventStore = {
    ...store,
    load: through('load', (...args: Parameters<EventStore['load']>) => store.load(...args)) as EventStore['load'],
    append: through('append', store.append),
    read: through('read', store.read),
  };
  return { eventStore, calls };
};

/** Ids of the commits of a stream, in order. */
export const idsIn = async (store: EventStore, id: string): Promise<string[]> => {
  const ids: string[] = [];
  for (let from: number | undefined = 1; from !== undefined; ) {
    const page: Awaited<ReturnType<EventStore['read']>> = await store.read({ aggregate: 'tally', id }, { from, limit: 1000 });
    ids.push(...page.commits.map(({ commandId }) => commandId));
    from = page.next;
  }
  return ids;
};
