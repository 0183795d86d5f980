import * as z from 'zod';
import { projectionNames } from '../../core/registry/domain.ts';
import { relaysOf } from '../../core/registry/followers.ts';
import type { AnySaga } from '../../core/sagas/saga.ts';
import { type Description, type Json, schemaOf } from './parts.ts';

// What those who run the service ask.

const silent = { takes: {}, gives: {} };

export const parked: Description<'parked'> = {
  ...silent,
  variables: { projection: 'the projection, or relay' },
  query: { limit: 'how many streams', cursor: 'from the page before' },
  refusals: { 400: 'a limit or cursor that cannot be', 503: 'send it again' },
  operations: (domain) =>
    [
      ...projectionNames(domain).map((name) => ({ name, sets: 'the streams that the projection has set aside, and why' })),
      ...relaysOf(domain).map(({ name }) => ({ name, sets: 'the streams that the relay has set aside, and why' })),
    ].map(({ name, sets }) => ({
      operationId: `parked-of-${name}`,
      tag: 'operations',
      of: { projection: name },
      answers: { 200: { description: sets, schema: setAside } },
    })),
};

const setAside = schemaOf(
  z.object({
    items: z.array(z.object({ stream: z.string(), eventId: z.string(), error: z.string(), parkedAt: z.string() })),
    cursor: z.string().optional(),
  }),
  'output',
);

export const saga: Description<'saga'> = {
  ...silent,
  variables: { saga: 'the saga', id: 'the aggregate whose event has started it' },
  query: {},
  refusals: { 400: 'an id that cannot be', 404: 'nothing has started it', 503: 'send it again' },
  operations: ({ sagas = [] }) =>
    sagas.map((one) => ({
      operationId: `where-is-${one.name}`,
      tag: 'operations',
      of: { saga: one.name },
      answers: { 200: { description: 'where the saga is; of several that it has started, the last one', schema: whereIs(one) } },
    })),
};

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
