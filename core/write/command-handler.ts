import { Conflict, Refusal } from '../basics/errors.ts';
import { type Address, address } from '../basics/stream.ts';
import { type Claims, type Commit, type Decided, type EventStore, type Loaded, lastVersion, type Request } from '../log/event-store.ts';
import { toStored } from '../log/stored-events.ts';
import { type AnyDecider, type CommandOf, decide, type EventOf, fold, foldingOf, type StateOf } from './decider.ts';

/** Which aggregate of a decider's kind a command is for. It names no kind: `aggregate` belongs to the decider alone. */
export interface AggregateId {
  readonly id: string;
  readonly tenant?: string | undefined;
  readonly aggregate?: never;
}

/** Sends a command to one aggregate. */
export type HandleCommand = <D extends AnyDecider>(decider: D, aggregate: AggregateId, request: CommandRequest<D>) => Promise<Answer>;

/** A request to one aggregate; `expectedVersion`, where given, is the version that the caller has seen. */
export interface CommandRequest<D extends AnyDecider> extends Request {
  readonly command: CommandOf<D>;
  readonly expectedVersion?: number | undefined;
}

/** What a command did: the events it recorded (none where it was so already), and the stream's version after them. */
export interface Answer {
  readonly stream: Address;
  readonly version: number;
  readonly events: readonly { readonly type: string; readonly version: number }[];
  /** The request was carried out before, by an earlier try, and this is the same answer. */
  readonly isRepeated: boolean;
}

/** An aggregate as it was last seen. */
// biome-ignore lint/suspicious/noExplicitAny: the state of "some decider", as in AnyDecider.
export type Aggregate = Loaded<any>;

/** What a warm process remembers of the aggregates it has seen. It may be old: the condition of the write decides. */
export interface TailCache {
  get(stream: Address): Aggregate | undefined;
  set(aggregate: Aggregate): void;
}

export interface CommandHandlerPorts {
  readonly eventStore: EventStore;
  readonly cache: TailCache;
  /** Waits before the aggregate is read once more. */
  readonly pause: (conflicts: number) => Promise<void>;
}

const maxConflicts = 8;

/**
 * Load, decide, append; where another writer was first, decide again on what it wrote.
 * The returned function throws Refusal, Conflict, Invalid, Unavailable; whoever meets the last sends the same request again.
 */
export const commandHandler =
  ({ eventStore, cache, pause }: CommandHandlerPorts): HandleCommand =>
  async (decider, { id, tenant }, request) => {
    const stream = address(decider.name, id, tenant);
    const folding = foldingOf(decider);
    let seen = cache.get(stream) ?? (await eventStore.load(stream, folding, 'eventual'));
    let isProven = false;
    for (let conflicts = 0; conflicts < maxConflicts; ) {
      const earlier = await eventStore.recall(seen.tail, request);
      if (earlier !== undefined) return answerOf(earlier, true);

      const decision = decideOn(decider, seen, request);
      if (decision.answer === 'append') {
        const outcome = await eventStore.append(seen.tail, request, decision.decided);
        if (outcome.won) {
          if (outcome.isNew) cache.set({ state: decision.decided.folded.state, tail: outcome.tail });
          return answerOf(outcome.commit, !outcome.isNew);
        }
        conflicts += 1;
        isProven = conflicts > 1; // The winner saves the first read; a second conflict in a row says that we are far behind.
        if (isProven) await pause(conflicts);
        seen = isProven
          ? await eventStore.load(stream, folding, 'strong')
          : { state: folding.evolve(seen.state, outcome.winner), tail: outcome.tail };
      } else if (!isProven) {
        isProven = true; // A "no" or an "already so" that was said of an old state proves nothing.
        seen = await eventStore.load(stream, folding, 'strong');
      } else {
        cache.set(seen);
        if (decision.answer === 'refuse') throw decision.error;
        return { stream, version: seen.tail.version, events: [], isRepeated: false };
      }
    }
    throw new Conflict('ConcurrencyConflict', `other writers were first ${maxConflicts} times`);
  };

type Decision =
  | { readonly answer: 'append'; readonly decided: Decided }
  | { readonly answer: 'nothing' }
  | { readonly answer: 'refuse'; readonly error: Refusal | Conflict };

const decideOn = <D extends AnyDecider>(
  decider: D,
  { state, tail }: Aggregate,
  { command, expectedVersion }: CommandRequest<D>,
): Decision => {
  if (expectedVersion !== undefined && expectedVersion !== tail.version) {
    const details = { expectedVersion, version: tail.version };
    return {
      answer: 'refuse',
      error: new Conflict('PreconditionFailed', `the stream is at version ${tail.version}, not ${expectedVersion}`, details),
    };
  }
  try {
    const events = decide(decider, command, state);
    return events.length === 0 ? { answer: 'nothing' } : { answer: 'append', decided: decidedOf(decider, state, events) };
  } catch (error) {
    if (error instanceof Refusal) return { answer: 'refuse', error };
    throw error;
  }
};

/** Folded before the write: no stored event is to be the first to meet a bug in evolve. */
const decidedOf = <D extends AnyDecider>(decider: D, before: StateOf<D>, events: readonly EventOf<D>[]): Decided => {
  const state = fold(decider, events, before);
  const { fingerprint } = foldingOf(decider);
  return { events: toStored(decider.events, events), folded: { fingerprint, state }, claims: claimsBetween(decider, before, state) };
};

/** The names that a decision takes and gives up. */
const claimsBetween = <D extends AnyDecider>({ claims: namesIn }: D, before: StateOf<D>, after: StateOf<D>): Claims => {
  const held = namesIn?.(before) ?? [];
  const wanted = namesIn?.(after) ?? [];
  return { claimed: wanted.filter((name) => !held.includes(name)), released: held.filter((name) => !wanted.includes(name)) };
};

/** The answer to the request that made a commit. */
export const answerOf = (commit: Commit, isRepeated: boolean): Answer => ({
  stream: commit.stream,
  version: lastVersion(commit),
  events: commit.events.map(({ type }, index) => ({ type, version: commit.version + index })),
  isRepeated,
});
