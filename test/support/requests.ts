import { randomUUID } from 'node:crypto';
import type { Message } from '../../core/basics/messages.ts';
import type { Address } from '../../core/basics/stream.ts';
import type {
  Appended,
  Claims,
  Commit,
  Consistency,
  EventStore,
  Folding,
  Page,
  Request,
  StoredEvent,
  Tail,
} from '../../core/log/event-store.ts';

/** A stream that no other test has. */
export const newStream = (aggregate = 'tally'): Address => ({ aggregate, id: randomUUID() });

/** A request with a new id, unless it is given one. */
export const request = <M extends Message>(command: M, commandId: string = randomUUID()): Request & { readonly command: M } => ({
  command,
  commandId,
  correlationId: `correlation of ${commandId}`,
  causationId: `cause of ${commandId}`,
});

export const anyCommand: Message = { type: 'Add', data: { amounts: [1] } };

/** Events to store, one for each amount. */
export const added = (...amounts: number[]): StoredEvent[] => amounts.map((amount) => ({ type: 'Added', schema: 1, data: { amount } }));

/** A stream with all its commits, whatever snapshots it has. */
export const loadAll = async (
  store: EventStore,
  stream: Address,
  consistency: Consistency = 'strong',
): Promise<{ commits: readonly Commit[]; tail: Tail }> => {
  const { state, tail } = await store.load(stream, everyCommit, consistency);
  return { commits: state, tail };
};

const everyCommit: Folding<Commit[]> = {
  fingerprint: 'every commit',
  initialState: () => [],
  evolve: (commits, commit) => {
    commits.push(commit);
    return commits;
  },
};

/** Appends events, with a state that nobody reads. */
export const appendTo = (
  store: EventStore,
  tail: Tail,
  asked: Request,
  events: readonly StoredEvent[],
  claims: Claims = { claimed: [], released: [] },
): Promise<Appended> => store.append(tail, asked, { events, folded: { fingerprint: 'nobody', state: null }, claims });

/** A page of commits, oldest first. */
export const pageOf = (store: EventStore, stream: Address, from: number, limit: number): Promise<Page> =>
  store.read(stream, { from, limit });

/** Appends what must win. */
export const append = async (
  store: EventStore,
  tail: Tail,
  events: readonly StoredEvent[],
  claims?: Claims,
): Promise<{ commit: Commit; tail: Tail }> => {
  const outcome = await appendTo(store, tail, request(anyCommand), events, claims);
  if (!outcome.won) throw new Error(`lost to ${outcome.winner?.commandId}`);
  return outcome;
};

/** Appends commits of the given sizes to a new stream; answers it, its commits, and the tail after each, the empty one first. */
export const filled = async (store: EventStore, ...sizes: number[]): Promise<{ stream: Address; commits: Commit[]; tails: Tail[] }> => {
  const stream = newStream();
  const tails = [(await loadAll(store, stream)).tail];
  const commits: Commit[] = [];
  for (const [index, size] of sizes.entries()) {
    const { commit, tail } = await append(store, tails[index] as Tail, added(...Array<number>(size).fill(index)));
    commits.push(commit);
    tails.push(tail);
  }
  return { stream, commits, tails };
};

/** What a rejected promise was rejected with. */
export const errorOf = async (promise: Promise<unknown>): Promise<Error> => {
  const outcome = await promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ('value' in outcome) throw new Error(`expected an error, got ${JSON.stringify(outcome.value)}`);
  if (!(outcome.error instanceof Error)) throw new Error(`not an Error was thrown: ${String(outcome.error)}`);
  return outcome.error;
};

/** The clock of a log of which nothing is on its way any more, so that an audit does not wait for it. */
export const longAgo = (): Date => new Date('2020-01-01');
