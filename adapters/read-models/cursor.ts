import { createHash } from 'node:crypto';
import * as z from 'zod';
import { Invalid } from '../../core/basics/errors.ts';
import type { AnyProjection } from '../../core/read/projection.ts';
import type { ListQuery, ParkedQuery } from '../../core/read/read-models.ts';

/** The last row of a page. */
export interface Position {
  readonly key: string;
  readonly sort: string | number;
}

/** The schema is made when a cursor arrives, because most instances never get one. */
const content = () => z.tuple([z.string(), z.string(), z.union([z.string(), z.number()])]);

/**
 * An opaque cursor that is bound to its query. It is refused for another tenant, projection, index, value, range or order, or if it was
 * altered. Its key is without the tenant, so a forged cursor cannot reach another tenant's rows.
 */
export const toCursor = (projection: AnyProjection, query: ListQuery, { key, sort }: Position): string =>
  Buffer.from(JSON.stringify([seal(projection, query, key, sort), key, sort])).toString('base64url');

/** The position in a cursor. @throws Invalid (`InvalidCursor`). */
export const fromCursor = (projection: AnyProjection, query: ListQuery, cursor: string): Position => {
  const [sealed, key, sort] = contentOf(cursor);
  if (sealed !== seal(projection, query, key, sort)) throw badCursor('it belongs to another query');
  return { key, sort };
};

/** Whether a cursor belongs to this query. */
export const isCursorOf = (cursor: string, query: () => readonly [AnyProjection, ListQuery]): boolean => {
  try {
    fromCursor(...query(), cursor);
    return true;
  } catch (error) {
    if (error instanceof Invalid) return false;
    throw error;
  }
};

const contentOf = (cursor: string): z.output<ReturnType<typeof content>> => {
  try {
    return content().parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
  } catch {
    throw badCursor('it is not one that this API gave out');
  }
};

const seal = ({ name, revision }: AnyProjection, query: ListQuery, key: string, sort: string | number): string => {
  const { tenant, index, value, from, to, descending } = query;
  const whose = tenant === undefined ? [] : [tenant];
  return createHash('sha256')
    .update(JSON.stringify([name, revision, index, value, from, to, descending, key, sort, ...whose]))
    .digest('base64url')
    .slice(0, 11);
};

const badCursor = (why: string): Invalid => new Invalid('InvalidCursor', `the cursor cannot be used: ${why}`);

/** The cursor of a list of parked streams. */
export const toParkedCursor = (projection: AnyProjection, query: ParkedQuery, { key, sort }: Position): string =>
  toCursor(projection, parkedIn(query), { key, sort });

/** The position in a cursor of parked streams. @throws Invalid (`InvalidCursor`). */
export const fromParkedCursor = (projection: AnyProjection, query: ParkedQuery, cursor: string): Position =>
  fromCursor(projection, parkedIn(query), cursor);

const parkedIn = ({ tenant, ofEveryTenant = false }: ParkedQuery): ListQuery => ({
  tenant,
  index: 'parked',
  value: ofEveryTenant ? 'of every tenant' : '',
  limit: 0,
  descending: false,
});
