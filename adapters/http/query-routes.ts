import { Invalid, NotFound } from '../../core/basics/errors.ts';
import { address, ofTenant, parseToken } from '../../core/basics/stream.ts';
import { documentReader, type Token } from '../../core/read/document-reader.ts';
import type { ProjectionPorts } from '../../core/read/ports.ts';
import type { AnyProjection } from '../../core/read/projection.ts';
import type { Pointers } from '../../core/rebuild/pointers.ts';
import { servedReader } from '../../core/rebuild/serving.ts';
import { aggregateOf, type Domain, projectionNames, projectionsOf, revisionsOf } from '../../core/registry/domain.ts';
import { relaysOf } from '../../core/registry/followers.ts';
import { toAsyncApi } from '../openapi/asyncapi.ts';
import { toOpenApi } from '../openapi/openapi.ts';
import { isCursorOf } from '../read-models/cursor.ts';
import type { Access } from './authorization.ts';
import { type HttpResponse, ok, type Route } from './http.ts';
import { type HttpRequest, param, wholeNumber } from './http-request.ts';
import { listQuery } from './list-query.ts';
import { toProblem } from './problem.ts';
import { streamRoutes } from './stream-routes.ts';

export interface Querying extends Pick<ProjectionPorts, 'eventStore' | 'readModels' | 'now' | 'pause'> {
  readonly domain: Domain;
  readonly pointers: Pointers;
  /** Whether the API asks for tokens. */
  readonly auth?: Access['auth'];
  /** The claim that says which tenant a caller is of; absent: there are no tenants. */
  readonly tenantClaim?: Access['tenantClaim'];
}

/** Everything that is asked with GET. */
export const queryRoutes = (querying: Querying): Readonly<Record<string, Route>> => {
  const { domain, eventStore, readModels } = querying;
  const readDocument = documentReader(querying);
  const served = servedReader(querying);
  return {
    'GET /{projection}/{key}': async (request) => {
      const { answer, projection, isComplete } = await served(param(request, 'projection'), (revision) => {
        const key = documentKey(domain, revision, request);
        return readDocument({ projection: revision, key, ...freshness(domain, revision, request) });
      });
      const { document, version, recordedAt, parked } = answer;
      if (document === null) return noDocument(request, isComplete);
      const headers = {
        'last-modified': new Date(recordedAt).toUTCString(),
        ...(parked === undefined ? {} : { 'x-parked': parked.eventId }),
        ...completeness(isComplete),
      };
      return unlessKnown(request, tagOf(projection, version), ok(document, headers));
    },
    'GET /{projection}': async (request) => {
      const { answer, isComplete } = await served(param(request, 'projection'), (revision) =>
        readModels.list(...listQuery(cursorsRevision(domain, revision, request), request)),
      );
      return ok(answer, completeness(isComplete));
    },
    'GET /parked/{projection}': async (request) => {
      const limit = wholeNumber(request, 'limit', { least: 1, most: 100, otherwise: 25 });
      const page = { tenant: request.caller.tenant, limit, cursor: request.query['cursor'] };
      const name = param(request, 'projection');
      const [relay] = relaysOf(domain).filter((one) => one.name === name);
      if (relay !== undefined) return ok(await readModels.parked(relay, page));
      const { answer } = await served(name, (revision) => readModels.parked(revision, page));
      return ok(answer);
    },
    ...streamRoutes({ domain, eventStore }),
    'GET /openapi.json': async () => {
      const serving = await Promise.all(projectionNames(domain).map((name) => served(name, async () => {})));
      return ok(toOpenApi({ ...domain, projections: serving.map(({ projection }) => projection) }, querying));
    },
    'GET /asyncapi.json': async () => ok(toAsyncApi(domain, querying.tenantClaim !== undefined)),
    'GET /health': async () => ok({ status: 'ok' }),
  };
};

/** What is missing from a read model that is still being filled for the first time may only be missing so far. */
const completeness = (isComplete: boolean): Readonly<Record<string, string>> => (isComplete ? {} : { 'x-freshness': 'filling' });

const noDocument = (request: HttpRequest, isComplete: boolean): HttpResponse => {
  const [name, key] = [param(request, 'projection'), param(request, 'key')];
  const detail = `${name} has no document '${key}'${isComplete ? '' : ' yet: it is still being filled'}`;
  const problem = toProblem(new NotFound('NotFound', detail), request.correlationId);
  return { ...problem, headers: { ...problem.headers, ...completeness(isComplete) } };
};

/** The version; from a projection's second revision on, with the revision: after a flip, a copy of the old document is not the new one. */
const tagOf = ({ revision }: AnyProjection, version: number): string => (revision === 1 ? `"${version}"` : `"${version}-r${revision}"`);

/** A list goes on in the revision that it began in, for as long as that is there. */
const cursorsRevision = (domain: Domain, serving: AnyProjection, request: HttpRequest): AnyProjection => {
  const { cursor } = request.query;
  if (cursor === undefined) return serving;
  return revisionsOf(domain, serving.name).find((one) => isCursorOf(cursor, () => listQuery(one, request))) ?? serving;
};

/** A document of one stream has the stream's id for a key; another's key is the projection's to choose. The tenant leads both. */
const documentKey = (domain: Domain, projection: AnyProjection, request: HttpRequest): string => {
  const key = param(request, 'key');
  const { tenant } = request.caller;
  if (projection.key === undefined) return ofTenant(tenant, address(aggregateOf(domain, projection).name, key).id);
  const most = 2048 - Buffer.byteLength(ofTenant(tenant, ''));
  if (key !== '' && Buffer.byteLength(key) <= most) return ofTenant(tenant, key);
  throw new Invalid('InvalidId', `a key has 1 to ${most} bytes`, { issues: [{ path: ['key'], message: `1 to ${most} bytes` }] });
};

/** What `Read-After` and `Prefer: wait=…` ask for; tokens of streams that are not in the projection have no part in it. */
const freshness = (
  domain: Domain,
  projection: AnyProjection,
  { headers, caller }: HttpRequest,
): { after: readonly Token[]; waitSeconds: number } => {
  const tokens = (headers['read-after'] ?? '').split(',').map((token) => token.trim());
  const after = tokens.filter((token) => token !== '').map((token) => tokenOf(token, caller.tenant));
  const waitSeconds = Number(/(?:^|[,\s])wait=(\d{1,4})(?:$|[;,\s])/.exec(headers['prefer'] ?? '')?.[1] ?? 0);
  const isListenedTo = ({ stream }: Token): boolean => projectionsOf(domain)(stream.aggregate).includes(projection);
  return { after: after.filter(isListenedTo), waitSeconds: Math.min(waitSeconds, maxWaitSeconds) };
};

/** The caller's tenant is put in: a token has none, and one that names any is refused. @throws Invalid (`InvalidRequest`). */
const tokenOf = (text: string, tenant: string | undefined): Token => {
  const { stream, version } = parseToken(text);
  if (stream.tenant !== undefined) throw new Invalid('InvalidRequest', `'${text}' is not a token (stream@version)`);
  return { stream: address(stream.aggregate, stream.id, tenant), version };
};

const maxWaitSeconds = 8; // The function's own time is 10 seconds.

/** 304 where the caller's copy has this tag already. */
const unlessKnown = ({ headers }: HttpRequest, etag: string, { headers: others, ...response }: HttpResponse): HttpResponse => {
  const known = (headers['if-none-match'] ?? '').split(',').map((tag) => tag.trim());
  const tagged = { ...others, etag, 'cache-control': 'no-cache' };
  return known.includes(etag) ? { status: 304, headers: tagged } : { ...response, headers: tagged };
};
