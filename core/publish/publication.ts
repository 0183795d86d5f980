import type * as z from 'zod';
import type { AnswerOf, ExactMessage, Rows } from '../basics/exact.ts';
import { type Catalogue, type Message, type MessageOf, type Metadata, type Recorded, rowOf } from '../basics/messages.ts';
import { parseStreamName, streamName } from '../basics/stream.ts';
import type { Commit } from '../log/event-store.ts';
import { guarded, readable } from '../log/poison.ts';
import { checkEvent, restored } from '../log/stored-events.ts';

/**
 * What leaves the service of the events that it records: integration events, which others build on. So they are declared, mapped
 * from the recorded ones, and carry the version of their shape in their type (`OrderPlaced.v1`). What has no row stays inside.
 */
export interface Publication<E extends Catalogue, P extends Catalogue> {
  /** Where its events come from, for those who listen: `shop.orders`. */
  readonly name: string;
  readonly events: E;
  /** The shapes that leave. A published shape only grows by fields; any other change is a new type. */
  readonly publishes: P;
  /** A row for each event that leaves. `null`: this one does not. */
  readonly map: {
    readonly [T in keyof E & string]?: (data: z.output<E[T]>, metadata: Metadata) => MessageOf<P> | null;
  };
}

/**
 * Defines what leaves the service: integration events, each mapped from a recorded one. Types flow from `events` and `publishes`; a field
 * that the published schema does not name does not compile. A row that answers `null` publishes nothing.
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

/** A publication as it is written: `M` is its table, as far as the compiler sees what its rows answer. */
export interface PublicationDefinition<E extends Catalogue, P extends Catalogue, M> extends Omit<Publication<E, P>, 'map'> {
  readonly map: M & Rows<M, keyof E & string, { readonly [T in keyof M]: ExactMessage<AnswerOf<M[T]>, P> }, 'an event of this publication'>;
}

// biome-ignore lint/suspicious/noExplicitAny: the existential "some publication".
export type AnyPublication = Publication<any, any>;

/** A message with what every listener needs to know of it: a CloudEvent (1.0), as it travels. */
export type IntegrationEvent<M extends Message = Message> = M extends Message
  ? Envelope & { readonly type: M['type']; readonly data: M['data'] }
  : never;

/** Any integration event of a publication, by type. */
export type IntegrationEventOf<P extends AnyPublication> = IntegrationEvent<MessageOf<P['publishes']>>;

export interface Envelope {
  readonly specversion: '1.0';
  /** `order-42@8`, the recorded event. Source and id together are unique for ever: what comes twice is known by them. */
  readonly id: string;
  /** The publication. */
  readonly source: string;
  /** The stream, `order-42`. */
  readonly subject: string;
  /** When the event was recorded; ISO 8601. */
  readonly time: string;
  readonly datacontenttype: 'application/json';
  /** The event's place in its stream. A bus promises no order: what is not above the last one seen of its subject comes late. */
  readonly streamversion: number;
  readonly correlationid: string;
  readonly causationid: string;
  /** Whose the stream is, in a service that has tenants: an extension attribute. */
  readonly tenant?: string;
}

/** The integration events of a commit, in the order of what they tell. @throws Poison where one cannot be made. */
export const integrationEvents =
  (publications: readonly AnyPublication[]) =>
  (commit: Commit): readonly IntegrationEvent[] =>
    readable(commit).flatMap((event) => publications.flatMap((publication) => published(publication, event, commit) ?? []));

const published = (publication: AnyPublication, event: Recorded, commit: Commit): IntegrationEvent | undefined =>
  guarded(event, () => {
    const row = rowOf<Row | undefined>(publication.map, event.type);
    const message = row?.(restored(publication.events, event, commit).data, event.metadata) ?? null;
    if (message === null) return undefined;
    const { type, data } = checkEvent(publication.publishes, message, `${publication.name}: ${event.metadata.eventId}`);
    return { ...envelopeOf(publication, event), type, data };
  });

type Row = (data: unknown, metadata: Metadata) => Message | null;

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
});

/** An event that is too large to travel with its data; it says where they are. */
export type ClaimCheck = Omit<IntegrationEvent, 'data'> & {
  /** A path of the API that answers the event with its data; to whoever asks with a token of its tenant, where there are tenants. */
  readonly dataref: string;
};

export const byReference = ({ data: _, ...event }: IntegrationEvent): ClaimCheck => {
  const { aggregate, id } = parseStreamName(event.subject);
  return { ...event, dataref: `/streams/${aggregate}/${id}/published?from=${event.streamversion}&limit=1` };
};
