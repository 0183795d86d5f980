import type { AnySimulator, LaterCommand, Said, SimulatorRequest } from '../../core/calls/simulator.ts';
import type { Entry, Journal } from './journal.ts';

/** A command that a simulator is to send, and has not sent yet. */
export interface Due extends LaterCommand<AnySimulator['answers']> {
  /** Names the request for ever, so that a request that is sent twice is one request. */
  readonly key: string;
  /** In milliseconds since 1970. */
  readonly at: number;
  /** To be told once it was answered, whatever the answer. */
  readonly done: () => void;
}

export interface Books {
  /** Takes a request once for each key; what follows from it is due. */
  take(request: SimulatorRequest, key: string | undefined): Said;
  tell(path: string): Said;
  /** What was due when the process ended. */
  readonly due: readonly Due[];
}

export interface BooksProps {
  readonly simulator: AnySimulator;
  readonly journal: Journal;
  /** How long a second is, in seconds of the clock. */
  readonly timeScale: number;
  readonly onDue: (due: Due) => void;
}

/** What a simulator holds: the fold of its journal. */
export const openBooks = ({ simulator, journal, timeScale, onDue }: BooksProps): Books => {
  let state = simulator.initialState();
  let requests = 0;
  const known = new Map<string, { readonly request: string; readonly said: Said }>();

  /** What has been taken, and what follows from it. */
  const took = (entry: Took, { state: next, sends = [], status, body }: Taken): readonly Due[] => {
    state = next;
    const request = requests++;
    if (entry.key !== undefined) known.set(entry.key, { request: JSON.stringify(entry.request), said: { status, body } });
    return sends.map((one, command) => ({
      ...one,
      key: keyOf(simulator, request, command),
      at: Date.parse(entry.at) + one.afterSeconds * 1000 * timeScale,
      done: () => journal.append({ type: 'sent', request, command }),
    }));
  };

  const due = new Map<string, Due>();
  for (const entry of journal.entries) {
    if (entry.type === 'sent') due.delete(keyOf(simulator, entry.request, entry.command));
    else for (const one of took(entry, simulator.take(state, entry.request))) due.set(one.key, one);
  }
  return {
    due: [...due.values()],
    tell: (path) => simulator.tell(state, path),
    take: (request, key) => {
      const before = key === undefined ? undefined : known.get(key);
      if (before !== undefined) return before.request === JSON.stringify(request) ? before.said : usedTwice;
      const taken: Taken = simulator.take(state, request);
      if (taken.status < 400) {
        const entry = { type: 'took', at: new Date().toISOString(), ...(key === undefined ? {} : { key }), request } as const;
        journal.append(entry);
        for (const one of took(entry, taken)) onDue(one);
      }
      return { status: taken.status, body: taken.body };
    },
  };
};

type Took = Extract<Entry, { readonly type: 'took' }>;
type Taken = ReturnType<AnySimulator['take']>;

const keyOf = ({ name }: AnySimulator, request: number, command: number): string => `${name}/${request}/${command}`;

const usedTwice: Said = { status: 422, body: { error: 'that idempotency key was used for another request' } };
