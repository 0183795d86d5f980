import * as z from 'zod';
import type { AnySaga } from '../../core/sagas/saga.ts';
import { inPath, inQuery, type Json, json, problems, schemaOf } from './parts.ts';

// What those who run the service ask.

export const parkedPath = (projection: string): Json => ({
  [`/parked/${projection}`]: {
    get: {
      operationId: `parked-of-${projection}`,
      tags: ['operations'],
      parameters: [
        inQuery('limit', 'how many, 1 to 100', { type: 'integer', minimum: 1, maximum: 100, default: 25 }),
        inQuery('cursor', 'from the page before'),
      ],
      responses: {
        200: { description: 'the streams that the projection has set aside, and why', content: json(parked) },
        ...problems({ 400: 'a limit or cursor that cannot be', 404: 'no such projection', 503: 'send it again' }),
      },
    },
  },
});

const parked = schemaOf(
  z.object({
    items: z.array(z.object({ stream: z.string(), eventId: z.string(), error: z.string(), parkedAt: z.string() })),
    cursor: z.string().optional(),
  }),
  'output',
);

export const sagaPath = (saga: AnySaga): Json => ({
  [`/sagas/${saga.name}/{id}`]: {
    get: {
      operationId: `where-is-${saga.name}`,
      tags: ['operations'],
      parameters: [inPath('id', `the ${saga.startsOn.of.name} whose ${saga.startsOn.event} has started it`)],
      responses: {
        200: { description: 'where the saga is; of several that it has started, the last one', content: json(whereIs(saga)) },
        ...problems({ 400: 'an id that cannot be', 404: 'no such saga, or nothing has started it', 503: 'send it again' }),
      },
    },
  },
});

const whereIs = ({ steps }: AnySaga): Json => {
  const times = z.partialRecord(z.enum(Object.keys(steps)), z.int());
  return schemaOf(
    z.object({
      saga: z.string(),
      id: z.string(),
      event: z.string().describe('the event that has started it'),
      status: z
        .enum(['pending', 'running', 'stuck', 'completed', 'aborted', 'failed'])
        .describe(
          'pending has not begun, or its event was too old to start it, or it ended more than 90 days ago; ' +
            'stuck waits for an operator; failed stopped half-way; all but pending have what follows',
        ),
      execution: z.string().optional().describe('its name in Step Functions'),
      current: z.array(z.string()).optional().describe('the states that it is in'),
      done: times.optional().describe('how often, by step'),
      undone: times.optional(),
      reason: z.string().optional().describe('why it turns back, or has turned back'),
      startedAt: z.string().optional(),
      endedAt: z.string().optional(),
    }),
    'output',
  );
};
