import * as z from 'zod';
import { Invalid } from '../basics/errors.ts';
import { parse } from '../basics/messages.ts';

/** A message as a queue has it. */
export interface InboxMessage {
  readonly body: string;
  /** The texts that were sent beside the body, by name. */
  readonly attributes: Readonly<Record<string, string>>;
  /** ISO 8601: when the queue got it. */
  readonly sentAt: string;
}

/** What a message says of its event. */
export interface InboxEvent {
  /** Who sent it. Source and id together make the event what it is: another delivery of it has the same ones. */
  readonly source: string;
  readonly id: string;
  readonly type: string;
  /** ISO 8601, UTC, milliseconds: when it happened, or was sent; absent if the message does not say. */
  readonly time?: string;
  readonly subject?: string;
  /** The further attributes of a CloudEvent, by name: `correlationid`, `tenant`. */
  readonly extensions: Readonly<Record<string, unknown>>;
}

/** An event and its data, which no schema has checked yet. */
export interface ReadEvent {
  readonly event: InboxEvent;
  readonly data: unknown;
}

/** How messages are read. */
export interface Format {
  readonly kind: 'cloudevents' | 'eventbridge' | 'plain';
  /** What reads an event's source and id, if the format leaves that to the inbox: functions, or the source itself. It is in the schema lock. */
  readonly identity?: readonly unknown[];
  /** @throws Invalid, naming the field. */
  readonly read: (message: InboxMessage) => ReadEvent;
}

const text = z.string().min(1).max(2048);
const time = z.iso.datetime({ offset: true }).transform((given) => new Date(given).toISOString());
/** EventBridge adds the envelope to every event that one of its rules sends on. */
const Envelope = z.looseObject({ id: text, source: text, 'detail-type': text, time: time.optional(), detail: z.unknown() });
const CloudEvent = z.looseObject({
  specversion: z.string().startsWith('1.'),
  ...{ id: text, source: text, type: text, time: time.optional(), subject: text.optional() },
  datacontenttype: z.string().optional(),
});
type CloudEvent = z.output<typeof CloudEvent>;

/**
 * CloudEvents 1.0: structured (the message is the event in JSON, also as the `detail` of an event of EventBridge), or binary (the message is
 * the data, and its attributes are `ce-id`, `ce-source`, `ce-type`, …).
 *
 * @example
 * const format = cloudEvents();
 */
export const cloudEvents = (): Format => ({
  kind: 'cloudevents',
  read: (message) => {
    const beside = besideBody(message.attributes);
    if (beside['specversion'] !== undefined) return binaryEvent(parse(CloudEvent, beside, 'attributes'), message.body);
    return structuredEvent(parse(CloudEvent, withoutEnvelope(jsonOf(message.body)), 'a CloudEvent'));
  },
});

/** The attributes of a binary event. Queues allow no colon in a name, so the prefixes of other transports have a hyphen or an underline. */
const besideBody = (attributes: InboxMessage['attributes']): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(attributes).flatMap(([name, value]) => {
      const [, attribute] = /^(?:ce|cloudevents)[-_]([a-z0-9]+)$/i.exec(name) ?? [];
      return attribute === undefined ? [] : [[attribute.toLowerCase(), value]];
    }),
  );

const binaryEvent = (attributes: CloudEvent, body: string): ReadEvent => ({
  event: eventOf(attributes),
  data: isJson(attributes.datacontenttype) ? jsonOf(body) : body,
});

const structuredEvent = (whole: CloudEvent): ReadEvent => {
  const { data, data_base64: encoded, dataref } = whole;
  if (data === undefined && encoded === undefined && dataref !== undefined)
    throw new Invalid('InvalidData', `the data are too large for the message: they are at '${String(dataref)}' (dataref)`);
  const event = eventOf(whole);
  if (typeof encoded !== 'string') return { event, data };
  const decoded = decode(encoded);
  return { event, data: isJson(whole.datacontenttype) ? jsonOf(decoded) : decoded };
};

const known = new Set(['specversion', 'id', 'source', 'type', 'time', 'subject', 'datacontenttype', 'dataschema', 'data', 'data_base64']);

const eventOf = (whole: CloudEvent): InboxEvent => {
  const { id, source, type, time: at, subject } = whole;
  const extensions = Object.fromEntries(Object.entries(whole).filter(([name]) => !known.has(name)));
  return { source, id, type, ...(at === undefined ? {} : { time: at }), ...(subject === undefined ? {} : { subject }), extensions };
};

const isJson = (contentType = 'application/json'): boolean => /^[^;]*[/+]json\s*(;|$)/i.test(contentType);

/** @throws Invalid. */
const decode = (base64: string): string => {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)));
  } catch {
    throw new Invalid('InvalidData', 'data_base64: is not text in base64');
  }
};

/**
 * Events of EventBridge that are no CloudEvents: the envelope says source, type (`detail-type`) and time, and `detail` is the data. The id is
 * EventBridge's own: a sender that puts an event a second time makes a second event. If `detail` has an id of its own, read it with `plain`.
 *
 * @example
 * const format = eventBridge();
 */
export const eventBridge = (): Format => ({
  kind: 'eventbridge',
  read: ({ body }) => {
    const { id, source, 'detail-type': type, time: at, detail } = parse(Envelope, jsonOf(body), 'an event of EventBridge');
    return { event: { source, id, type, ...(at === undefined ? {} : { time: at }), extensions: {} }, data: detail };
  },
});

/** What `plain` reads in a body. */
export interface Plain<B extends z.ZodType> {
  /** The schema of what the functions below read. */
  readonly body: B;
  /** The event's id, which each delivery repeats. */
  readonly id: (body: z.output<B>) => string;
  readonly type: (body: z.output<B>) => string;
  /** Who sends, as a name; or where the body says it. */
  readonly source: string | ((body: z.output<B>) => string);
  /** ISO 8601. Absent: a later delivery is looked for in the log two weeks back. */
  readonly time?: (body: z.output<B>) => string | undefined;
  /** The data that the rows get. Absent: the whole body as it came. */
  readonly data?: (body: z.output<B>) => unknown;
}

/**
 * JSON of any shape. The functions say where it has its id and type. Of an event of EventBridge, the body is the `detail`.
 *
 * @example
 * const format = plain({
 *   source: 'till',
 *   body: z.object({ receipt: z.string(), kind: z.string() }),
 *   id: ({ receipt }) => receipt,
 *   type: ({ kind }) => kind,
 * });
 */
export const plain = <B extends z.ZodType>(reading: Plain<B>): Format => ({
  kind: 'plain',
  identity: [reading.source, reading.id],
  read: (message) => {
    const raw = withoutEnvelope(jsonOf(message.body));
    const body = parse(reading.body, raw, 'body');
    const { source } = reading;
    const said = { source: typeof source === 'string' ? source : source(body), id: reading.id(body), type: reading.type(body) };
    const at = reading.time?.(body);
    const event = parse(PlainEvent, { ...said, ...(at === undefined ? {} : { time: at }) }, 'the event');
    return { event: { ...event, extensions: {} } as InboxEvent, data: reading.data === undefined ? raw : reading.data(body) };
  },
});
const PlainEvent = z.object({ source: text, id: text, type: text, time: time.optional() });

/** @throws Invalid. */
const jsonOf = (body: string): unknown => {
  try {
    return JSON.parse(body);
  } catch (error) {
    throw new Invalid('InvalidData', `the message is not JSON: ${(error as Error).message}`);
  }
};

const withoutEnvelope = (body: unknown): unknown => {
  const { success, data } = Envelope.safeParse(body);
  return success && 'detail' in data ? data.detail : body;
};
