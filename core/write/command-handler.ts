import { Conflict, Denied, Refusal } from '../basics/errors.ts';
import { type Address, address } from '../basics/stream.ts';
import { type Claims, type Commit, type Decided, type EventStore, type Loaded, lastVersion, type Request } from '../log/event-store.ts';
import { toStored } from '../log/stored-events.ts';
import { answerIn, answerSchema, toStoredAnswer } from './answers.ts';
import { asRecorded, type Circumstances } from './circumstances.ts';
import { type AnyDecider, type CommandOf, type Decision, decisionOn, fold, foldingOf, isAllowed, type StateOf } from './decider.ts';

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
 * Loads an aggregate, decides, and appends. If another writer was first, it decides again on the other writer's events, up to 8 times.
 * @throws (the returned function) Refusal; Denied (`NotAllowed`); Conflict; Invalid; Unavailable, after which the caller may send the same
 * request again; NewerRelease if the stream has what only a newer release knows.
 */
export const commandHandler =
  ({ eventStore, cache, pause }: CommandHandlerPorts): HandleCommand =>
  async (decider, { id, tenant }, received) => {
    const request = withCommandType(decider, received);
    const stream = address(decider.name, id, tenant);
    const folding = foldingOf(decider);
    let seen = cache.get(stream) ?? (await eventStore.load(stream, folding, 'eventual'));
    let isProven = false;
    for (let conflicts = 0; conflicts < maxConflicts; ) {
      const earlier = await eventStore.recall(seen.tail, request);
      if (earlier !== undefined) return repeated(decider, request, earlier);

      const decision = decideOn(decider, seen, request, eventStore.timeAfter(seen.tail));
      if (decision.answer === 'append') {
        const outcome = await eventStore.append(seen.tail, request, decision.decided);
        if (outcome.won) {
          if (outcome.isNew) cache.set({ state: decision.decided.folded.state, tail: outcome.tail });
          return outcome.isNew ? answered(answerOf(outcome.commit, false), decision) : repeated(decider, request, outcome.commit);
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
        return answered({ stream, version: seen.tail.version, events: [], isRepeated: false }, decision);
      }
    }
    throw new Conflict('ConcurrencyConflict', `other writers were first ${maxConflicts} times`);
  };

type Judgement =
  | { readonly answer: 'append'; readonly decided: Decided; readonly told?: unknown }
  | { readonly answer: 'nothing'; readonly told?: unknown }
  | { readonly answer: 'refuse'; readonly error: Refusal | Conflict | Denied };

/** The command's type is stored with an answer, because it tells how to read the answer, and with a schema version of the command. */
const withCommandType = <D extends AnyDecider>(decider: D, request: CommandRequest<D>): CommandRequest<D> =>
  answerSchema(decider, request.command.type) === undefined && request.commandSchema === undefined
    ? request
    : { ...request, commandType: request.command.type };

const decideOn = <D extends AnyDecider>(decider: D, { state, tail }: Aggregate, request: CommandRequest<D>, now: string): Judgement => {
  const { command, commandFrom, expectedVersion, actor, grants = [] } = request;
  const circumstances = { now, actor, tenant: tail.stream.tenant, grants };
  try {
    if (commandFrom === 'client' && !isAllowed(decider, command, state, circumstances))
      throw new Denied('NotAllowed', `this caller may not send ${command.type} to this ${decider.name}`);
    demandVersion(expectedVersion, tail.version);
    const decision = decisionOn(decider, command, state, circumstances);
    const told = 'answer' in decision ? { told: decision.answer } : {};
    if (decision.events.length === 0) return { answer: 'nothing', ...told };
    return { answer: 'append', decided: decidedOf(decider, { state, tail }, { command, decision, circumstances }), ...told };
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
