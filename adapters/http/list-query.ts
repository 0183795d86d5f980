import { Invalid } from '../../core/basics/errors.ts';
import { ofTenant } from '../../core/basics/stream.ts';
import { type AnyProjection, type Index, keyTypeOf } from '../../core/read/projection.ts';
import type { ListQuery } from '../../core/read/read-models.ts';
import { compareKeys, isKey, maxPartitionBytes } from '../read-models/index-fields.ts';
import { type HttpRequest, wholeNumber } from './http-request.ts';

/**
 * What a list asks for: `?customerId=ada&from=2018-01&to=2018-02&order=desc&limit=10`. Where several indexes have the same
 * partition, `sort` says which one. @throws Invalid (`InvalidRequest`), saying what is possible.
 */
export const listQuery = (projection: AnyProjection, request: HttpRequest): [AnyProjection, ListQuery] => {
  if (request.headers['read-after'] !== undefined) throw new Invalid('InvalidRequest', 'Read-After is for a document, not for a list');
  const { limit, cursor, order, sort, from, to, ...fields } = request.query;
  const [name, index] = askedIndex(projection, Object.keys(fields), sort);
  if (order !== undefined && order !== 'asc' && order !== 'desc') throw new Invalid('InvalidRequest', "'order' is asc or desc");
  const bounds = rangeOf(projection, index, { from, to });
  return [
    projection,
    {
      tenant: request.caller.tenant,
      index: name,
      value: keyValue(projection, index.partition, fields[index.partition] as string, {
        maxBytes: maxPartitionBytes - Buffer.byteLength(ofTenant(request.caller.tenant, '')),
      }),
      ...bounds,
      limit: wholeNumber(request, 'limit', { least: 1, most: 100, otherwise: 25 }),
      descending: order === 'desc',
      cursor,
    },
  ];
};

/** The index that answers a query by these fields: one, and it has to be a declared partition. */
const askedIndex = (
  { name, indexes = {} }: AnyProjection,
  fields: readonly string[],
  sort: string | undefined,
): readonly [string, Index] => {
  const declared = Object.entries<Index>(indexes);
  const found = declared.find(
    ([, index]) => fields.length === 1 && index.partition === fields[0] && (sort === undefined || index.sort === sort),
  );
  if (found !== undefined) return found;
  if (declared.length === 0) throw new Invalid('InvalidRequest', `${name} has no index: its documents are asked for by their keys`);
  const possible = declared.map(([, index]) => `?${index.partition}=…&sort=${index.sort}`).join(' or ');
  throw new Invalid('InvalidRequest', `${name} is listed by ${possible}, with from, to, limit, cursor and order`);
};

type Bounds<T> = { readonly from?: T | undefined; readonly to?: T | undefined };

const rangeOf = (projection: AnyProjection, { sort }: Index, given: Bounds<string>): Bounds<string | number> => {
  const bound = (name: 'from' | 'to') => (given[name] === undefined ? undefined : keyValue(projection, sort, given[name], { name }));
  const [from, to] = [bound('from'), bound('to')];
  if (from !== undefined && to !== undefined && compareKeys(from, to) > 0)
    throw new Invalid('InvalidRequest', `'from' is after 'to': ${sort} cannot be both`);
  return { from, to };
};

const keyValue = (
  projection: AnyProjection,
  field: string,
  given: string,
  { name = field, maxBytes }: { readonly name?: string; readonly maxBytes?: number },
): string | number => {
  const isNumber = keyTypeOf(projection, field) === 'number';
  const value = isNumber && decimal.test(given) ? Number(given) : given;
  if (isNumber === (typeof value === 'number') && isKey(value, maxBytes)) return value;
  throw new Invalid('InvalidRequest', `'${name}' cannot be '${given.slice(0, 100)}'`);
};

const decimal = /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i;
