import { Invalid } from '../basics/errors.ts';
import type { Message } from '../basics/messages.ts';
import { type Address, address, streamName } from '../basics/stream.ts';
import type { Folding, Loaded } from '../log/event-store.ts';
import { type AnyDecider, foldingOf, type StateOf } from './decider.ts';
import { deciderOf, type Read, type ReadByName, readingsOf } from './reads.ts';

// The streams that a decision depends on: that of the aggregate, and those of the aggregates that its command reads.

type State = StateOf<AnyDecider>;

/** A stream, and how it is folded. */
export interface Watched {
  readonly stream: Address;
  readonly folding: Folding<State>;
}

/** The streams that a decision depends on, the aggregate's own first, and each of them once. */
export interface Watching {
  readonly streams: readonly [Watched, ...Watched[]];
  /** What the decision gets of the other streams, as they were seen; absent if its command reads none. `seen` has the order of `streams`. */
  readonly readIn: (seen: readonly Loaded<State>[]) => { readonly reads?: ReadByName };
}

const maxStreams = 100; // So many items has a transaction at most.

/**
 * The streams that the decision on a command depends on. Those that it reads belong to the tenant of its own.
 * @throws Invalid: `InvalidData` if the command reads its own stream, or an impossible one; `CommitTooLarge` if it reads too many.
 */
export const watchedBy = (decider: AnyDecider, stream: Address, { type, data }: Message): Watching => {
  const own: Watched = { stream, folding: foldingOf(decider) };
  const readings = readingsOf(decider, type);
  if (readings === undefined) return { streams: [own], readIn: () => ({}) };
  const [ownName, others] = [streamName(stream), new Map<string, Watched>()];
  const watch = (name: string, of: AnyDecider, id: string): string => {
    const read = readAddress(`${type}: ${name}`, { aggregate: of.name, id, tenant: stream.tenant });
    const key = streamName(read);
    if (key === ownName) throw new Invalid('InvalidData', `${type}: ${name} cannot be ${of.name} ${id} itself, which gets the command`);
    if (!others.has(key)) others.set(key, { stream: read, folding: foldingOf(of) });
    return key;
  };
  const keys = Object.entries(readings).map(([name, reading]) => {
    const of = deciderOf(reading) as AnyDecider;
    return [
      name,
      reading.ids === undefined ? watch(name, of, reading.id(data)) : reading.ids(data).map((id) => watch(name, of, id)),
    ] as const;
  });
  const streams = [own, ...others.values()] as const;
  if (streams.length > maxStreams)
    throw new Invalid('CommitTooLarge', `${type} reads ${others.size} other streams, ${maxStreams - 1} are possible`);
  const places = new Map([...others.keys()].map((key, index) => [key, index + 1]));
  const readIn: Watching['readIn'] = (seen) => {
    const readOf = (key: string): Read<State> => asRead(seen[places.get(key) as number] as Loaded<State>);
    return { reads: Object.fromEntries(keys.map(([name, key]) => [name, typeof key === 'string' ? readOf(key) : key.map(readOf)])) };
  };
  return { streams, readIn };
};

/** The address of a stream to read. Its id comes from the command's data, so an impossible one is a fault of the data. */
const readAddress = (what: string, { aggregate, id, tenant }: Address): Address => {
  try {
    return address(aggregate, id, tenant);
  } catch (error) {
    throw error instanceof Invalid ? new Invalid('InvalidData', `${what}: ${error.message}`) : error;
  }
};

const asRead = ({ state, tail: { stream, version } }: Loaded<State>): Read<State> => ({
  id: stream.id,
  state,
  version,
  exists: version > 0,
});
