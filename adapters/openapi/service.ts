import * as z from 'zod';
import { type Description, schemaOf } from './parts.ts';

// What the API says about itself.

const plain = { variables: {}, query: {}, takes: {}, gives: {} };
const object = { type: 'object' };

const paths = z.record(z.string(), z.record(z.string(), z.string()));

export const start: Description<'start'> = {
  ...plain,
  refusals: {},
  operations: () => [
    {
      operationId: 'start',
      of: {},
      answers: {
        200: {
          description: 'what there is: the paths of all aggregates, projections and sagas, by the names of their routes',
          schema: schemaOf(
            z.object({ name: z.string(), links: z.record(z.string(), z.string()), aggregates: paths, projections: paths, sagas: paths }),
            'output',
          ),
        },
      },
    },
  ],
};

export const openApi: Description<'openApi'> = {
  ...plain,
  refusals: { 503: 'send it again' },
  operations: () => [{ operationId: 'openapi', of: {}, answers: { 200: { description: 'this document', schema: object } } }],
};

export const asyncApi: Description<'asyncApi'> = {
  ...plain,
  refusals: {},
  operations: () => [
    { operationId: 'asyncapi', of: {}, answers: { 200: { description: 'AsyncAPI 3.0: what goes to the bus', schema: object } } },
  ],
};

export const health: Description<'health'> = {
  ...plain,
  refusals: {},
  operations: () => [{ operationId: 'health', of: {}, answers: { 200: { description: 'it serves', schema: object } } }],
};
