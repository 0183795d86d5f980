import { Conflict, Denied, Refusal } from '../basics/errors.ts';
import { type Address, address, streamName } from '../basics/stream.ts';
import {
  type Ahead,
  type Appended,
  type Claims,
  type Commit,
  type Consistency,
  type Decided,
  type EventStore,
  type Loaded,
  lastVersion,
  type Request,
} from '../log/event-store.ts';
import { toStored } from '../log/stored-events.ts';
import { answerIn, answerSchema, toStoredAnswer } from './answers.ts';
import { asRecorded, type Circumstances } from './circumstances.ts';
import { type AnyDecider, type CommandOf, type Decision, decisionOn, fold, foldingOf, isAllowed, type StateOf } from './decider.ts';
import type { ReadByName } from './reads.ts';
import { type Watched, type Watching, watchedBy } from './watched.ts';

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
  /** What the decision answered to its caller; absent if the command has no answer. */
  readonly answer?: unknown;
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
 * Loads an aggregate and those that its command reads, decides, and appends. If another writer was first, it decides again on the other
 * writer's events, up to 8 times.
 * @throws (the returned function) Refusal; Denied (`NotAllowed`); Conflict; Invalid; Unavailable, after which the caller may send the same
 * request again; NewerRelease if the stream has what only a newer release knows.
 */
export const commandHandler =
  ({ eventStore, cache, pause }: CommandHandlerPorts): HandleCommand =>
  async (decider, { id, tenant }, received) => {
    const request = withCommandType(decider, received);
    const { streams, readIn } = watchedBy(decider, address(decider.name, id, tenant), request.command);
    const load = ({ stream, folding }: Watched, consistency: Consistency) => eventStore.load(stream, folding, consistency);
    let seen = await each(streams, (one) => cache.get(one.stream) ?? load(one, 'eventual'));
    let isProven = false;
    for (let conflicts = 0; conflicts < maxConflicts; ) {
      const [own, ...others] = seen;
      const earlier = await eventStore.recall(own.tail, request);
      if (earlier !== undefined) return repeated(decider, request, earlier);

      const now = others.reduce((at, { tail }) => eventStore.timeAfter(tail, at), eventStore.timeAfter(own.tail));
      const decision = decideOn(decider, seen, request, { now, ...readIn(seen) });
      if (decision.answer === 'append') {
        const outcome = await eventStore.append(own.tail, request, decision.decided);
        if (outcome.won) {
          if (!outcome.isNew) return repeated(decider, request, outcome.commit);
          for (const one of [{ state: decision.decided.folded.state, tail: outcome.tail }, ...others]) cache.set(one);
          return answered(answerOf(outcome.commit, false), decision);
        }
        conflicts += 1;
        const moved = movedBy(outcome);
        const isAgain = conflicts > 1; // What has moved saves the first read. After a second conflict in a row the states may be far behind.
        if (isAgain || moved.size === 0) await pause(conflicts);
        seen = await each(streams, (one, index) => {
          if (isAgain && (moved.size === 0 || moved.has(streamName(one.stream)))) return load(one, 'strong');
          return forwarded(one, seen[index] as Aggregate, moved);
        });
        isProven = isAgain && streams.length === 1;
      } else if (!isProven) {
        // A refusal, or no event, on a state that may be outdated proves nothing: decide again after a strong read.
        const found = await each(streams, (one) => load(one, 'strong'));
        isProven = streams.length === 1 || isUnmoved(seen, found);
        if (!isProven) conflicts += 1;
        seen = found;
      } else {
        for (const one of seen) cache.set(one);
        if (decision.answer === 'refuse') throw decision.error;
        return answered({ stream: own.tail.stream, version: own.tail.version, events: [], isRepeated: false }, decision);
      }
    }
    throw new Conflict('ConcurrencyConflict', `other writers were first ${maxConflicts} times`);
  };

/** What was seen of the streams that a decision depends on, in their order. */
type Seen = readonly [Aggregate, ...Aggregate[]];

const each = async (streams: Watching['streams'], see: (one: Watched, index: number) => Aggregate | Promise<Aggregate>): Promise<Seen> =>
  (await Promise.all(streams.map(see))) as unknown as Seen;

/** The next commits of the streams that have moved, by the streams' names. */
const movedBy = ({ winner, moved, tail }: Appended & { readonly won: false }): ReadonlyMap<string, Ahead> =>
  new Map([...(winner === undefined ? [] : [{ commit: winner, tail }]), ...moved].map((one) => [streamName(one.tail.stream), one]));

/** An aggregate after its next commit, if that is known. */
const forwarded = ({ stream, folding }: Watched, seen: Aggregate, moved: ReadonlyMap<string, Ahead>): Aggregate => {
  const ahead = moved.get(streamName(stream));
  return ahead === undefined ? seen : { state: folding.evolve(seen.state, ahead.commit), tail: ahead.tail };
};

/**
 * Whether strong reads of all streams found what was seen before them. Then all streams were at these versions at one moment: when the first
 * of these reads began. Reads of several streams that find something new may have found it at different moments, so they prove nothing.
 */
const isUnmoved = (before: Seen, after: Seen): boolean => after.every(({ tail }, index) => tail.version === before[index]?.tail.version);

type Judgement =
  | { readonly answer: 'append'; readonly decided: Decided; readonly told?: unknown }
  | { readonly answer: 'nothing'; readonly told?: unknown }
  | { readonly answer: 'refuse'; readonly error: Refusal | Conflict | Denied };

/** The command's type is stored with an answer, because it tells how to read the answer, and with a schema version of the command. */
const withCommandType = <D extends AnyDecider>(decider: D, request: CommandRequest<D>): CommandRequest<D> =>
  answerSchema(decider, request.command.type) === undefined && request.commandSchema === undefined
    ? request
    : { ...request, commandType: request.command.type };

interface Moment {
  readonly now: string;
  readonly reads?: ReadByName;
}

const decideOn = <D extends AnyDecider>(decider: D, seen: Seen, request: CommandRequest<D>, moment: Moment): Judgement => {
  const [{ state, tail }, ...others] = seen;
  const { command, commandFrom, expectedVersion, actor, grants = [] } = request;
  const circumstances = { ...moment, actor, tenant: tail.stream.tenant, grants };
  try {
    if (commandFrom === 'client' && !isAllowed(decider, command, state, circumstances))
      throw new Denied('NotAllowed', `this caller may not send ${command.type} to this ${decider.name}`);
    demandVersion(expectedVersion, tail.version);
    const decision = decisionOn(decider, command, state, circumstances);
    const told = 'answer' in decision ? { told: decision.answer } : {};
    if (decision.events.length === 0) return { answer: 'nothing', ...told };
    const decided = decidedOf(decider, { state, tail }, { command, decision, circumstances });
    return { answer: 'append', decided: { ...decided, reads: others.map((one) => one.tail) }, ...told };
  } catch (error) {
    if (error instanceof Refusal || error instanceof Conflict || error instanceof Denied) return { answer: 'refuse', error };
    throw error;
  }
};

const demandVersion = (expectedVersion: number | undefined, version: number): void => {
  if (expectedVersion === undefined || expectedVersion === version) return;
  const message = `the stream is at version ${version}, not ${expectedVersion}`;
  throw new Conflict('PreconditionFailed', message, { expectedVersion, version });
};

interface Made<D extends AnyDecider> {
  readonly command: CommandOf<D>;
  readonly decision: Decision<D>;
  readonly circumstances: Circumstances;
}

/**
 * Folds the new events before they are written, with the version, the time and the actor that they are stored with. So a bug in `evolve`
 * fails the command, and its events are not stored.
 */
const decidedOf = <D extends AnyDecider>(decider: D, { state: before, tail }: Aggregate, made: Made<D>): Decided => {
  const { command, decision, circumstances } = made;
  const { now: recordedAt, actor } = circumstances;
  const state = fold(decider, asRecorded(decision.events, { version: tail.version + 1, recordedAt, actor }), before);
  return {
    events: toStored(decider.events, decision.events),
    answer: toStoredAnswer(decider, command.type, decision.answer),
    folded: { fingerprint: foldingOf(decider).fingerprint, state },
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

/** The answer of an earlier try. @throws NewerRelease if only a newer release can repeat what the decision answered. */
const repeated = <D extends AnyDecider>(decider: D, { command }: CommandRequest<D>, commit: Commit): Answer => {
  const answer = answerIn(decider, command.type, commit);
  return { ...answerOf(commit, true), ...(answer === undefined ? {} : { answer }) };
};

/** The answer, with what the decision told its caller. */
const answered = (answer: Answer, decision: { readonly told?: unknown }): Answer =>
  'told' in decision ? { ...answer, answer: decision.told } : answer;

/** The answer to the request of this commit, without what its decision told the caller. */
export const answerOf = (commit: Commit, isRepeated: boolean): Answer => ({
  stream: commit.stream,
  version: lastVersion(commit),
  events: commit.events.map(({ type }, index) => ({ type, version: commit.version + index })),
  isRepeated,
});
