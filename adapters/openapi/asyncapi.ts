import * as z from 'zod';
import { jsonSchemaOf, placedAt, pointerStep } from '../../core/basics/json-schema.ts';
import { openSchema } from '../../core/publish/open-schema.ts';
import type { AnyPublication } from '../../core/publish/publication.ts';
import type { Domain } from '../../core/registry/domain.ts';

type Json = { readonly [key: string]: unknown };

/** The publications of a domain as AsyncAPI 3.0: a channel for each publication, a message for each integration event. */
export const toAsyncApi = ({ publications = [] }: Domain, hasTenants = false): Json => ({
  asyncapi: '3.0.0',
  info: {
    title: 'Foldstream',
    version: '1',
    description:
      'CloudEvents 1.0 in the detail of events on EventBridge, delivered at least once and in no order. ' +
      'A duplicate has the same source and id; subject and streamversion show the order of a stream.',
  },
  defaultContentType: 'application/json',
  channels: Object.fromEntries(publications.map((publication) => [publication.name, channelOf(publication)])),
  operations: Object.fromEntries(publications.map(({ name }) => [`publish-${name}`, { action: 'send', channel: ref('channels', name) }])),
  components: {
    messages: Object.fromEntries(publications.flatMap(messagesOf)),
    schemas: { Envelope: envelope(hasTenants), ...Object.fromEntries(publications.flatMap(schemasOf)) },
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
        dataref: text.optional().describe('the path that returns the event with its data; in place of data that are too large for the bus'),
      }),
    ),
    oneOf: [{ required: ['data'] }, { required: ['dataref'] }],
  };
};
