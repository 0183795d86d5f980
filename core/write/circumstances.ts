import type { Metadata } from '../basics/messages.ts';

/**
 * What a decision knows beside its command and the state. All of it is data: a decider reads no clock and no token.
 */
export interface Circumstances {
  /**
   * The time of the decision, ISO 8601, UTC, milliseconds: a text that an event can hold, and that compares with `<`. It is taken once for a
   * decision, is never earlier than the stream's last event, and is `recordedAt` of the events that the decision records.
   */
  readonly now: string;
  /** The person on whose behalf the command was sent; absent without a token. */
  readonly actor?: string | undefined;
  /** The tenant that owns the aggregate; absent in a service without tenants. */
  readonly tenant?: string | undefined;
  /** The scopes of the client's token; empty for a command of a process. */
  readonly grants: readonly string[];
}

/** What `evolve` knows of an event beside its data. Before an event is written it is the same as in every later fold. */
export type EventCircumstances = Pick<Metadata, 'recordedAt' | 'version' | 'actor'>;

/** The circumstances in an event's metadata, without the rest of it. */
export const eventCircumstances = ({ recordedAt, version, actor }: EventCircumstances): EventCircumstances =>
  actor === undefined ? { recordedAt, version } : { recordedAt, version, actor };

/** New events with the circumstances in which the store records them. `first` is those of the first event. */
export const asRecorded = <M>(
  events: readonly M[],
  { version, ...first }: EventCircumstances,
): readonly (M & { readonly metadata: EventCircumstances })[] =>
  events.map((event, index) => ({ ...event, metadata: eventCircumstances({ ...first, version: version + index }) }));

/** An object whose fields cannot be read, so that a decider that needs them does not go on with made-up ones. */
const unknown = <F extends string>(fields: readonly F[], remedy: string): object =>
  Object.defineProperties(
    {},
    Object.fromEntries(
      fields.map((field) => [
        field,
        {
          get: () => {
            throw new Error(`the decider reads '${field}', which is not known here: ${remedy}`);
          },
        },
      ]),
    ),
  );

/** For a fold of events without metadata. */
export const unknownEventCircumstances = unknown(
  ['recordedAt', 'version', 'actor'],
  'fold recorded events, or give each event `metadata`',
) as EventCircumstances;

/** For a decision without circumstances. */
export const unknownCircumstances = unknown(
  ['now', 'actor', 'tenant', 'grants', 'reads'],
  'pass the circumstances to `decide`',
) as Circumstances;
