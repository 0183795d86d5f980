import { expect, test } from '@jest/globals';
import { foldingOf } from '../../core/write/decider.ts';
import { append } from '../../test/support/requests.ts';
import { tally } from '../../test/support/tally.ts';
import type { CommitItem } from './commit-item.ts';
import type { CommitLog } from './commit-log.ts';
import { eventStore } from './store-on-commit-log.ts';

const itemsPerPage = 3;

/** Pages as DynamoDB cuts them: after a full page there may be more, even if no item is left. Bounds in the wrong order are an error. */
const cutLog = (): CommitLog => {
  const kept: CommitItem[] = [];
  return {
    putNew: async (item) => void kept.push(item),
    query: async (_, { from = 1, to = Number.POSITIVE_INFINITY, limit = Number.POSITIVE_INFINITY, newestFirst = false }) => {
      if (from > to)
        throw new Error('ValidationException: the BETWEEN operator requires upper bound to be greater than or equal to lower bound');
      const within = kept.filter(({ version }) => version >= from && version <= to);
      const items = (newestFirst ? within.toReversed() : within).slice(0, Math.min(limit, itemsPerPage));
      return { items, more: items.length === itemsPerPage || items.length < within.length };
    },
    scan: async () => ({ items: [] }),
  };
};

test('a past state is the same wherever the pages of the log end, with snapshots and without', async () => {
  const store = eventStore(cutLog(), () => new Date(0));
  const stream = { aggregate: 'tally', id: 'a' };
  let tail = store.begin(stream);
  for (let count = 0; count < 40; count++) ({ tail } = await append(store, tail, [{ type: 'Added', schema: 1, data: { amount: 1 } }]));
  for (const folding of [foldingOf(tally), foldingOf({ ...tally, revision: 2 })])
    for (let version = 0; version <= 41; version++)
      expect(await store.past(stream, folding, { version })).toMatchObject({
        version: Math.min(version, 40),
        state: { sum: Math.min(version, 40) },
      });
});
