import type * as z from 'zod';
import type { Wrong } from '../basics/exact.ts';
import { type Catalogue, type Recorded, rowOf } from '../basics/messages.ts';
import { type Address, address, parseEventId, streamName } from '../basics/stream.ts';
import type { AnyDecider } from '../write/decider.ts';

/**
 * An event that interrupts a saga, by its type in the table `interruptedBy`. The saga looks for it in the log before each step, and a step
 * that waits for events is woken. It then undoes what was done and sends `onAbort` last. Of the stream whose event started the saga each
 * later event counts; of another stream, each event that was recorded since then.
 */
export interface Interruption<C, D extends AnyDecider, E> {
  /** The aggregate that records the event. */
  readonly of: D;
  /** The id of that aggregate. `undefined`: this run has none. */
  readonly id: (context: C) => string | undefined;
  /** Why the saga aborts. `undefined`: this event does not interrupt it. */
  readonly does: E extends keyof D['events'] & string
    ? (data: z.output<D['events'][E]>) => { readonly abort: string } | undefined
    : Wrong<`'${E & string}' is not an event of the aggregate`>;
}

export type Interruptions<C, I extends Readonly<Record<string, AnyDecider>>> = { readonly [E in keyof I]: Interruption<C, I[E], E> };

/**
 * At most one run of the saga has this key. A run that an event would start beside it is refused, and stays visible by the name of its event.
 */
export interface Unique<C> {
  /** Of a tenant's saga. Two contexts with equal keys exclude each other. */
  readonly key: (context: C) => string;
  /** `running`: until the other run has completed or aborted. `ever`: for ever. */
  readonly among: 'running' | 'ever';
}

export interface AnyInterruption {
  readonly of: AnyDecider;
  // biome-ignore lint/suspicious/noExplicitAny: as in AnyDecider.
  readonly id: (context: any) => string | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: the data of some event.
  readonly does: (data: any) => { readonly abort: string } | undefined;
}

/** A saga that events may interrupt. */
export interface Interruptible {
  readonly interruptedBy?: Readonly<Record<string, AnyInterruption>> | undefined;
}

export const isInterruptible = ({ interruptedBy = {} }: Interruptible): boolean => Object.keys(interruptedBy).length > 0;

/** The types of the events that interrupt a saga. */
export const interruptingTypes = ({ interruptedBy = {} }: Interruptible): string[] => Object.keys(interruptedBy);

/** A stream whose events may interrupt a run. */
export interface InterruptingStream {
  readonly stream: Address;
  readonly events: Catalogue;
  readonly types: readonly string[];
}

/** The streams whose events may interrupt the run with this context, each once. `event`: the one that started the run. @throws Invalid. */
export const interruptingStreams = (
  { interruptedBy = {} }: Interruptible,
  event: string,
  context: unknown,
): readonly InterruptingStream[] => {
  const { tenant } = parseEventId(event).stream;
  const streams = new Map<string, InterruptingStream>();
  for (const [type, { of, id }] of Object.entries(interruptedBy)) {
    const named = id(context);
    if (named === undefined) continue;
    const stream = address(of.name, named, tenant);
    const types = [...(streams.get(streamName(stream))?.types ?? []), type];
    streams.set(streamName(stream), { stream, events: of.events, types });
  }
  return [...streams.values()];
};

/** When a run began: its first event, and the time at which that was recorded. */
export interface Beginning {
  readonly event: string;
  /** ISO 8601. */
  readonly at: string;
}

/** Whether an event is later than the beginning of a run. */
export const isSince = ({ event, at }: Beginning, { metadata }: Pick<Recorded, 'metadata'>): boolean => {
  const { stream, version } = parseEventId(event);
  const { aggregate, id, tenant, recordedAt } = metadata;
  return streamName(stream) === streamName(address(aggregate, id, tenant)) ? metadata.version > version : recordedAt >= at;
};

/** Why the event interrupts the saga; `undefined` if it does not. */
export const reasonIn = ({ interruptedBy = {} }: Interruptible, { type, data, metadata }: Recorded): string | undefined => {
  const row = rowOf<AnyInterruption>(interruptedBy, type);
  return row === undefined || row.of.name !== metadata.aggregate ? undefined : row.does(data)?.abort;
};
