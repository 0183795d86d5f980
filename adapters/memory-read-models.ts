import { type AnyProjection, nothing, type Versioned } from '../core/projection.ts';
import type { Entry, ReadModels } from '../core/read-models.ts';
import { fromCursor, toCursor } from './cursor.ts';
import { indexOf, keyFields } from './index-fields.ts';

/** Read models that forget: for tests. */
export const memoryReadModels = (): ReadModels => {
  const tables = new Map<string, Map<string, Versioned>>();
  const tableOf = ({ name, revision }: AnyProjection): Map<string, Versioned> => {
    const table = tables.get(`${name}@${revision}`) ?? new Map<string, Versioned>();
    tables.set(`${name}@${revision}`, table);
    return table;
  };

  return {
    get: async (projection, key) => tableOf(projection).get(key) ?? nothing,

    replace: async (projection, key, from, next) => {
      const table = tableOf(projection);
      if ((table.get(key) ?? nothing).version !== from) return false;
      table.set(key, structuredClone(next));
      return true;
    },

    list: async (projection, query) => {
      const { partition, sort } = indexOf(projection, query.index);
      const rows = [...tableOf(projection)].flatMap(([key, { document, ...rest }]) => {
        const fields = keyFields(projection, document);
        const place = fields[sort];
        return document !== null && place !== undefined && fields[partition] === query.value
          ? [{ entry: { key, document, ...rest }, place }]
          : [];
      });
      const compare = (a: Place, b: Place) => (query.descending ? -1 : 1) * ascending(a, b);
      rows.sort(compareBy(compare));
      const start = query.cursor === undefined ? undefined : fromCursor(projection, query, query.cursor);
      const rest = start === undefined ? rows : rows.filter(({ entry, place }) => compare({ key: entry.key, sort: place }, start) > 0);
      const page = rest.slice(0, query.limit);
      const last = page.at(-1);
      const items: Entry[] = page.map(({ entry }) => entry);
      if (last === undefined || rest.length <= query.limit) return { items };
      return { items, cursor: toCursor(projection, query, { key: last.entry.key, sort: last.place }) };
    },
  };
};

type Place = { readonly key: string; readonly sort: string | number };
type Row = { readonly entry: Entry; readonly place: string | number };

const compareBy = (compare: (a: Place, b: Place) => number) => (a: Row, b: Row) =>
  compare({ key: a.entry.key, sort: a.place }, { key: b.entry.key, sort: b.place });

const ascending = (a: Place, b: Place): number => {
  if (a.sort !== b.sort) return a.sort < b.sort ? -1 : 1;
  return a.key === b.key ? 0 : a.key < b.key ? -1 : 1;
};
