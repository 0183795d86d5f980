import * as z from 'zod';
import type { Index } from '../../core/read/projection.ts';
import { type Description, schemaOf } from './parts.ts';

export const freshness = 'filling: the read model is still being filled for the first time, so documents may be missing';

export const document: Description<'document'> = {
  variables: { projection: 'the projection', key: 'the document' },
  query: {},
  takes: {
    'read-after': 'Tokens from the answers to commands, separated by commas. The document holds the events of these commands.',
    prefer: 'wait=2: the answer waits up to 2 seconds for those events; the maximum is 8.',
    'if-none-match': "The ETag of the caller's copy.",
  },
  gives: {
    etag: "the document's version; from the second revision of the projection on, also the revision",
    'last-modified': 'the time of its last event',
    'cache-control': 'no-cache: a cache must revalidate its copy before each use',
    'x-parked': 'the event that the projection cannot apply: the document stays at the event before',
    'x-unlisted': 'the indexes that do not list the document: a field of theirs is absent, empty, too long or too large to be a key',
    'x-freshness': freshness,
  },
  refusals: {
    400: 'a malformed token or key',
    404: 'no such document',
    409: '`Parked`: the projection cannot apply an event of the stream in `Read-After`, so the document cannot hold it before an operator acts',
    503: 'send the same request again',
  },
  refusalsOfOwners: { 404: 'no such document; to a token without the scope for all, also a document that does not belong to its actor' },
  operations: ({ projections }) =>
    projections.map(({ name, document: schema, key }) => ({
      operationId: `get-${name}`,
      tag: name,
      of: { projection: name },
      ...(key === undefined ? { leavesOut: ['prefer' as const] } : {}),
      answers: {
        200: { description: 'the document', schema: schemaOf(schema, 'output') },
        304: { description: "the caller's copy is up to date" },
      },
    })),
};

export const documents: Description<'documents'> = {
  variables: { projection: 'the projection' },
  query: {
    sort: 'the field to sort by, if there are several',
    from: 'the least value of that field, inclusive',
    to: 'the greatest value of that field, inclusive',
    limit: 'the maximum number of documents',
    order: 'by that field, ascending or descending',
    cursor: 'the cursor of the previous page',
  },
  takes: { 'read-after': 'Refused: only the route of a document waits for events.' },
  gives: { 'x-freshness': freshness },
  refusals: { 400: 'no such index, or a wrong parameter', 503: 'send the same request again' },
  refusalsOfOwners: {
    400: 'no such index, or a wrong parameter; to a token without the scope for all, also an index that is not by the owner. By the owner it lists its own documents, and the list of any other owner is empty',
  },
  operations: ({ projections }) =>
    projections.flatMap(({ name, document: schema, indexes = {} }) => {
      const declared = Object.values<Index>(indexes);
      if (declared.length === 0) return [];
      const partitions = [...Map.groupBy(declared, ({ partition }) => partition)].map(([partition, by]): [string, string] => [
        partition,
        `the documents with this value, sorted by ${by.map(({ sort }) => sort).join(' or ')}`,
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
            200: {
              description: 'a page of documents',
              schema: schemaOf(z.object({ items: z.array(entry), cursor: z.string().optional() }), 'output'),
            },
          },
        },
      ];
    }),
};
