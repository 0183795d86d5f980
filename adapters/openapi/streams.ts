import * as z from 'zod';
import { isPublished } from '../../core/registry/domain.ts';
import { type Description, schemaOf } from './parts.ts';

// Descriptions of the routes of the streams.

const variables = { aggregate: 'the kind of aggregate', id: 'the aggregate' };
const next = z.string().optional().describe('the path of the next page');
const silent = { takes: {}, gives: {} };
const refusalsOfOwners = {
  404: 'no such stream; to a token without the scope for all, also a stream that does not belong to its actor now, or did not at a version of the answer',
};

export const stream: Description<'stream'> = {
  ...silent,
  variables,
  query: {
    from: 'the version to begin at; by default the first one, or with order=desc the last one',
    limit: 'the maximum number of events',
    order: 'asc: oldest first; desc: newest first',
  },
  refusals: { 400: 'a malformed id, or a wrong parameter', 404: 'no such stream', 503: 'send the same request again' },
  refusalsOfOwners,
  operations: ({ deciders }) =>
    deciders.map(({ name }) => ({
      operationId: `events-of-${name}`,
      tag: 'streams',
      of: { aggregate: name },
      answers: { 200: { description: 'the recorded events, in the requested order', schema: recorded } },
    })),
};

const recorded = schemaOf(
  z.object({
    items: z.array(z.object({ type: z.string(), data: z.unknown(), metadata: z.looseObject({ version: z.int() }) })),
    next,
  }),
  'output',
);

/** The state is internal to the decider, so it has no schema. */
export const state: Description<'state'> = {
  ...silent,
  variables,
  query: {
    version: 'the state at this version; without version and at, the current state',
    at: 'the state at this time, in ISO 8601; excludes version',
  },
  refusals: { 400: 'a wrong id, version or time', 404: 'the stream had no events at that time', 503: 'send the same request again' },
  refusalsOfOwners,
  operations: ({ deciders }) =>
    deciders.map(({ name }) => ({
      operationId: `state-of-${name}`,
      tag: 'streams',
      of: { aggregate: name },
      answers: { 200: { description: 'the aggregate as it was at that version or time', schema: past } },
    })),
};

const past = schemaOf(
  z.object({ aggregate: z.string(), id: z.string(), version: z.int(), recordedAt: z.string(), state: z.unknown() }),
  'output',
);

export const published: Description<'published'> = {
  ...silent,
  variables,
  query: { from: 'the first version', limit: 'the number of versions' },
  refusals: { 400: 'a wrong id or number', 503: 'send the same request again' },
  refusalsOfOwners,
  operations: (domain) =>
    domain.deciders
      .filter(({ name }) => isPublished(domain)(name))
      .map(({ name }) => ({
        operationId: `published-of-${name}`,
        tag: 'streams',
        of: { aggregate: name },
        answers: { 200: { description: 'the integration events, oldest first, as /asyncapi.json describes them', schema: told } },
      })),
};

const told = schemaOf(z.object({ items: z.array(z.looseObject({ id: z.string(), streamversion: z.int() })), next }), 'output');
