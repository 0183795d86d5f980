import * as z from 'zod';
import { Invalid } from '../basics/errors.ts';
import { type Message, parse } from '../basics/messages.ts';
import { type Address, address } from '../basics/stream.ts';
import type { Request, StoredAnswer } from '../log/event-store.ts';
import { checkEvent } from '../log/stored-events.ts';
import type { AnyDecider, EventOf } from '../write/decider.ts';

/** How a line of a file of history becomes events. */
export interface Mapping<L = unknown> {
  /** What a line is, as JSON. */
  readonly line: z.ZodType<L>;
  /** What the line records; nothing, for a line that is to be left out. It depends on nothing but the line. */
  readonly toHistory: (line: L) => History | undefined;
}

/**
 * Defines how the lines of a file of history become events, for `foldstream import`. Types flow from `line`. A mapping module exports the
 * result as `mapping`. `undefined` leaves a line out.
 *
 * @example
 * export const mapping = defineMapping({
 *   line: z.object({ orderId: z.string(), customerId: z.string(), totalCents: z.int(), at: z.string() }),
 *   toHistory: ({ orderId, at, ...data }) =>
 *     history(order, { id: orderId, events: [{ type: 'OrderPlaced', data }], recordedAt: at, commandId: `placed-${orderId}` }),
 * });
 */
export const defineMapping = <L>(mapping: Mapping<L>): Mapping<L> => mapping;

// biome-ignore lint/suspicious/noExplicitAny: the existential "some mapping", as in AnyDecider.
export type AnyMapping = Mapping<any>;

/** What happened to one aggregate at one time; it becomes one commit. Made by `history`, which knows the aggregate's events. */
export interface History {
  readonly decider: AnyDecider;
  readonly id: string;
  /** Whose it is, in a service that has tenants; where nothing is said here, it is what the import was told (--tenant). */
  readonly tenant?: string | undefined;
  readonly events: readonly Message[];
  /** ISO 8601, with an offset or in UTC. Recorded as given, but never before the event ahead of it in the stream. */
  readonly recordedAt: string;
  /** Unique in the stream, and the same in every run: by it a line that is in already is known. */
  readonly commandId: string;
  readonly actor?: string | undefined;
  /** What else the commit kept where the events come from; each is recorded as given. */
  readonly by?: string | undefined;
  readonly depth?: number | undefined;
  readonly commandType?: string | undefined;
  readonly commandSchema?: number | undefined;
  readonly answer?: StoredAnswer | undefined;
  readonly sealed?: number | undefined;
}

/**
 * What happened to an aggregate of this decider at one time: one commit of an import. `recordedAt` is ISO 8601; `commandId` is the same in
 * every run, so that a line that is in already is known.
 *
 * @example
 * history(order, { id: '42', events: [{ type: 'OrderPlaced', data: { customerId: 'cleo', totalCents: 570 } }], recordedAt: '2018-03-01T09:30:00Z', commandId: 'row-7' });
 */
export const history = <D extends AnyDecider>(
  decider: D,
  happened: Omit<History, 'decider' | 'events'> & { readonly events: readonly EventOf<D>[] },
): History => ({ decider, ...happened });

/** A line that was understood: checked, and ready to be recorded. */
export interface Entry {
  readonly decider: AnyDecider;
  readonly stream: Address;
  readonly request: Request;
  readonly events: readonly Message[];
  readonly answer?: StoredAnswer | undefined;
  readonly sealed?: number | undefined;
  /** ISO 8601, UTC, milliseconds. */
  readonly recordedAt: string;
}

const positive = z.int().min(1).optional();
const outline = z.object({
  recordedAt: z.iso.datetime({ offset: true }).transform((time) => new Date(time).toISOString()),
  commandId: z.string().regex(/^[\x21-\x2b\x2d-\x7e]{1,128}$/, 'it has 1 to 128 visible ASCII characters, and no comma'),
  events: z.array(z.unknown()).min(1, 'there has to be one (for a line that is to be left out, return nothing)'),
  ...{ by: z.string().min(1).optional(), depth: z.int().min(0).optional(), sealed: positive },
  ...{ commandType: z.string().min(1).optional(), commandSchema: positive },
  answer: z.object({ schema: z.int().min(1), data: z.unknown() }).optional(),
});

/** From a line to what it records. @throws Error, naming the field and the rule, if the line is not what the mapping and the domain expect. */
export const readEntry = (mapping: AnyMapping, text: string, tenantOfAll?: string): Entry | undefined => {
  const happened = mapping.toHistory(parse(mapping.line, parseJson(text), 'the line'));
  if (happened === undefined) return undefined;
  const { decider, id, actor, tenant = tenantOfAll } = happened;
  const { recordedAt, commandId, by, depth, commandType, commandSchema, answer, sealed } = parse(outline, happened, 'the history');
  const events = happened.events.map((event) => checkEvent(decider.events, event, decider.name));
  const cause = { correlationId: commandId, causationId: commandId, actor, by, depth, commandType, commandSchema };
  return {
    decider,
    stream: address(decider.name, id, tenant),
    request: { commandId, command: { type: 'Import', data: events }, ...cause },
    events,
    answer,
    sealed,
    recordedAt,
  };
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Invalid('InvalidData', `the line is not JSON: ${error instanceof Error ? error.message : error}`);
  }
};
