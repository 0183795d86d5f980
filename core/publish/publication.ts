import type * as z from 'zod';
import type { AnswerOf, ExactMessage, Rows } from '../basics/exact.ts';
import { type Catalogue, type Message, type MessageOf, type Metadata, type Recorded, rowOf } from '../basics/messages.ts';
import { parseStreamName, streamName } from '../basics/stream.ts';
import type { Commit } from '../log/event-store.ts';
import { typesToday } from '../log/former.ts';
import { guarded, readable } from '../log/poison.ts';
import { acting, checkEvent } from '../log/stored-events.ts';

/**
 * The integration events that leave the service. Other services depend on them, so they are declared, mapped from recorded events, and
 * have the version of their shape in their type (`OrderPlaced.v1`). A recorded event without a row stays inside the service.
 */
export interface Publication<E extends Catalogue, P extends Catalogue> {
  /** The `source` of its integration events: `shop.orders`. */
  readonly name: string;
  readonly events: E;
  /** The published shapes. A shape may only gain fields; any other change needs a new type. */
  readonly publishes: P;
  /** A row for each published event type. A row that returns `null` publishes nothing for that event. */
  readonly map: {
    readonly [T in keyof E & string]?: (data: z.output<E[T]>, metadata: Metadata) => MessageOf<P> | null;
  };
}

/**
 * Defines the integration events that leave the service, each mapped from a recorded event. The types come from `events` and `publishes`; a
 * field that the published schema does not name does not compile. A row that returns `null` publishes nothing.
 *
 * @example
 * export const orderPublication = definePublication({
 *   name: 'orders',
 *   events,
 *   publishes: { 'OrderCancelled.v1': z.object({ orderId: z.string(), reason: z.string() }) },
 *   map: { OrderCancelled: ({ reason }, { id }) => ({ type: 'OrderCancelled.v1', data: { orderId: id, reason } }) },
 * });
 */
export const definePublication = <E extends Catalogue, P extends Catalogue, M extends Publication<E, P>['map']>(
  publication: PublicationDefinition<E, P, M>,
): Publication<E, P> => publication as unknown as Publication<E, P>;

/** The argument of `definePublication`. `M` is the inferred type of its table. */
export interface PublicationDefinition<E extends Catalogue, P extends Catalogue, M> extends Omit<Publication<E, P>, 'map'> {
  readonly map: M & Rows<M, keyof E & string, { readonly [T in keyof M]: ExactMessage<AnswerOf<M[T]>, P> }, 'an event of this publication'>;
}

// biome-ignore lint/suspicious/noExplicitAny: the existential "some publication".
export type AnyPublication = Publication<any, any>;

/** An event as it travels on the bus: a CloudEvent (1.0). */
export type IntegrationEvent<M extends Message = Message> = M extends Message
  ? Envelope & { readonly type: M['type']; readonly data: M['data'] }
  : never;

/** Any integration event of a publication, by type. */
export type IntegrationEventOf<P extends AnyPublication> = IntegrationEvent<MessageOf<P['publishes']>>;

export interface Envelope {
  readonly specversion: '1.0';
  /** Id of the recorded event: `order-42@8`. Source and id together are unique for ever: a listener recognises repeated events by them. */
  readonly id: string;
  /** The publication's name. */
  readonly source: string;
  /** The stream's name: `order-42`. */
  readonly subject: string;
  /** When the event was recorded; ISO 8601. */
  readonly time: string;
  readonly datacontenttype: 'application/json';
  /** The event's version in its stream. The bus keeps no order: an event that is not above the last one seen of its subject is late. */
  readonly streamversion: number;
  readonly correlationid: string;
  readonly causationid: string;
  /** The tenant that owns the stream; absent in a service without tenants. An extension attribute of CloudEvents. */
  readonly tenant?: string;
  /** How many processes in a row have led to the event; absent if a client has. So a loop ends that goes through several services. */
  readonly depth?: number;
}

/** The integration events of a commit, in the order of its events. @throws Poison if a row of a publication fails. */
export const integrationEvents =
  (publications: readonly AnyPublication[]) =>
  (commit: Commit): readonly IntegrationEvent[] =>
    readable(commit).flatMap((event) => publications.flatMap((publication) => published(publication, event, commit)));

const published = (publication: AnyPublication, event: Recorded, commit: Commit): readonly IntegrationEvent[] =>
  guarded(event, () => {
    const { name, events, map, publishes } = publication;
    if (!typesToday(events, event.type).some((type) => rowOf<Row | undefined>(map, type) !== undefined)) return [];
    return acting(events, event, commit).flatMap((part): readonly IntegrationEvent[] => {
      const message = rowOf<Row | undefined>(map, part.type)?.(part.data, part.metadata, event.type) ?? null;
      if (message === null) return [];
      const { type, data } = checkEvent(publishes, message, `${name}: ${part.metadata.eventId}`);
      return [{ ...envelopeOf(publication, part), type, data }];
    });
  });

/** `stored` is the type in the log, which notices have. */
type Row = (data: unknown, metadata: Metadata, stored: string) => Message | null;

const envelopeOf = ({ name }: AnyPublication, { metadata }: Recorded): Envelope => ({
  specversion: '1.0',
  id: metadata.eventId,
  source: name,
  subject: streamName(metadata),
  time: metadata.recordedAt,
  datacontenttype: 'application/json',
  streamversion: metadata.version,
  correlationid: metadata.correlationId,
  causationid: metadata.causationId,
  ...(metadata.tenant === undefined ? {} : { tenant: metadata.tenant }),
  ...(metadata.depth === undefined || metadata.depth === 0 ? {} : { depth: metadata.depth }),
});

/** An integration event without its data, which is too large for the bus, and with the address of the data. */
export type ClaimCheck = Omit<IntegrationEvent, 'data'> & {
  /** The path of the API that serves the event with its data. With tenants, the caller needs a token of the event's tenant. */
  readonly dataref: string;
};

/** The event with `dataref` in place of its data. */
export const byReference = ({ data: _, ...event }: IntegrationEvent): ClaimCheck => {
  const { aggregate, id } = parseStreamName(event.subject);
  return { ...event, dataref: `/streams/${aggregate}/${id}/published?from=${event.streamversion}&limit=1` };
};
