import { Invalid, NotFound } from '../../core/basics/errors.ts';
import { address, ofTenant, parseToken } from '../../core/basics/stream.ts';
import { documentReader, type Token } from '../../core/read/document-reader.ts';
import type { ProjectionPorts } from '../../core/read/ports.ts';
import { type AnyProjection, isOfOneStream } from '../../core/read/projection.ts';
import type { ServedReader } from '../../core/rebuild/serving.ts';
import { aggregateOf, type Domain, projectionsOf } from '../../core/registry/domain.ts';
import { notListing } from '../read-models/index-fields.ts';
import type { Handlers } from './http.ts';
import type { HttpRequest } from './http-request.ts';
import { type AnswerOf, ok } from './http-response.ts';
import { demandOwnEvents, demandOwned } from './owner/own-documents.ts';
import { toProblem } from './problem.ts';

export interface DocumentQueries extends ProjectionPorts {
  readonly domain: Domain;
}

/** Answers with one document, by its key. */
export const documentRoute = (queries: DocumentQueries, served: ServedReader): Handlers<'document'> => {
  const { domain } = queries;
  const readDocument = documentReader(queries);
  return {
    document: async (request) => {
      const tokens = tokensIn(request);
      const waitSeconds = waitSecondsIn(request);
      const { owner } = request.caller;
      const { answer, projection, isComplete } = await served(request.params.projection, async (revision) => {
        // Tokens of streams that the projection does not listen to are ignored.
        const isListenedTo = ({ stream }: Token): boolean => projectionsOf(domain)(stream.aggregate).includes(revision);
        const key = documentKey(domain, revision, request);
        const after = tokens.filter(isListenedTo);
        if (owner !== undefined) await demandOwn(queries, revision, { after, owner });
        return readDocument({ projection: revision, key, after, waitSeconds, owner });
      });
      const { document, version, recordedAt, parked } = answer;
      // To a caller who reads its own only, a document that is parked at its first event is nobody's.
      const isTold = parked !== undefined && !(document === null && owner !== undefined);
      const freshness: Freshness = { ...(isTold ? { 'x-parked': parked.eventId } : {}), ...completeness(isComplete) };
      if (document === null) return noDocument(request, freshness);
      const headers = { 'last-modified': new Date(recordedAt).toUTCString(), ...freshness, ...unlisted(projection, document) };
      return unlessKnown(request, projection, { version, answer: ok(document, headers) });
    },
  };
};

interface OwnRead {
  readonly after: readonly Token[];
  readonly owner: string;
}

/** For a document of one stream the reader itself tells nothing of another's. @throws Denied; Invalid (`InvalidRequest`). */
const demandOwn = async (queries: DocumentQueries, projection: AnyProjection, { after, owner }: OwnRead): Promise<void> => {
  demandOwned(queries.domain, projection);
  if (!isOfOneStream(projection)) await demandOwnEvents(queries, after, owner);
};

/** The header that marks a read model that is still being filled for the first time: a missing document may yet come. */
export const completeness = (isComplete: boolean): { readonly 'x-freshness'?: string } => (isComplete ? {} : { 'x-freshness': 'filling' });

/** The header that names the lists without this document. */
const unlisted = (...listed: Parameters<typeof notListing>): { readonly 'x-unlisted'?: string } => {
  const names = notListing(...listed);
  return names.length === 0 ? {} : { 'x-unlisted': names.join(', ') };
};

type Freshness = { readonly 'x-parked'?: string; readonly 'x-freshness'?: string };

const noDocument = ({ params, correlationId }: HttpRequest<'document'>, freshness: Freshness): AnswerOf<'document'> => {
  const { 'x-parked': event, 'x-freshness': filling } = freshness;
  const missing = filling === undefined ? '' : ' yet: it is still being filled';
  const why = event === undefined ? missing : `: it cannot apply ${event}`;
  const problem = toProblem(new NotFound('NotFound', `${params.projection} has no document '${params.key}'${why}`), correlationId);
  return { ...problem, headers: { ...problem.headers, ...freshness } };
};

/** The ETag: the version, and from the second revision on also the revision, because a flip changes the document at the same version. */
const tagOf = ({ revision }: AnyProjection, version: number): string => (revision === 1 ? `"${version}"` : `"${version}-r${revision}"`);

/** The key of a document of one stream is the stream's id. Otherwise the projection chooses the key. The tenant comes first in both. */
const documentKey = (
  domain: Domain,
  projection: AnyProjection,
  { params: { key }, caller: { tenant } }: HttpRequest<'document'>,
): string => {
  if (isOfOneStream(projection)) return ofTenant(tenant, address(aggregateOf(domain, projection).name, key).id);
  const most = 2048 - Buffer.byteLength(ofTenant(tenant, ''));
  if (key !== '' && Buffer.byteLength(key) <= most) return ofTenant(tenant, key);
  throw new Invalid('InvalidId', `a key has 1 to ${most} bytes`, { issues: [{ path: ['key'], message: `1 to ${most} bytes` }] });
};

/** `Read-After`: the tokens of the events that the document must hold. */
const tokensIn = ({ headers, caller }: HttpRequest<'document'>): readonly Token[] => {
  const tokens = (headers['read-after'] ?? '').split(',').map((token) => token.trim());
  return tokens.filter((token) => token !== '').map((token) => tokenOf(token, caller.tenant));
};

/** Adds the caller's tenant to a token. A token that names a tenant itself is refused. @throws Invalid (`InvalidRequest`). */
const tokenOf = (text: string, tenant: string | undefined): Token => {
  const { stream, version } = parseToken(text);
  if (stream.tenant !== undefined) throw new Invalid('InvalidRequest', `'${text}' is not a token (stream@version)`);
  return { stream: address(stream.aggregate, stream.id, tenant), version };
};

const maxWaitSeconds = 8; // The function's own time is 10 seconds.

/** `Prefer: wait=2`. */
const waitSecondsIn = ({ headers }: HttpRequest<'document'>): number => {
  const asked = Number(/(?:^|[,\s])wait=(\d{1,4})(?:$|[;,\s])/.exec(headers.prefer ?? '')?.[1] ?? 0);
  return Math.min(asked, maxWaitSeconds);
};

/** 304, if the caller's copy already has this ETag. The comparison is weak: a proxy that compresses answers makes `W/"8"` of `"8"`. */
const unlessKnown = (
  { headers }: HttpRequest<'document'>,
  projection: AnyProjection,
  { version, answer }: { readonly version: number; readonly answer: AnswerOf<'document'> },
): AnswerOf<'document'> => {
  const etag = tagOf(projection, version);
  const { headers: others, ...response } = answer;
  const known = (headers['if-none-match'] ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  // Who may see a document with an owner differs from caller to caller, so no shared cache keeps it.
  const tagged = { ...others, etag, 'cache-control': projection.owner === undefined ? 'no-cache' : 'private, no-cache' };
  return known.includes(etag) || known.includes('*') ? { status: 304, headers: tagged } : { ...response, headers: tagged };
};
