import * as z from 'zod';
import { type Description, schemaOf } from './parts.ts';

// Descriptions of the routes that describe the API.

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
          description: 'the paths of all aggregates, projections and sagas, by the names of their routes',
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
  refusals: { 503: 'send the same request again' },
  operations: () => [{ operationId: 'openapi', of: {}, answers: { 200: { description: 'this document', schema: object } } }],
};

export const asyncApi: Description<'asyncApi'> = {
  ...plain,
  refusals: {},
  operations: () => [
    { operationId: 'asyncapi', of: {}, answers: { 200: { description: 'the integration events, as AsyncAPI 3.0', schema: object } } },
  ],
};

export const health: Description<'health'> = {
  ...plain,
  refusals: {},
  operations: () => [{ operationId: 'health', of: {}, answers: { 200: { description: 'the API works', schema: object } } }],
};
