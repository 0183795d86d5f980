import type { Catalogue, Message, MessageOf } from '../basics/messages.ts';
import type { Circumstances } from '../write/circumstances.ts';
import { type AnyDecider, type CommandOf, type EventToFold, fold } from '../write/decider.ts';
import { deciderOf, type Read, type ReadByName, readingsOf } from '../write/reads.ts';
import { circumstancesOf, type Given } from './circumstances.ts';

/**
 * The events of the aggregates that a command reads, oldest first, by the names in `reads` of the decider: `{ course: [defined] }`. For a
 * list of aggregates: the events by id. An aggregate without events does not exist.
 */
export type GivenReads<D extends AnyDecider> = {
  readonly [N in NameIn<Rows<D>>]?: GivenFor<ReadingIn<Rows<D>, N>>;
};
type Rows<D extends AnyDecider> = NonNullable<D['reads']>;
type NameIn<R> = { [T in keyof R]: keyof R[T] }[keyof R] & string;
type ReadingIn<R, N> = { [T in keyof R]: N extends keyof R[T] ? R[T][N] : never }[keyof R];
type GivenFor<G> = G extends { readonly ids: unknown } ? Readonly<Record<string, readonly EventOf<G>[]>> : readonly EventOf<G>[];
type EventOf<G> = (G extends { readonly of: { readonly events: infer E extends Catalogue } } ? MessageOf<E> : Message) & Given;

/** The circumstances of a decision with what its command reads. The decision is not made before the events that it reads. */
export const withGivenReads = <D extends AnyDecider>(
  decider: D,
  { when, at, reads = {} }: { readonly when: CommandOf<D>; readonly at?: string | undefined; readonly reads?: object | undefined },
  circumstances: Circumstances,
): Circumstances & { readonly reads?: ReadByName } => {
  const readings = readingsOf(decider, when.type);
  const given = reads as Readonly<Record<string, readonly GivenEvent[] | Readonly<Record<string, readonly GivenEvent[]>>>>;
  for (const name of Object.keys(given))
    if (!Object.hasOwn(readings ?? {}, name)) throw new Error(`reads: ${when.type} of ${decider.name} reads no '${name}'`);
  if (readings === undefined) return circumstances;
  let { now } = circumstances;
  const readOf = (of: AnyDecider, id: string, events: readonly GivenEvent[]): Read<unknown> => {
    const before = circumstancesOf(events);
    const latest = before.at(-1)?.recordedAt ?? now;
    if (latest > now && at !== undefined) throw new Error(`\`at\`: ${now} is before ${latest}, the time of an event that is read`);
    if (latest > now) now = latest;
    const state = fold(of, events.map((event, index) => ({ ...event, metadata: before[index] })) as EventToFold<AnyDecider>[]);
    return { id, state, version: events.length, exists: events.length > 0 };
  };
  const read = Object.entries(readings).map(([name, reading]) => {
    const [of, events = []] = [deciderOf(reading) as AnyDecider, given[name]];
    const eventsOf = (id: string): readonly GivenEvent[] => (Array.isArray(events) ? events : ((events as never)[id] ?? []));
    return [
      name,
      reading.ids === undefined
        ? readOf(of, reading.id(when.data), eventsOf(''))
        : reading.ids(when.data).map((id) => readOf(of, id, eventsOf(id))),
    ] as const;
  });
  return { ...circumstances, now, reads: Object.fromEntries(read) };
};

type GivenEvent = Message & Given;
