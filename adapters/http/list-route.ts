import { Invalid } from '../../core/basics/errors.ts';
import { belongsTo } from '../../core/read/owner.ts';
import { type AnyProjection, type Index, keyTypeOf } from '../../core/read/projection.ts';
import type { ListQuery } from '../../core/read/read-models.ts';
import type { ServedReader } from '../../core/rebuild/serving.ts';
import { type Domain, revisionsOf } from '../../core/registry/domain.ts';
import { revisionIn } from '../read-models/cursor.ts';
import { compareKeys, isKey } from '../read-models/index-fields.ts';
import { completeness, type DocumentQueries } from './document-route.ts';
import type { Handlers } from './http.ts';
import { type HttpRequest, spaceForPlus } from './http-request.ts';
import { ok } from './http-response.ts';
import { demandOwned, indexesOfOwner } from './owner/own-documents.ts';

/** Lists documents by a field that the projection declares as an index. */
export const listRoute = ({ domain, readModels }: DocumentQueries, served: ServedReader): Handlers<'documents'> => ({
  documents: async (request) => {
    if (request.headers['read-after'] !== undefined) throw new Invalid('InvalidRequest', 'Read-After applies to a document, not to a list');
    const { owner } = request.caller;
    const { answer, isComplete } = await served(request.params.projection, async (serving) => {
      const revision = cursorsRevision(domain, serving, request);
      if (owner !== undefined) demandOwned(domain, revision);
      const query = listQuery(revision, request);
      // Of another's documents, and of those that do not exist, the answer is the same, and no cursor is opened.
      if (owner !== undefined && query.value !== owner) return { items: [] };
      const page = await readModels.list(revision, query);
      if (owner === undefined) return page;
      return { ...page, items: page.items.filter(({ document }) => belongsTo(revision, document, owner)) };
    });
    return ok(answer, completeness(isComplete));
  },
});

/** A list continues in the revision in which it began, as long as that revision exists. */
const cursorsRevision = (domain: Domain, serving: AnyProjection, { query: { cursor } }: HttpRequest<'documents'>): AnyProjection => {
  if (cursor === undefined) return serving;
  const begun = revisionIn(cursor);
  return revisionsOf(domain, serving.name).find(({ revision }) => revision === begun) ?? serving;
};

/**
 * The query of a list: `?customerId=ada&from=2018-01&to=2018-02&order=desc&limit=10`. If several indexes have the same partition, `sort`
 * chooses one. Each revision has its own indexes, so the revision checks the fields. @throws Invalid (`InvalidRequest`), which names the
 * possible queries.
 */
const listQuery = (projection: AnyProjection, request: HttpRequest<'documents'>): ListQuery => {
  const { otherQuery: fields, caller } = request;
  const { limit, cursor, order, sort, from, to } = request.query;
  const [name, index] = askedIndex(projection, { fields: Object.keys(fields), sort, isOwnerOnly: caller.owner !== undefined });
  const bounds = rangeOf(projection, index, { from, to });
  return {
    tenant: caller.tenant,
    index: name,
    value: keyValue(projection, index.partition, fields[index.partition] as string),
    ...bounds,
    limit,
    descending: order === 'desc',
    cursor,
  };
};

interface AskedFields {
  readonly fields: readonly string[];
  readonly sort: string | undefined;
  /** The caller may list its own documents only. */
  readonly isOwnerOnly: boolean;
}

/** The index for a query by these fields. The query must have exactly one field, and the field must be a declared partition. */
const askedIndex = (projection: AnyProjection, { fields, sort, isOwnerOnly }: AskedFields): readonly [string, Index] => {
  const { name, indexes = {} } = projection;
  const declared = Object.entries<Index>(isOwnerOnly ? indexesOfOwner(projection) : indexes);
  const found = declared.find(
    ([, index]) => fields.length === 1 && index.partition === fields[0] && (sort === undefined || index.sort === sort),
  );
  if (found !== undefined) return found;
  if (declared.length === 0 && isOwnerOnly)
    throw new Invalid('InvalidRequest', `${name} has no index by its owner: read your own documents by their keys`);
  if (declared.length === 0) throw new Invalid('InvalidRequest', `${name} has no index: read its documents by their keys`);
  const possible = declared.map(([, index]) => `?${index.partition}=…&sort=${index.sort}`).join(' or ');
  const unknown = fields.filter((field) => !declared.some(([, { partition }]) => partition === field)).map((field) => `'${field}'`);
  const listed = unknown.length === 0 ? 'listed' : `not listed by ${unknown.join(', ').slice(0, 200)}, but`;
  const whose = isOwnerOnly ? ' with your own value, because this token lists its own documents only' : '';
  throw new Invalid('InvalidRequest', `${name} is ${listed} by ${possible}${whose}; from, to, limit, cursor and order are optional`);
};

type Bounds<T> = { readonly from?: T | undefined; readonly to?: T | undefined };

const rangeOf = (projection: AnyProjection, { sort }: Index, given: Bounds<string>): Bounds<string | number> => {
  const bound = (name: 'from' | 'to') => (given[name] === undefined ? undefined : keyValue(projection, sort, given[name], name));
  const [from, to] = [bound('from'), bound('to')];
  if (from !== undefined && to !== undefined && compareKeys(from, to) > 0)
    throw new Invalid('InvalidRequest', `'from' is after 'to': no ${sort} lies between them`);
  return { from, to };
};

/** A value that the field of a listed document can have. `name`: what the parameter is called. @throws Invalid (`InvalidRequest`). */
const keyValue = (projection: AnyProjection, field: string, given: string, name = field): string | number => {
  if (spaceForPlus.test(given))
    throw new Invalid('InvalidRequest', `'${name}' has a space in '${given}': in a query a + is a space, so send %2B in place of +`);
  const isNumber = keyTypeOf(projection, field) === 'number';
  const value = isNumber && decimal.test(given) ? Number(given) : given;
  if (isNumber === (typeof value === 'number') && isKey(value)) return value;
  throw new Invalid('InvalidRequest', `'${name}' cannot be '${given.slice(0, 100)}'`);
};

const decimal = /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i;
