import * as z from 'zod';
import { Invalid } from '../basics/errors.ts';
import { type Message, parse } from '../basics/messages.ts';
import { type Address, address } from '../basics/stream.ts';
import type { Request, StoredAnswer, StoredEvent } from '../log/event-store.ts';
import { checkEvent, toStored } from '../log/stored-events.ts';
import type { AnyDecider, EventOf } from '../write/decider.ts';

/** Turns the lines of a history file into events. */
export interface Mapping<L = unknown> {
  /** The schema of a line, which is JSON. */
  readonly line: z.ZodType<L>;
  /** The events of a line; `undefined` skips the line. It must be pure: the same line gives the same events in every run. */
  readonly toHistory: (line: L) => History | undefined;
}

/**
 * Defines how `foldstream import` turns the lines of a history file into events. The types come from `line`. A mapping module exports the
 * result as `mapping`. `undefined` skips a line.
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

/** The events of one aggregate at one time; the import writes them as one commit. Make it with `history`, which checks the event types. */
export interface History {
  readonly decider: AnyDecider;
  readonly id: string;
  /** The tenant that owns the aggregate, in a service with tenants. The default is the import's `--tenant`. */
  readonly tenant?: string | undefined;
  readonly events: readonly Message[];
  /** ISO 8601, with an offset or in UTC. If it is earlier than the previous event's time, the store records that time instead. */
  readonly recordedAt: string;
  /** Unique in the stream, and the same in every run: the import recognises a line that is already stored by it. */
  readonly commandId: string;
  /** `client`: `commandId` was the key of a client, which `actor` names. Absent: it is an id of the import. */
  readonly commandFrom?: 'client' | undefined;
  readonly actor?: string | undefined;
  /** What the event belongs to, and the message that led to it. Both are `commandId` by default. */
  readonly correlationId?: string | undefined;
  readonly causationId?: string | undefined;
  /** Further attributes of the original commit; the store records each as given. */
  readonly by?: string | undefined;
  readonly depth?: number | undefined;
  readonly commandType?: string | undefined;
  readonly commandSchema?: number | undefined;
  readonly answer?: StoredAnswer | undefined;
  readonly sealed?: number | undefined;
}

/**
 * The events of one aggregate at one time: one commit of an import. `recordedAt` is ISO 8601. `commandId` must be the same in every run,
 * because the import recognises a line that is already stored by it.
 *
 * @example
 * history(order, { id: '42', events: [{ type: 'OrderPlaced', data: { customerId: 'cleo', totalCents: 570 } }], recordedAt: '2018-03-01T09:30:00Z', commandId: 'row-7' });
 */
export const history = <D extends AnyDecider>(
  decider: D,
  happened: Omit<History, 'decider' | 'events'> & { readonly events: readonly EventOf<D>[] },
): History => ({ decider, ...happened });

/** The checked content of a line, ready to append. */
export interface Entry {
  readonly decider: AnyDecider;
  readonly stream: Address;
  readonly request: Request;
  /** The events in the current schema version: the state is folded from them. */
  readonly events: readonly Message[];
  /** The events as they are stored. An export keeps the schema version in which they were recorded. */
  readonly stored: readonly StoredEvent[];
  /** The version of the first event. Absent: the next version of the stream. */
  readonly version?: number | undefined;
  readonly answer?: StoredAnswer | undefined;
  readonly sealed?: number | undefined;
  /** ISO 8601, UTC, milliseconds. */
  readonly recordedAt: string;
}

const positive = z.int().min(1).optional();
const outline = z.object({
  recordedAt: z.iso.datetime({ offset: true }).transform((time) => new Date(time).toISOString()),
  commandId: z.string().regex(/^[\x21-\x2b\x2d-\x7e]{1,128}$/, 'it has 1 to 128 visible ASCII characters, and no comma'),
  commandFrom: z.literal('client').optional(),
  ...{ correlationId: z.string().min(1).optional(), causationId: z.string().min(1).optional() },
  events: z.array(z.unknown()).min(1, 'there must be at least one (to skip a line, return undefined)'),
  ...{ by: z.string().min(1).optional(), depth: z.int().min(0).optional(), sealed: positive },
  ...{ commandType: z.string().min(1).optional(), commandSchema: positive },
  answer: z.object({ schema: z.int().min(1), data: z.unknown() }).optional(),
});

/** How the lines of a file become entries. */
export interface LineFormat {
  /** Whether a line belongs to the same commit as the line before it. */
  readonly goesOn: (line: unknown, before: unknown) => boolean;
  /**
   * The entry of the lines of a commit; undefined if the import skips them.
   * @throws Invalid or InvalidEvent, naming the field and the rule.
   */
  readonly read: (lines: readonly unknown[]) => Entry | undefined;
}

/** The format of a mapping: each line is a commit. `tenantOfAll` is the tenant of lines that name none. */
export const mapped = (mapping: AnyMapping, tenantOfAll?: string): LineFormat => ({
  goesOn: () => false,
  read: ([line]) => entryOf(mapping, line, tenantOfAll),
});

/**
 * Reads and checks one line; undefined if the mapping skips it. `tenantOfAll` is the tenant of lines that name none.
 * @throws Invalid or InvalidEvent, naming the field and the rule, if the line does not fit the mapping or the domain.
 */
export const readEntry = (mapping: AnyMapping, text: string, tenantOfAll?: string): Entry | undefined =>
  entryOf(mapping, parseJson(text), tenantOfAll);

const entryOf = (mapping: AnyMapping, line: unknown, tenantOfAll: string | undefined): Entry | undefined => {
  const happened = mapping.toHistory(parse(mapping.line, line, 'the line'));
  if (happened === undefined) return undefined;
  const { decider, id, actor, tenant = tenantOfAll } = happened;
  const told = parse(outline, happened, 'the history');
  const { recordedAt, commandId, commandFrom, by, depth, commandType, commandSchema, answer, sealed } = told;
  const { correlationId = commandId, causationId = commandId } = told;
  const events = happened.events.map((event) => checkEvent(decider.events, event, decider.name));
  const cause = { correlationId, causationId, commandFrom, actor, by, depth, commandType, commandSchema };
  return {
    decider,
    stream: address(decider.name, id, tenant),
    request: { commandId, command: { type: 'Import', data: events }, received: happened.events, ...cause },
    events,
    stored: toStored(decider.events, events),
    answer,
    sealed,
    recordedAt,
  };
};

/** @throws Invalid. */
export const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Invalid('InvalidData', `the line is not JSON: ${error instanceof Error ? error.message : error}`);
  }
};
