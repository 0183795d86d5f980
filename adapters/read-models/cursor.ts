import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import * as z from 'zod';
import { Invalid } from '../../core/basics/errors.ts';
import { ofTenant } from '../../core/basics/stream.ts';
import { type AnyProjection, keyTypeOf } from '../../core/read/projection.ts';
import { type ListQuery, maxKeyBytes, type ParkedQuery } from '../../core/read/read-models.ts';
import { indexOf, isKey, isWithin, maxPartitionBytes } from './index-fields.ts';

/** The keys that seal cursors. The first key seals, and each key opens: so a key can be replaced while clients hold cursors of it. */
export type CursorKeys = readonly [string, ...string[]];

/** The last row of a page. */
export interface Position {
  /** Without the tenant, so that a cursor names no row of another tenant even if a key becomes known. */
  readonly key: string;
  readonly sort: string | number;
}

/** Makes and opens cursors. Both `open` functions throw Invalid (`InvalidCursor`). */
export interface Cursors {
  readonly ofList: (projection: AnyProjection, query: ListQuery, position: Position) => string;
  readonly openList: (projection: AnyProjection, query: ListQuery, cursor: string) => Position;
  readonly ofParked: (projection: AnyProjection, query: ParkedQuery, position: Position) => string;
  readonly openParked: (projection: AnyProjection, query: ParkedQuery, cursor: string) => Position;
}

/**
 * Cursors are opaque, and sealed to their list: tenant, projection, revision, index, value, range and order, but not the limit. A cursor
 * that was altered, made up or taken from another list does not open. docs/decisions/0019-cursor-keys.md says where the keys come from.
 *
 * Without `keys`, a key of this object: it opens its own cursors only. That is enough for a tool that reads all pages in one process.
 */
export const cursorsWith = (keys: CursorKeys = [randomBytes(sealBytes).toString('base64url')]): Cursors => {
  const make = (list: SealedList, { key, sort }: Position): string => {
    const content = Buffer.from(JSON.stringify([list.projection.revision, key, sort]));
    return Buffer.concat([seal(keys[0], list, content), content]).toString('base64url');
  };
  const open = (list: SealedList, cursor: string, isValid: (position: Position) => boolean): Position => {
    const { sealed, content } = partsOf(cursor);
    const isOurs = sealed.length === sealBytes && keys.some((key) => timingSafeEqual(sealed, seal(key, list, content)));
    const [, key, sort] = (isOurs ? contentIn(content) : undefined) ?? [];
    if (key !== undefined && sort !== undefined && isValid({ key, sort })) return { key, sort };
    throw new Invalid('InvalidCursor', 'the cursor is not of this list, or is too old: begin with the first page again');
  };
  return {
    ofList: (projection, query, position) => make(listOf(projection, query), position),
    openList: (projection, query, cursor) => open(listOf(projection, query), cursor, (position) => isInList(projection, query, position)),
    ofParked: (projection, query, position) => make(parkedOf(projection, query), position),
    openParked: (projection, query, cursor) => open(parkedOf(projection, query), cursor, (position) => isInParked(query, position)),
  };
};

/** The revision that a cursor names, unchecked: only that revision of the projection opens the cursor. */
export const revisionIn = (cursor: string): number | undefined => contentIn(partsOf(cursor).content)?.[0];

const sealBytes = 32;

/** What a seal covers, apart from the content of the cursor. */
interface SealedList {
  readonly projection: AnyProjection;
  readonly of: readonly unknown[];
}

const listOf = (projection: AnyProjection, { tenant, index, value, from, to, descending }: ListQuery): SealedList => ({
  projection,
  of: ['list', tenant, index, value, from, to, descending],
});

const parkedOf = (projection: AnyProjection, { tenant, ofEveryTenant = false }: ParkedQuery): SealedList => ({
  projection,
  of: ['parked', tenant, ofEveryTenant],
});

/** The first part is a JSON array, which shows its own end: no two pairs of list and content have the same text. */
const seal = (key: string, { projection: { name, revision }, of }: SealedList, content: Buffer): Buffer =>
  createHmac('sha256', key)
    .update(JSON.stringify([name, revision, ...of]))
    .update(content)
    .digest();

/** Empty parts, if the cursor is not base64url exactly as it is made here: Node's decoder passes over other characters. */
const partsOf = (cursor: string): { readonly sealed: Buffer; readonly content: Buffer } => {
  const bytes = Buffer.from(cursor, 'base64url');
  const known = bytes.toString('base64url') === cursor ? bytes : Buffer.alloc(0);
  return { sealed: known.subarray(0, sealBytes), content: known.subarray(sealBytes) };
};

/** The schema is made when a cursor arrives, because most instances never get one. */
const contentIn = (content: Buffer): readonly [revision: number, key: string, sort: string | number] | undefined => {
  const schema = z.tuple([z.number(), z.string(), z.union([z.string(), z.number()])]);
  try {
    return schema.safeParse(JSON.parse(content.toString('utf8'))).data;
  } catch {
    return undefined; // Not JSON.
  }
};

/**
 * Whether a query of the index can begin after the position. A database answers any other position with an error. A position without a
 * place in the index has a valid seal if the index was changed without a new revision, or if a key became known.
 */
const isInList = (projection: AnyProjection, query: ListQuery, { key, sort }: Position): boolean =>
  isRowKey(query.tenant, key, maxPartitionBytes) &&
  typeof sort === keyTypeOf(projection, indexOf(projection, query.index).sort) &&
  isKey(sort) &&
  isWithin(query, sort);

/** An operator's position also says whose partition of parked streams it is in. */
const isInParked = ({ tenant, ofEveryTenant = false }: ParkedQuery, { key, sort }: Position): boolean =>
  isRowKey(tenant, key, maxKeyBytes) && (ofEveryTenant ? typeof sort === 'string' && isKey(sort, maxPartitionBytes) : sort === '');

const isRowKey = (tenant: string | undefined, key: string, maxBytes: number): boolean =>
  key !== '' && isKey(ofTenant(tenant, key), maxBytes);
