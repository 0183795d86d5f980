import * as z from 'zod';
import type { AnyProjection, Index } from '../../core/read/projection.ts';
import { operatorScope, scopeToReadDocuments, scopeToReadStreams, scopeToSend } from '../../core/registry/access.ts';
import { type Domain, isPublished, projectionNames } from '../../core/registry/domain.ts';
import type { AnyDecider } from '../../core/write/decider.ts';
import type { Access } from '../http/authorization.ts';
import { parkedPath, sagaPath } from './operations.ts';
import { inHeader, inPath, inQuery, type Json, json, problems, ref, schemaOf } from './parts.ts';
import { publishedPath, statePath, streamPath } from './streams.ts';

/** The API of a domain as OpenAPI 3.1: one path for each command and each projection, with the schemas that judge the requests. */
export const toOpenApi = (domain: Domain, { auth = 'none', tenantClaim }: Partial<Omit<Access, 'domain'>> = {}): Json => ({
  openapi: '3.1.0',
  info: { title: 'Foldstream', version: '1' },
  paths: Object.assign(
    {},
    ...domain.deciders.flatMap((decider) => [
      ...Object.keys(decider.commands).map((type) => guarded(auth, scopeToSend(domain, decider.name, type), commandPath(decider, type))),
      ...[streamPath(decider), statePath(decider), ...(isPublished(domain)(decider.name) ? [publishedPath(decider)] : [])].map((path) =>
        guarded(auth, scopeToReadStreams(decider.name), path),
      ),
    ]),
    ...domain.projections.flatMap((projection) =>
      [documentPath(projection), ...listPath(projection)].map((path) => guarded(auth, scopeToReadDocuments(domain, projection.name), path)),
    ),
    ...[...projectionNames(domain).map(parkedPath), ...(domain.sagas ?? []).map(sagaPath)].map((path) =>
      guarded(auth, operatorScope, path),
    ),
    openPaths,
  ),
  components: {
    schemas: { Answer: answer, Problem: problem },
    ...(auth === 'none'
      ? {}
      : { securitySchemes: { token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', ...whose(tenantClaim) } } }),
  },
});

/** What anybody may ask. */
const openPaths: Json = {
  '/health': { get: { operationId: 'health', responses: { 200: { description: 'it serves' } } } },
  '/openapi.json': {
    get: { operationId: 'openapi', responses: { 200: { description: 'this document', content: json({ type: 'object' }) } } },
  },
  '/asyncapi.json': {
    get: {
      operationId: 'asyncapi',
      responses: { 200: { description: 'AsyncAPI 3.0: what goes to the bus', content: json({ type: 'object' }) } },
    },
  },
};

const whose = (tenantClaim: string | undefined): Json =>
  tenantClaim === undefined ? {} : { description: `its claim '${tenantClaim}' says of which tenant all streams and documents are` };

/** What is asked with a token has the scope that it is to grant. */
const guarded = (auth: Access['auth'], scope: string, path: Json): Json =>
  auth === 'none' ? path : eachValue(path, (methods) => eachValue(methods as Json, (operation) => withScope(operation as Json, scope)));

const withScope = ({ responses, ...operation }: Json, scope: string): Json => ({
  ...operation,
  security: [{ token: [scope] }],
  responses: { ...(responses as Json), ...problems({ 401: 'no token that holds', 403: `a token without the scope ${scope}` }) },
});

const eachValue = (object: Json, change: (value: unknown) => unknown): Json =>
  Object.fromEntries(Object.entries(object).map(([name, value]) => [name, change(value)]));

const commandPath = ({ name, commands }: AnyDecider, type: string): Json => ({
  [`/${name}/{id}/${type}`]: {
    post: {
      operationId: type,
      tags: [name],
      parameters: [
        inPath('id', 'the aggregate'),
        inHeader('Idempotency-Key', 'the same key again gets the same answer and changes nothing'),
        inHeader('If-Match', 'a version in quotes: 412 if the stream is at another one'),
        inHeader('If-None-Match', '*: 412 if the stream exists'),
        inHeader('x-correlation-id', 'taken over into the log and the events'),
      ],
      requestBody: { required: true, content: json(schemaOf(commands[type], 'input')) },
      responses: {
        200: {
          description: 'what it did; no events where it was so already',
          headers: { ETag: { description: 'the version', schema: { type: 'string' } } },
          content: json(ref('Answer')),
        },
        ...problems({
          400: 'data that does not fit',
          404: 'no such aggregate or command',
          409: 'the domain refuses, or other writers kept being first',
          412: 'the stream is at another version',
          413: 'a body or commit that is too large',
          415: 'not JSON',
          422: 'an idempotency key that was used with other data',
          503: 'a service that is needed did not answer: send it again',
        }),
      },
    },
  },
});

const documentPath = ({ name, document, key }: AnyProjection): Json => ({
  [`/${name}/{key}`]: {
    get: {
      operationId: `get-${name}`,
      tags: [name],
      parameters: [
        inPath('key', 'the document'),
        inHeader('Read-After', 'tokens that commands answered with: the document holds those events'),
        ...(key === undefined ? [] : [inHeader('Prefer', 'wait=2: for so many seconds, 8 at most, it is waited for those events')]),
        inHeader('If-None-Match', 'the ETag of the copy one has'),
      ],
      responses: {
        200: {
          description: 'the document; its ETag is the version it holds, Last-Modified the time of its last event',
          headers: { ETag: { schema: { type: 'string' } }, 'Last-Modified': { schema: { type: 'string' } } },
          content: json(schemaOf(document, 'output')),
        },
        304: { description: 'the copy is as fresh' },
        ...problems({ 400: 'a token or key that cannot be', 404: 'no such document', 503: 'send it again' }),
      },
    },
  },
});

const listPath = ({ name, document, indexes = {} }: AnyProjection): Json[] => {
  const declared = Object.values<Index>(indexes);
  if (declared.length === 0) return [];
  const partitions = [...Map.groupBy(declared, ({ partition }) => partition)].map(([partition, by]) =>
    inQuery(partition, `those with this value, by ${by.map(({ sort }) => sort).join(' or ')}`),
  );
  const entry = z.object({ key: z.string(), version: z.int(), recordedAt: z.string(), document });
  return [
    {
      [`/${name}`]: {
        get: {
          operationId: `list-${name}`,
          tags: [name],
          parameters: [
            ...partitions,
            inQuery('sort', 'the field to sort by, where there are several', { enum: [...new Set(declared.map(({ sort }) => sort))] }),
            inQuery('from', 'the least value of that field, inclusive'),
            inQuery('to', 'the greatest value of that field, inclusive'),
            inQuery('limit', 'how many, 1 to 100', { type: 'integer', minimum: 1, maximum: 100, default: 25 }),
            inQuery('order', 'asc or desc', { enum: ['asc', 'desc'], default: 'asc' }),
            inQuery('cursor', 'from the page before'),
          ],
          responses: {
            200: {
              description: 'a page',
              content: json(schemaOf(z.object({ items: z.array(entry), cursor: z.string().optional() }), 'output')),
            },
            ...problems({ 400: 'no such index, or a bad limit or cursor', 404: 'no such projection', 503: 'send it again' }),
          },
        },
      },
    },
  ];
};

const answer = schemaOf(
  z.object({
    aggregate: z.string(),
    id: z.string(),
    version: z.int().describe('the version of the stream after the command'),
    events: z.array(z.object({ type: z.string(), version: z.int() })),
    token: z.string().describe('for Read-After'),
  }),
  'output',
);

const problem = schemaOf(
  z.object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.string().describe('stable, for programs'),
    detail: z.string().optional(),
    correlationId: z.string(),
    issues: z.array(z.object({ path: z.array(z.string()), message: z.string() })).optional(),
  }),
  'output',
);
