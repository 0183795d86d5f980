import * as z from 'zod';
import { jsonSchemaOf, placedAt, pointerStep } from '../../core/basics/json-schema.ts';
import type { AnyInbox } from '../../core/inboxes/inbox.ts';
import { openSchema } from '../../core/publish/open-schema.ts';
import type { AnyPublication } from '../../core/publish/publication.ts';
import type { Domain } from '../../core/registry/domain.ts';

type Json = { readonly [key: string]: unknown };

/** The publications of a domain as AsyncAPI 3.0: a channel for each publication, a message for each integration event. */
export const toAsyncApi = ({ publications = [], inboxes = [] }: Domain, hasTenants = false): Json => ({
  asyncapi: '3.0.0',
  info: {
    title: 'Foldstream',
    version: '1',
    description:
      'CloudEvents 1.0 in the detail of events on EventBridge, delivered at least once and in no order. ' +
      'A duplicate has the same source and id; subject and streamversion show the order of a stream.',
  },
  defaultContentType: 'application/json',
  channels: Object.fromEntries([
    ...publications.map((publication) => [publication.name, channelOf(publication)]),
    ...inboxes.map((inbox) => [channelName(inbox), channelOfInbox(inbox)]),
  ]),
  operations: Object.fromEntries([
    ...publications.map(({ name }) => [`publish-${name}`, { action: 'send', channel: ref('channels', name) }]),
    ...inboxes.map((inbox) => [`receive-${inbox.name}`, { action: 'receive', channel: ref('channels', channelName(inbox)) }]),
  ]),
  components: {
    messages: Object.fromEntries([...publications.flatMap(messagesOf), ...inboxes.flatMap(messagesOfInbox)]),
    schemas: {
      Envelope: envelope(hasTenants),
      ...Object.fromEntries(publications.flatMap(schemasOf)),
      ...Object.fromEntries(inboxes.flatMap(schemasOfInbox)),
    },
  },
});

/** EventBridge has no topics: a rule matches the source and the detail type. */
const channelOf = (publication: AnyPublication): Json => ({
  address: null,
  description: `A rule with {"source": ["${publication.name}"]} matches all messages, {"detail-type": [message]} one kind.`,
  messages: Object.fromEntries(
    Object.keys(publication.publishes).map((type) => [type, ref('components', 'messages', keyOf(publication, type))]),
  ),
});

/** What others send to this service. A publication's name has no colon. */
const channelName = ({ name }: AnyInbox): string => `inbox:${name}`;

const channelOfInbox = (inbox: AnyInbox): Json => ({
  address: null,
  description: `${inbox.from.kind === 'queue' ? 'A queue' : `Events of the sources ${inbox.from.sources.join(', ')} on a bus`}, read as ${formats[inbox.format.kind]}.`,
  messages: Object.fromEntries(Object.keys(inbox.receives).map((type) => [type, ref('components', 'messages', keyOfInbox(inbox, type))])),
});
const formats = { cloudevents: 'CloudEvents 1.0', eventbridge: 'events of EventBridge', plain: 'JSON' } as const;

/** The payload is the data: where a message has them depends on the format. */
const messagesOfInbox = (inbox: AnyInbox): [string, Json][] =>
  Object.keys(inbox.receives).map((type) => [
    keyOfInbox(inbox, type),
    { name: type, contentType: 'application/json', payload: ref('components', 'schemas', keyOfInbox(inbox, type)) },
  ]);

const schemasOfInbox = (inbox: AnyInbox): [string, Json][] =>
  Object.entries<z.ZodType>(inbox.receives).map(([type, schema]) => {
    const key = keyOfInbox(inbox, type);
    const read = jsonSchemaOf(schema, { io: 'input', target: 'draft-7' });
    return [key, placedAt(openSchema(read), `#/components/schemas/${pointerStep(key)}`)];
  });

/** A component's name has letters, digits, '.', '-' and '_'. */
const keyOfInbox = ({ name }: AnyInbox, type: string): string => `inbox.${name}.${type.replaceAll(/[^A-Za-z0-9._-]/g, '_')}`;

const messagesOf = (publication: AnyPublication): [string, Json][] =>
  Object.keys(publication.publishes).map((type) => [
    keyOf(publication, type),
    {
      name: type,
      contentType: 'application/cloudevents+json',
      correlationId: { location: '$message.payload#/correlationid' },
      payload: {
        allOf: [
          ref('components', 'schemas', 'Envelope'),
          {
            properties: {
              source: { const: publication.name },
              type: { const: type },
              data: ref('components', 'schemas', keyOf(publication, type)),
            },
          },
        ],
      },
    },
  ]);

const schemasOf = (publication: AnyPublication): [string, Json][] =>
  Object.entries<z.ZodType>(publication.publishes).map(([type, schema]) => {
    const key = keyOf(publication, type);
    return [key, placedAt(openSchema(schemaOf(schema)), `#/components/schemas/${pointerStep(key)}`)];
  });

/** Two publications may have a type of the same name. */
const keyOf = ({ name }: AnyPublication, type: string): string => `${name}.${type}`;

const schemaOf = (schema: z.ZodType): Json => jsonSchemaOf(schema, { io: 'output', target: 'draft-7' }); // The JSON Schema of AsyncAPI.

const ref = (...path: readonly string[]): Json => ({ $ref: `#/${path.join('/')}` });

const text = z.string().min(1);

const envelope = (hasTenants: boolean): Json => {
  const [stream, ofTenant] = hasTenants ? ['acme/order-42', { tenant: text.describe('the tenant of the stream') }] : ['order-42', {}];
  return {
    ...schemaOf(
      z.looseObject({
        specversion: z.literal('1.0'),
        id: text.describe(`the id of the recorded event, like ${stream}@8; unique for ever together with the source`),
        source: text,
        type: text,
        subject: text.describe(`the stream, like ${stream}`),
        time: z.iso.datetime().describe('when it was recorded'),
        datacontenttype: z.literal('application/json'),
        streamversion: z.int().min(1).describe('the place of the event in its stream'),
        correlationid: text,
        causationid: text,
        ...ofTenant,
        depth: z.int().min(1).optional().describe('how many processes in a row have led to the event; the receiver bounds loops by it'),
        dataref: text.optional().describe('the path that returns the event with its data; in place of data that are too large for the bus'),
      }),
    ),
    oneOf: [{ required: ['data'] }, { required: ['dataref'] }],
  };
};
