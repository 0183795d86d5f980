import { Invalid, Refusal } from '../basics/errors.ts';
import type { Message, Recorded } from '../basics/messages.ts';
import { type Address, eventId, streamName } from '../basics/stream.ts';
import type { Tail } from '../log/event-store.ts';
import { asRecorded } from '../write/circumstances.ts';
import { type AnyDecider, decisionOn, fold } from '../write/decider.ts';
import { readingsOf } from '../write/reads.ts';
import { watchedBy } from '../write/watched.ts';

/** The time of each decision and event that names none: a walk of one saga goes through all orders and not through time. */
const start = '2018-01-01T00:00:00.000Z';

/** One aggregate in memory: its events, and the commands that recorded them. */
interface Stream {
  readonly address: Address;
  readonly state: unknown;
  readonly events: readonly Message[];
  /** When each event was recorded. */
  readonly times: readonly string[];
  /** By command id, the version of the first event that the command recorded. */
  readonly commands: Readonly<Record<string, number>>;
  /** By command id, what its decision answered, if its command has an answer. */
  readonly answers: Readonly<Record<string, unknown>>;
}

/** Aggregates in memory. A world is immutable: a command makes a new one. */
export type World = Readonly<Record<string, Stream>>;

export interface Wanted {
  readonly decider: AnyDecider;
  readonly stream: Address;
  readonly request: { readonly commandId: string; readonly command: Message };
  /** The time of the decision: ISO 8601. */
  readonly now?: string;
}

/** The world after a command. `since` is the version from which on an event answers the command. */
export type Executed = { readonly world: World; readonly since: number; readonly answer?: unknown } | { readonly refused: string };

/** Executes a command as the write side does: a known command is not decided again. */
export const execute = (world: World, wanted: Wanted): Executed => {
  const known = knownSince(world, wanted);
  return known === undefined ? executeAnew(world, wanted) : { world, since: known };
};

/** Executes a command as the write side does after it has forgotten the command's id, because a stream knows its last requests only. */
export const executeAnew = (world: World, { decider, stream: address, request: { commandId, command }, now = start }: Wanted): Executed => {
  const name = streamName(address);
  const stream = world[name] ?? own({ address, state: decider.initialState(), events: [], times: [], commands: {}, answers: {} });
  const { decided, refused, answer } = decidedOn(world, decider, stream, { command, commandId, now });
  if (decided === undefined) return { refused };
  return { world: decided === stream ? world : { ...world, [name]: decided }, since: stream.events.length + 1, answer };
};

/** What this command answered when it was carried out. */
export const answerTo = (world: World, { stream, request }: Pick<Wanted, 'stream' | 'request'>): unknown =>
  world[streamName(stream)]?.answers[request.commandId];

/** The version of the first event that this command recorded; undefined if the log has none. */
export const knownSince = (world: World, { stream, request }: Pick<Wanted, 'stream' | 'request'>): number | undefined =>
  world[streamName(stream)]?.commands[request.commandId];

type Timed = Wanted['request'] & { readonly now: string };

type Decided =
  | { readonly decided: Stream; readonly refused?: undefined; readonly answer?: unknown }
  | { readonly decided?: undefined; readonly refused: string; readonly answer?: undefined };

/** The stream after a command. It is computed once per stream and command, because many paths reach the same situation. */
const decidedOn = (world: World, decider: AnyDecider, stream: Stream, request: Timed): Decided => {
  const { command, commandId, now } = request;
  if (readingsOf(decider, command.type) !== undefined) return afterCommand(world, decider, stream, request);
  const known = decisions.get(stream) ?? new Map<string, Decided>();
  decisions.set(stream, known);
  const key = `${numberOfDecider(decider)} ${now} ${commandId} ${JSON.stringify(command)}`;
  const decided = known.get(key) ?? afterCommand(world, decider, stream, request);
  known.set(key, decided);
  return decided;
};

/** Two deciders may have one name: tests walk a domain and its variants. */
const numberOfDecider = (decider: AnyDecider): number => {
  const number = deciders.get(decider) ?? nextDecider++;
  deciders.set(decider, number);
  return number;
};
const deciders = new WeakMap<AnyDecider, number>();
let nextDecider = 0;
const decisions = new WeakMap<Stream, Map<string, Decided>>();

const afterCommand = (world: World, decider: AnyDecider, stream: Stream, { command, commandId, now }: Timed): Decided => {
  try {
    const { streams, readIn } = watchedBy(decider, stream.address, command);
    const seen = streams.map((one) => {
      const { state = one.folding.initialState(), events = [] } = world[streamName(one.stream)] ?? {};
      return { state, tail: { stream: one.stream, version: events.length } as Tail };
    });
    const circumstances = { now, tenant: stream.address.tenant, grants: [], ...readIn(seen) };
    const { events, answer } = decisionOn(decider, command, stream.state, circumstances);
    if (events.length === 0) return { decided: stream, answer };
    const state = fold(decider, asRecorded(events, { version: stream.events.length + 1, recordedAt: now }), stream.state);
    const commands = { ...stream.commands, [commandId]: stream.events.length + 1 };
    const answers = answer === undefined ? stream.answers : { ...stream.answers, [commandId]: answer };
    const times = [...stream.times, ...events.map(() => now)];
    return { decided: own({ address: stream.address, state, events: [...stream.events, ...events], times, commands, answers }), answer };
  } catch (error) {
    if (error instanceof Refusal || error instanceof Invalid) return { refused: error.code };
    throw error;
  }
};

/** The shared object for a stream's content, so that equal streams are identical. */
const own = (stream: Stream): Stream => {
  const key = JSON.stringify([stream.address, stream.events, stream.times, stream.commands, stream.answers]);
  const known = streams.get(key) ?? stream;
  streams.set(key, known);
  if (!numbers.has(known)) numbers.set(known, numbers.size);
  return known;
};
const streams = new Map<string, Stream>();
const numbers = new Map<Stream, number>();

/** A short key of a stream's content. */
export const numberOf = (stream: Stream): number => numbers.get(stream) ?? -1;

/** The recorded events of a stream from a version on. */
export const eventsSince = (world: World, address: Address, since: number): readonly Recorded[] => {
  const { events = [], times = [], commands = {} } = world[streamName(address)] ?? {};
  const first = Object.entries(commands).toSorted(([, one], [, other]) => other - one);
  const commandOf = (version: number) => first.find(([, begun]) => begun <= version)?.[0] ?? 'c';
  return events
    .slice(since - 1)
    .map((event, index) =>
      recordedAs(event, address, since + index, { commandId: commandOf(since + index), recordedAt: times[since + index - 1] ?? start }),
    );
};

const recordedAs = (
  event: Message,
  address: Address,
  version: number,
  circumstances: { readonly commandId: string; readonly recordedAt: string },
): Recorded => ({
  ...event,
  metadata: {
    ...address,
    version,
    eventId: eventId(address, version),
    ...circumstances,
    correlationId: 'c',
    causationId: 'c',
  },
});

/**
 * The state of an aggregate in a walk of a saga; the initial state if it has no events.
 *
 * @example
 * const isShipped = (world: World) => stateOf(world, order, '42').status === 'shipped';
 */
export const stateOf = <D extends AnyDecider>(world: World, decider: D, id: string): ReturnType<D['initialState']> =>
  (world[streamName({ aggregate: decider.name, id })]?.state as ReturnType<D['initialState']> | undefined) ?? decider.initialState();
