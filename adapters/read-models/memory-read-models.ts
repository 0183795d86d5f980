import { ofTenant, withoutTenant } from '../../core/basics/stream.ts';
import { type AnyProjection, nothing, parkedIndex, tableKey } from '../../core/read/projection.ts';
import type { Change, Entry, ReadModels, Row } from '../../core/read/read-models.ts';
import { type CursorKeys, cursorsWith } from './cursor.ts';
import { compareKeys, indexAttributes, indexOf, isWithin, partitionValue } from './index-fields.ts';
import { fromReadItem, hasRoom, parkedMark, type ReadItem, toReadItem, toReadItems } from './read-item.ts';

/** Read models in memory, for tests. */
export const memoryReadModels = (cursorKeys?: CursorKeys): ReadModels => {
  const cursors = cursorsWith(cursorKeys);
  const tables = new Map<string, Map<string, ReadItem>>();
  const tableOf = (projection: AnyProjection): Map<string, ReadItem> => {
    const table = tables.get(tableKey(projection)) ?? new Map<string, ReadItem>();
    tables.set(tableKey(projection), table);
    return table;
  };
  const rowAt = (projection: AnyProjection, key: string): Row => {
    const item = tableOf(projection).get(key);
    return item === undefined ? nothing : fromReadItem(item);
  };

  return {
    tableOf: tableKey,

    get: async (projection, key) => rowAt(projection, key),

    getMany: async (projection, keys) =>
      new Map(keys.filter((key) => tableOf(projection).has(key)).map((key) => [key, rowAt(projection, key)])),

    write: async (projection, changes) => {
      const isThere = ({ key, from }: Change): boolean =>
        from === 'unread' ? !tableOf(projection).has(key) : rowAt(projection, key).version === from;
      if (!changes.every(isThere)) return false;
      const items = toReadItems(projection, changes);
      for (const item of items) tableOf(projection).set(item.key, item);
      return true;
    },

    insert: async (projection, rows) => {
      const missing = rows.map((row) => toReadItem(projection, row)).filter((item) => !tableOf(projection).has(item.key));
      const items = missing.filter(hasRoom);
      for (const item of items) tableOf(projection).set(item.key, item);
      return new Set(items.map(({ key }) => key));
    },

    list: async (projection, query) => {
      const { partition, sort } = indexAttributes(indexOf(projection, query.index), query.tenant !== undefined);
      const value = partitionValue(query.tenant, query.value);
      const found = [...tableOf(projection).values()].flatMap((item) => {
        const { document, version, recordedAt } = fromReadItem(item);
        const place = item[sort] as string | number | undefined;
        if (document === null || place === undefined || item[partition] !== value || !isWithin(query, place)) return [];
        const key = withoutTenant(query.tenant, item.key);
        return [{ entry: { key, document, version, recordedAt }, key, sort: place }];
      });
      const compare = (a: Place, b: Place) => (query.descending ? -1 : 1) * ascending(a, b);
      const start = query.cursor === undefined ? undefined : cursors.openList(projection, query, query.cursor);
      const rest = found.sort(compare).filter((place) => start === undefined || compare(place, start) > 0);
      const items: Entry[] = rest.slice(0, query.limit).map(({ entry }) => entry);
      const last = rest[query.limit - 1];
      return last === undefined || rest.length <= query.limit ? { items } : { items, cursor: cursors.ofList(projection, query, last) };
    },

    parked: async (projection, query) => {
      const { tenant, ofEveryTenant = false, limit, cursor } = query;
      const start = cursor === undefined ? '' : ofTenant(tenant, cursors.openParked(projection, query, cursor).key);
      const isMeant = (mark: unknown): boolean => mark !== undefined && (ofEveryTenant || mark === parkedMark(tenant));
      const found = [...tableOf(projection).values()].filter((item) => item.key > start && isMeant(item[parkedIndex]));
      const items = found.sort((a, b) => (a.key < b.key ? -1 : 1)).slice(0, limit);
      const faults = { items: items.flatMap((item) => fromReadItem(item).parked ?? []) };
      const last = items.at(-1);
      if (last === undefined || found.length <= limit) return faults;
      const sort = ofEveryTenant ? (last[parkedIndex] as string) : '';
      return { ...faults, cursor: cursors.ofParked(projection, query, { key: withoutTenant(tenant, last.key), sort }) };
    },
  };
};

interface Place {
  readonly key: string;
  readonly sort: string | number;
}

const ascending = (a: Place, b: Place): number => compareKeys(a.sort, b.sort) || compareKeys(a.key, b.key);
