import * as z from 'zod';
import type { Index } from '../../core/read/projection.ts';
import { type Description, schemaOf } from './parts.ts';

export const freshness = 'filling: the read model is still being filled for the first time, so something may be missing from it';

export const document: Description<'document'> = {
  variables: { projection: 'the projection', key: 'the document' },
  query: {},
  takes: {
    'read-after': 'tokens that commands answered with: the document holds those events',
    prefer: 'wait=2: for so many seconds, 8 at most, it is waited for those events',
    'if-none-match': 'the ETag of the copy one has',
  },
  gives: {
    etag: 'the version that the document holds; from the second revision of the projection on, with the revision',
    'last-modified': 'the time of its last event',
    'cache-control': 'no-cache: a copy is asked about before it is used',
    'x-parked': 'the event that the projection cannot apply, so the document does not go on from there',
    'x-freshness': freshness,
  },
  refusals: { 400: 'a token or key that cannot be', 404: 'no such document', 503: 'send it again' },
  operations: ({ projections }) =>
    projections.map(({ name, document: schema, key }) => ({
      operationId: `get-${name}`,
      tag: name,
      of: { projection: name },
      ...(key === undefined ? { leavesOut: ['prefer' as const] } : {}),
      answers: {
        200: { description: 'the document', schema: schemaOf(schema, 'output') },
        304: { description: 'the copy is as fresh' },
      },
    })),
};

export const documents: Description<'documents'> = {
  variables: { projection: 'the projection' },
  query: {
    sort: 'the field to sort by, where there are several',
    from: 'the least value of that field, inclusive',
    to: 'the greatest value of that field, inclusive',
    limit: 'how many documents',
    order: 'by that field, upwards or downwards',
    cursor: 'from the page before',
  },
  takes: { 'read-after': 'refused: a list does not wait for an event, a document does' },
  gives: { 'x-freshness': freshness },
  refusals: { 400: 'no such index, or a bad parameter', 503: 'send it again' },
  operations: ({ projections }) =>
    projections.flatMap(({ name, document: schema, indexes = {} }) => {
      const declared = Object.values<Index>(indexes);
      if (declared.length === 0) return [];
      const partitions = [...Map.groupBy(declared, ({ partition }) => partition)].map(([partition, by]): [string, string] => [
        partition,
        `those with this value, by ${by.map(({ sort }) => sort).join(' or ')}`,
      ]);
      const entry = z.object({ key: z.string(), version: z.int(), recordedAt: z.string(), document: schema });
      return [
        {
          operationId: `list-${name}`,
          tag: name,
          of: { projection: name },
          ownQuery: Object.fromEntries(partitions),
          schemas: { sort: { enum: [...new Set(declared.map(({ sort }) => sort))] } },
          answers: {
            200: { description: 'a page', schema: schemaOf(z.object({ items: z.array(entry), cursor: z.string().optional() }), 'output') },
          },
        },
      ];
    }),
};
