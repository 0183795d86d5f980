import { aggregateOf, type Domain, deciderNamed, projectionNamed } from '../core/domain.ts';
import { Invalid, NotFound } from '../core/errors.ts';
import type { EventStore } from '../core/event-store.ts';
import { type AnyProjection, type Index, keyTypeOf } from '../core/projection.ts';
import { documentReader } from '../core/read.ts';
import type { ListQuery, ReadModels } from '../core/read-models.ts';
import { type Address, address, parseToken, streamName } from '../core/stream.ts';
import { type HttpResponse, ok, type Route } from './http.ts';
import { type HttpRequest, param, wholeNumber } from './http-request.ts';
import { toOpenApi } from './openapi.ts';
import { streamRoutes } from './stream-routes.ts';

export interface Querying {
  readonly domain: Domain;
  readonly eventStore: EventStore;
  readonly readModels: ReadModels;
}

/** Everything that is asked with GET. */
export const queryRoutes = ({ domain, eventStore, readModels }: Querying): Readonly<Record<string, Route>> => {
  const readDocument = documentReader(readModels, eventStore);
  return {
    'GET /{projection}/{key}': async (request) => {
      const projection = projectionNamed(domain, param(request, 'projection'));
      const stream = address(aggregateOf(domain, projection).name, param(request, 'key'));
      const { document, version, recordedAt } = await readDocument({ projection, stream, atLeast: seenVersion(request, stream) });
      if (document === null) throw new NotFound('NotFound', `${projection.name} has no document '${stream.id}'`);
      return unlessKnown(request, `"${version}"`, ok(document, { 'last-modified': new Date(recordedAt).toUTCString() }));
    },
    'GET /{projection}': async (request) => ok(await readModels.list(...listQuery(domain, request))),
    ...streamRoutes({ domain, eventStore }),
    'GET /openapi.json': async () => ok(toOpenApi(domain)),
    'GET /health': async () => ok({ status: 'ok' }),
  };
};

/** The highest version of the stream among the tokens in `Read-After`; those of other streams have no part in the document. */
const seenVersion = ({ headers }: HttpRequest, stream: Address): number => {
  const tokens = (headers['read-after'] ?? '')
    .split(',')
    .map((token) => token.trim())
    .filter((token) => token !== '');
  const versions = tokens.map(parseToken).flatMap((token) => (streamName(token.stream) === streamName(stream) ? [token.version] : []));
  return Math.max(0, ...versions);
};

/** 304 where the caller's copy has this tag already. */
const unlessKnown = ({ headers }: HttpRequest, etag: string, { headers: others, ...response }: HttpResponse): HttpResponse => {
  const known = (headers['if-none-match'] ?? '').split(',').map((tag) => tag.trim());
  const tagged = { ...others, etag, 'cache-control': 'no-cache' };
  return known.includes(etag) ? { status: 304, headers: tagged } : { ...response, headers: tagged };
};

const listQuery = (domain: Domain, request: HttpRequest): [AnyProjection, ListQuery] => {
  const projection = projectionNamed(domain, param(request, 'projection'));
  if (request.headers['read-after'] !== undefined) throw new Invalid('InvalidRequest', 'Read-After is for a document, not for a list');
  const { limit, cursor, order, ...fields } = request.query;
  const [index, field] = askedIndex(projection, Object.keys(fields));
  if (order !== undefined && order !== 'asc' && order !== 'desc') throw new Invalid('InvalidRequest', "'order' is asc or desc");
  return [
    projection,
    {
      index,
      value: keyValue(projection, field, fields[field] as string),
      limit: wholeNumber(request, 'limit', { least: 1, most: 100, otherwise: 25 }),
      descending: order === 'desc',
      cursor,
    },
  ];
};

/** The index that answers a query by these fields: one, and it has to be a declared partition. */
const askedIndex = ({ name, indexes = {} }: AnyProjection, fields: readonly string[]): readonly [string, string] => {
  const declared = Object.entries<Index>(indexes).map(([index, { partition }]) => [index, partition] as const);
  const found = declared.find(([, partition]) => fields.length === 1 && partition === fields[0]);
  if (found !== undefined) return found;
  const possible = declared.map(([, partition]) => `?${partition}=…`).join(' or ') || 'nothing but the key';
  throw new Invalid('InvalidRequest', `${name} is listed by ${possible}, with limit, cursor and order`);
};

const keyValue = (projection: AnyProjection, field: string, given: string): string | number => {
  const value = keyTypeOf(projection, field) === 'number' ? Number(given) : given;
  if (given === '' || Number.isNaN(value)) throw new Invalid('InvalidRequest', `'${field}' cannot be '${given}'`);
  return value;
};
