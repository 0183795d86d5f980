import * as z from 'zod';
import type { AnyDecider } from '../../core/write/decider.ts';
import { inPath, inQuery, type Json, json, problems, schemaOf } from './parts.ts';

// What is asked of the streams themselves.

export const streamPath = ({ name }: AnyDecider): Json => ({
  [`/streams/${name}/{id}`]: {
    get: {
      operationId: `events-of-${name}`,
      tags: ['streams'],
      parameters: [
        inPath('id', 'the aggregate'),
        inQuery('from', 'the first version', { type: 'integer', minimum: 1, default: 1 }),
        inQuery('limit', 'how many, 1 to 1000', { type: 'integer', minimum: 1, maximum: 1000, default: 100 }),
      ],
      responses: {
        200: { description: 'the recorded events, oldest first, and the path of the next page', content: json({ type: 'object' }) },
        ...problems({ 400: 'an id or a number that cannot be', 404: 'no such stream', 503: 'send it again' }),
      },
    },
  },
});

/** The state is the decider's own affair, and has no schema. */
export const statePath = ({ name }: AnyDecider): Json => ({
  [`/streams/${name}/{id}/state`]: {
    get: {
      operationId: `state-of-${name}`,
      tags: ['streams'],
      parameters: [
        inPath('id', 'the aggregate'),
        inQuery('version', 'as it was at this version; as it is now, where nothing is said', { type: 'integer', minimum: 1 }),
        inQuery('at', 'as it was at this time, in ISO 8601; instead of a version', { type: 'string', format: 'date-time' }),
      ],
      responses: {
        200: { description: 'the aggregate as it was then', content: json(state) },
        ...problems({ 400: 'an id, a version or a time that cannot be', 404: 'it had no events then', 503: 'send it again' }),
      },
    },
  },
});

const state = schemaOf(
  z.object({ aggregate: z.string(), id: z.string(), version: z.int(), recordedAt: z.string(), state: z.unknown() }),
  'output',
);

export const publishedPath = ({ name }: AnyDecider): Json => ({
  [`/streams/${name}/{id}/published`]: {
    get: {
      operationId: `published-of-${name}`,
      tags: ['streams'],
      parameters: [
        inPath('id', 'the aggregate'),
        inQuery('from', 'the first version', { type: 'integer', minimum: 1, default: 1 }),
        inQuery('limit', 'how many versions, 1 to 1000', { type: 'integer', minimum: 1, maximum: 1000, default: 100 }),
      ],
      responses: {
        200: {
          description: 'the integration events, as /asyncapi.json describes them, and the path of the next page',
          content: json({ type: 'object' }),
        },
        ...problems({ 400: 'an id or a number that cannot be', 404: 'no such aggregate', 503: 'send it again' }),
      },
    },
  },
});
