import { Conflict, NewerRelease, Refusal } from '../basics/errors.ts';
import { type Address, address, eventId } from '../basics/stream.ts';
import { type Claims, type Commit, type Decided, type EventStore, type Loaded, lastVersion, type Request } from '../log/event-store.ts';
import { toStored } from '../log/stored-events.ts';
import { asRecorded, type Circumstances } from './circumstances.ts';
import { type AnyDecider, type CommandOf, decide, type EventOf, fold, foldingOf, type StateOf } from './decider.ts';

/** The aggregate that a command is for. It has no `aggregate`: the decider names it. */
export interface AggregateId {
  readonly id: string;
  readonly tenant?: string | undefined;
  readonly aggregate?: never;
}

/** Sends a command to one aggregate. */
export type HandleCommand = <D extends AnyDecider>(decider: D, aggregate: AggregateId, request: CommandRequest<D>) => Promise<Answer>;

/** A request to one aggregate. `expectedVersion` is the version that the stream must have, if given. */
export interface CommandRequest<D extends AnyDecider> extends Request {
  readonly command: CommandOf<D>;
  readonly expectedVersion?: number | undefined;
  /** The scopes of the client's token. */
  readonly grants?: readonly string[] | undefined;
}

/** What a command did: the events that it recorded (none if it changed nothing), and the stream's version after them. */
export interface Answer {
  readonly stream: Address;
  readonly version: number;
  readonly events: readonly { readonly type: string; readonly version: number }[];
  /** An earlier try carried out the request, and this is its answer. */
  readonly isRepeated: boolean;
}

/** The last known state and tail of an aggregate. */
// biome-ignore lint/suspicious/noExplicitAny: the state of "some decider", as in AnyDecider.
export type Aggregate = Loaded<any>;

/** The aggregates that a warm process remembers. They may be outdated: the condition of the write detects that. */
export interface TailCache {
  get(stream: Address): Aggregate | undefined;
  set(aggregate: Aggregate): void;
}

export interface CommandHandlerPorts {
  readonly eventStore: EventStore;
  readonly cache: TailCache;
  /** Waits before the aggregate is read again. */
  readonly pause: (conflicts: number) => Promise<void>;
}

const maxConflicts = 8;

/**
 * Loads an aggregate, decides, and appends. If another writer was first, it decides again on the other writer's events, up to 8 times.
 * @throws (the returned function) Refusal; Conflict; Invalid; Unavailable, after which the caller may send the same request again;
 * NewerRelease if the stream has what only a newer release knows.
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
      if (earlier !== undefined) return repeated(earlier);

      const decision = decideOn(decider, seen, request, eventStore.timeAfter(seen.tail));
      if (decision.answer === 'append') {
        const outcome = await eventStore.append(seen.tail, request, decision.decided);
        if (outcome.won) {
          if (outcome.isNew) cache.set({ state: decision.decided.folded.state, tail: outcome.tail });
          return outcome.isNew ? answerOf(outcome.commit, false) : repeated(outcome.commit);
        }
        conflicts += 1;
        isProven = conflicts > 1; // The winner's commit saves the first read. After a second conflict in a row the state may be far behind.
        if (isProven) await pause(conflicts);
        seen = isProven
          ? await eventStore.load(stream, folding, 'strong')
          : { state: folding.evolve(seen.state, outcome.winner), tail: outcome.tail };
      } else if (!isProven) {
        isProven = true; // A refusal, or no event, on a state that may be outdated proves nothing: decide again after a strong read.
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

const decideOn = <D extends AnyDecider>(decider: D, { state, tail }: Aggregate, request: CommandRequest<D>, now: string): Decision => {
  const { command, expectedVersion, actor, grants = [] } = request;
  if (expectedVersion !== undefined && expectedVersion !== tail.version) {
    const details = { expectedVersion, version: tail.version };
    return {
      answer: 'refuse',
      error: new Conflict('PreconditionFailed', `the stream is at version ${tail.version}, not ${expectedVersion}`, details),
    };
  }
  try {
    const circumstances = { now, actor, tenant: tail.stream.tenant, grants };
    const events = decide(decider, command, state, circumstances);
    if (events.length === 0) return { answer: 'nothing' };
    return { answer: 'append', decided: decidedOf(decider, { state, tail }, events, circumstances) };
  } catch (error) {
    if (error instanceof Refusal) return { answer: 'refuse', error };
    throw error;
  }
};

/**
 * Folds the new events before they are written, with the version, the time and the actor that they are stored with. So a bug in `evolve`
 * fails the command, and its events are not stored.
 */
const decidedOf = <D extends AnyDecider>(
  decider: D,
  { state: before, tail }: Aggregate,
  events: readonly EventOf<D>[],
  { now: recordedAt, actor }: Circumstances,
): Decided => {
  const state = fold(decider, asRecorded(events, { version: tail.version + 1, recordedAt, actor }), before);
  const { fingerprint } = foldingOf(decider);
  return {
    events: toStored(decider.events, events),
    folded: { fingerprint, state },
    claims: claimsBetween(decider, before, state),
    recordedAt,
  };
};

/** The names that a decision claims and releases. */
const claimsBetween = <D extends AnyDecider>({ claims: namesIn }: D, before: StateOf<D>, after: StateOf<D>): Claims => {
  const held = namesIn?.(before) ?? [];
  const wanted = namesIn?.(after) ?? [];
  return { claimed: wanted.filter((name) => !held.includes(name)), released: held.filter((name) => !wanted.includes(name)) };
};

/** The answer of an earlier try. @throws NewerRelease if the decision answered data to its caller, which this code cannot repeat. */
const repeated = (commit: Commit): Answer => {
  const { stream, version, answer } = commit;
  if (answer === undefined) return answerOf(commit, true);
  const event = eventId(stream, version);
  throw new NewerRelease(`${event}: a newer release answered this request, and this release cannot repeat the answer`, { event });
};

/** The answer to the request of this commit. */
export const answerOf = (commit: Commit, isRepeated: boolean): Answer => ({
  stream: commit.stream,
  version: lastVersion(commit),
  events: commit.events.map(({ type }, index) => ({ type, version: commit.version + index })),
  isRepeated,
});
