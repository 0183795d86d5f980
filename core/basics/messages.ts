import type * as z from 'zod';
import { Invalid } from './errors.ts';

/** A catalogue of messages: each key is a message type, each value the schema of its data. */
export type Catalogue = Readonly<Record<string, z.ZodType>>;

/** The discriminated union of every message in a catalogue. */
export type MessageOf<C extends Catalogue> = {
  [T in keyof C & string]: { readonly type: T; readonly data: z.output<C[T]> };
}[keyof C & string];

/** A message in the list that a row returns. Beside other messages in the list, the compiler gives `{}` their fields, as `undefined`. */
export type NewMessageOf<C extends Catalogue> = {
  [T in keyof C & string]: { readonly type: T; readonly data: NewDataOf<z.output<C[T]>> };
}[keyof C & string];

/** The data of such a message. Zod infers `Record<string, never>` for `z.object({})`. */
export type NewDataOf<Data> = unknown extends Data ? Data : Data extends Record<string, never> ? EmptyOf<Data> : Data;
type EmptyOf<Data> = string extends keyof Data ? Readonly<Record<string, undefined>> : Data;

/** A message with unchecked data. */
export interface Message {
  readonly type: string;
  readonly data: unknown;
}

/** What the write side records beside every event. The event's data repeats none of these fields. */
export interface Metadata {
  /** `order-42@8`: the stream's name and the version; unique for ever. */
  readonly eventId: string;
  /** The tenant that owns the stream; absent in a service without tenants. */
  readonly tenant?: string | undefined;
  readonly aggregate: string;
  readonly id: string;
  /** The event's place in its stream, from 1. */
  readonly version: number;
  /** ISO 8601, UTC, milliseconds; never earlier than `recordedAt` of the previous event. */
  readonly recordedAt: string;
  /** Id of the command that decided the event. */
  readonly commandId: string;
  readonly correlationId: string;
  readonly causationId: string;
  /** The person on whose behalf the command was sent. */
  readonly actor?: string | undefined;
  /** The process that sent the command, as `kind:name` (`saga:fulfilment`); absent for a command from outside. */
  readonly by?: string | undefined;
  /** How many processes in a row led to the command; absent for 0. */
  readonly depth?: number | undefined;
  /** The command's type and schema version, if the commit keeps them. `commandSchema` is absent for version 1. */
  readonly commandType?: string | undefined;
  readonly commandSchema?: number | undefined;
  /** `client`: `commandId` is the key of a client (`Idempotency-Key`). Absent: it is an id of the service, as of a saga or an import. */
  readonly commandFrom?: 'client' | undefined;
}

export type Recorded<M extends Message = Message> = M & { readonly metadata: Metadata };

/**
 * The row of a table, or `undefined`. Use it where a client's input is the key: `table['constructor']` finds an inherited function, and
 * `rowOf` finds own rows only.
 *
 * @example
 * const quantity = rowOf(reserved, reservation) ?? 0;
 */
export const rowOf = <R>(table: Readonly<Record<string, R>>, type: string): R | undefined =>
  Object.hasOwn(table, type) ? table[type] : undefined;

/**
 * Checks a message from outside against the catalogue and removes the fields that its schema does not name.
 *
 * @example
 * const command = parseMessage(order.commands, { type: 'CancelOrder', data: { reason: 'too late' } });
 *
 * @throws Invalid: `InvalidData` with one issue (path and message) per fault; `UnknownType` if the catalogue has no such message.
 */
export const parseMessage = <C extends Catalogue>(catalogue: C, { type, data }: Message): MessageOf<C> => {
  const schema = rowOf<z.ZodType>(catalogue, type);
  if (schema === undefined) throw new Invalid('UnknownType', `no message type '${type}' is declared`);
  return { type, data: parse(schema, data, type) } as MessageOf<C>;
};

/** The input as the schema reads it. @throws Invalid (`InvalidData`), naming `what` and the path of every fault. */
export const parse = <S extends z.ZodType>(schema: S, input: unknown, what: string): z.output<S> => {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const issues = result.error.issues.map(({ path, message }) => ({ path: path.map(String), message }));
  const faults = issues.map(({ path, message }) => `${path.join('.') || 'data'}: ${message}`).join('; ');
  throw new Invalid('InvalidData', `${what}: ${faults}`, { issues });
};
