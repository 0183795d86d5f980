import * as z from 'zod';
import { projectionNames } from '../../core/registry/domain.ts';
import { relaysOf } from '../../core/registry/followers.ts';
import { isInterruptible } from '../../core/sagas/interruption.ts';
import { type AnySaga, definitionsOf } from '../../core/sagas/saga.ts';
import { type Description, type Json, schemaOf } from './parts.ts';

// Descriptions of the routes for operators. Owners may read the sagas that their aggregates have started.

const silent = { takes: {}, gives: {} };
const refusalsOfOwners = {
  404: 'no such event starts the saga; to a token without the scope for all, also if the stream does not belong to its actor now, or did not at that event',
};

export const parked: Description<'parked'> = {
  ...silent,
  variables: { projection: 'the projection, or relay' },
  query: { limit: 'the maximum number of streams', cursor: 'the cursor of the previous page' },
  refusals: { 400: 'a wrong limit or cursor', 503: 'send the same request again' },
  operations: (domain) =>
    [
      ...projectionNames(domain).map((name) => ({ name, sets: 'the streams that the projection has parked, and why' })),
      ...relaysOf(domain).map(({ name }) => ({ name, sets: 'the streams that the relay has parked, and why' })),
    ].map(({ name, sets }) => ({
      operationId: `parked-of-${name}`,
      tag: 'operations',
      of: { projection: name },
      answers: { 200: { description: sets, schema: setAside } },
    })),
};

/** What a release must know before the stream goes on by itself. */
const needs = z.union([z.object({ type: z.string(), schema: z.int() }), z.object({ sealed: z.int() })]).optional();

const setAside = schemaOf(
  z.object({
    items: z.array(z.object({ stream: z.string(), eventId: z.string(), error: z.string(), parkedAt: z.string(), needs })),
    cursor: z.string().optional(),
  }),
  'output',
);

export const saga: Description<'saga'> = {
  ...silent,
  variables: { saga: 'the saga', id: 'the event that started the saga, like order-42@1; or the id of its aggregate, for the latest run' },
  query: {},
  refusals: { 400: 'a malformed id', 404: 'no such event starts the saga', 503: 'send the same request again' },
  refusalsOfOwners,
  operations: ({ sagas = [] }) =>
    sagas.map((one) => ({
      operationId: `where-is-${one.name}`,
      tag: 'operations',
      of: { saga: one.name },
      answers: { 200: { description: 'where the saga is', schema: schemaOf(runOf(one), 'output') } },
    })),
};

export const runs: Description<'runs'> = {
  ...silent,
  variables: { saga: 'the saga', id: 'the id of the aggregate whose events started the saga' },
  query: { from: 'the version of the newest event of the page', limit: 'the maximum number of runs' },
  refusals: { 400: 'a wrong id, from or limit', 404: 'no event of this aggregate starts the saga', 503: 'send the same request again' },
  refusalsOfOwners,
  operations: ({ sagas = [] }) =>
    sagas.map((one) => ({
      operationId: `runs-of-${one.name}`,
      tag: 'operations',
      of: { saga: one.name },
      answers: { 200: { description: 'the runs of the saga that the aggregate started, the latest first', schema: pageOf(one) } },
    })),
};

const pageOf = (saga: AnySaga): Json =>
  schemaOf(z.object({ items: z.array(runOf(saga)), next: z.string().optional().describe('the path of the next page') }), 'output');

const interruptions = {
  interruptedBy: z.string().optional().describe('the event that interrupted the run'),
  tooLateToInterrupt: z.array(z.string()).optional().describe('the events that came after the point of no return, and interrupted nothing'),
};

const runOf = (saga: AnySaga) => {
  const steps = [...new Set(definitionsOf(saga).flatMap((one) => Object.keys(one.steps)))];
  const choices = definitionsOf(saga).flatMap((one) => Object.keys(one.steps).filter((step) => one.steps[step]?.choose !== undefined));
  const times = z.partialRecord(z.enum(steps), z.int());
  return z.object({
    saga: z.string(),
    id: z.string(),
    event: z.string().describe('the event that started the saga'),
    status: z
      .enum(['pending', ...(saga.unique === undefined ? [] : ['refused']), 'running', 'stuck', 'completed', 'aborted', 'failed'])
      .describe(
        'pending: the saga has not begun, or its event was too old to start it, or it ended more than 90 days ago; ' +
          (saga.unique === undefined ? '' : 'refused: it does not start, because the run of the event in `holder` has its key; ') +
          'stuck: it waits for an operator; failed: it stopped half way. All states but pending have the fields that follow.',
      ),
    ...(saga.unique === undefined ? {} : { holder: z.string().optional().describe('the event of the run that has the key') }),
    ...(isInterruptible(saga) ? interruptions : {}),
    execution: z.string().optional().describe('the name of the execution in Step Functions'),
    current: z.array(z.string()).optional().describe('the current states of the execution'),
    done: times.optional().describe('how often each step was done'),
    undone: times.optional(),
    ...(choices.length === 0
      ? {}
      : { chosen: z.partialRecord(z.enum(choices), z.string()).optional().describe('the branch that each choice led to') }),
    reason: z.string().optional().describe('why the saga aborts, or was aborted'),
    startedAt: z.string().optional(),
    endedAt: z.string().optional(),
  });
};
