import * as z from 'zod';
import { isPublished } from '../../core/registry/domain.ts';
import { type Description, schemaOf } from './parts.ts';

// What is asked of the streams themselves.

const variables = { aggregate: 'the kind of aggregate', id: 'the aggregate' };
const next = z.string().optional().describe('the path of the next page');
const silent = { takes: {}, gives: {} };

export const stream: Description<'stream'> = {
  ...silent,
  variables,
  query: {
    from: 'the version to begin at; without it the first one, or with order=desc the last one',
    limit: 'how many events',
    order: 'oldest first, or newest first with desc',
  },
  refusals: { 400: 'an id or a parameter that cannot be', 404: 'no such stream', 503: 'send it again' },
  operations: ({ deciders }) =>
    deciders.map(({ name }) => ({
      operationId: `events-of-${name}`,
      tag: 'streams',
      of: { aggregate: name },
      answers: { 200: { description: 'the recorded events, in the order that was asked for', schema: recorded } },
    })),
};

const recorded = schemaOf(
  z.object({
    items: z.array(z.object({ type: z.string(), data: z.unknown(), metadata: z.looseObject({ version: z.int() }) })),
    next,
  }),
  'output',
);

/** The state is the decider's own affair, and has no schema. */
export const state: Description<'state'> = {
  ...silent,
  variables,
  query: {
    version: 'as it was at this version; as it is now, without version and at',
    at: 'as it was at this time, in ISO 8601; instead of a version',
  },
  refusals: { 400: 'an id, a version or a time that cannot be', 404: 'it had no events then', 503: 'send it again' },
  operations: ({ deciders }) =>
    deciders.map(({ name }) => ({
      operationId: `state-of-${name}`,
      tag: 'streams',
      of: { aggregate: name },
      answers: { 200: { description: 'the aggregate as it was then', schema: past } },
    })),
};

const past = schemaOf(
  z.object({ aggregate: z.string(), id: z.string(), version: z.int(), recordedAt: z.string(), state: z.unknown() }),
  'output',
);

export const published: Description<'published'> = {
  ...silent,
  variables,
  query: { from: 'the first version', limit: 'how many versions' },
  refusals: { 400: 'an id or a number that cannot be', 503: 'send it again' },
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
