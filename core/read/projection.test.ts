import { describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { tallyTotal } from '../../test/support/tally.ts';
import type { Commit } from '../log/event-store.ts';
import { Poison } from '../log/poison.ts';
import { commitsOf } from '../testing/commits.ts';
import { foldAll } from '../testing/fold-document.ts';
import {
  type AnyProjection,
  eventsFor,
  evolveDocument,
  foldCommit,
  isOfOneStream,
  keyOf,
  keyTypeOf,
  nothing,
  parkedIndex,
  tableId,
  tableKey,
} from './projection.ts';

const added = (amount: number) => ({ type: 'Added', data: { amount } });
const cleared = { type: 'Cleared', data: {} };
const closed = { type: 'Closed', data: {} };

const commits = commitsOf({ aggregate: 'tally', id: '7' }, [added(1), added(2)], [added(3)], [closed], [cleared], [closed], [added(4)]);
const after = (count: number) => foldAll(tallyTotal, commits.slice(0, count), nothing);

test('no commits, no change', () => expect(after(0)).toEqual(nothing));

test('a document holds what its events said, its version, and when the last was recorded', () => {
  expect(after(2)).toEqual({
    document: { sum: 6, parity: 'even', trail: ' 1@1 2@2 3@3' },
    version: 3,
    recordedAt: commits[1]?.recordedAt,
  });
});

test('an event without a row moves the version alone', () => {
  expect(after(3)).toEqual({ document: after(2).document, version: 4, recordedAt: commits[2]?.recordedAt });
});

test('a deleted document keeps its version, which goes on', () => {
  expect(after(4)).toMatchObject({ document: null, version: 5 });
  expect(after(5)).toMatchObject({ document: null, version: 6 });
});

test('a document begins anew after it was deleted', () => {
  expect(after(6)).toMatchObject({ document: { sum: 4, trail: ' 4@7' }, version: 7 });
});

test('law: where a fold is interrupted makes no difference', () => {
  const all = after(commits.length);
  for (let cut = 0; cut <= commits.length; cut++) expect(foldAll(tallyTotal, commits.slice(cut), after(cut))).toEqual(all);
});

test.each([
  ['a gap', [0, 2]],
  ['a beginning that is missing', [1, 2]],
  ['a commit twice', [0, 0]],
  ['the wrong order', [0, 2, 1]],
])('%s is never folded', (_, order) => {
  const wrong = order.flatMap((index) => commits.slice(index, index + 1));
  expect(() => foldAll(tallyTotal, wrong, nothing)).toThrow(/tally-total/);
});

describe('an indexed field', () => {
  const document = z.object({
    text: z.string(),
    time: z.iso.datetime(),
    choice: z.enum(['a', 'b']),
    cents: z.int(),
    share: z.number(),
    maybe: z.string().optional(),
    list: z.array(z.string()),
    flag: z.boolean(),
  });
  const projection: AnyProjection = { ...tallyTotal, document };

  test.each([
    ['text', 'string'],
    ['time', 'string'],
    ['choice', 'string'],
    ['maybe', 'string'],
    ['cents', 'number'],
    ['share', 'number'],
  ])('%s is a %s', (field, type) => expect(keyTypeOf(projection, field)).toBe(type));

  test.each(['list', 'flag', 'missing', 'constructor'])('%s can be no key, and its name is said', (field) => {
    expect(() => keyTypeOf(projection, field)).toThrow(`tally-total: '${field}'`);
  });
});

describe('the events of a commit that a projection has rows for', () => {
  const [mixed, renamed] = commitsOf({ aggregate: 'tally', id: '7' }, [added(1), closed, added(2)], [closed]) as [Commit, Commit];

  test('keep their places', () => {
    expect(eventsFor(tallyTotal, mixed).map(({ type, metadata }) => [type, metadata.version])).toEqual([
      ['Added', 1],
      ['Added', 3],
    ]);
  });
  test('stop nobody who has no row for them, whatever they are', () => {
    const odd = { ...renamed, events: [{ type: 'Renamed', schema: 99, data: null }, ...renamed.events] };
    expect(eventsFor(tallyTotal, odd)).toEqual([]);
    expect(foldCommit(tallyTotal, nothing, { ...odd, version: 1 })).toMatchObject({ document: null, version: 2 });
  });
  test.each(['constructor', '__proto__', 'toString'])('are none of the type %s', (type) => {
    expect(eventsFor(tallyTotal, { ...mixed, events: [{ type, schema: 1, data: {} }] })).toEqual([]);
  });
});

describe('poison names its event: what is thrown by', () => {
  const [commit] = commitsOf({ aggregate: 'tally', id: '7' }, [added(1), added(2)]) as [Commit];
  const failAt = (version: number) => () => {
    throw new TypeError(`no ${version}`);
  };
  const [, second] = eventsFor(tallyTotal, commit) as [never, ReturnType<typeof eventsFor>[number]];
  const wrong = { ...commit, events: commit.events.map((event, index) => (index === 1 ? { ...event, data: { amount: 'x' } } : event)) };
  const unknown = { ...commit, events: commit.events.map((event, index) => (index === 1 ? { ...event, schema: 9 } : event)) };

  const table: Readonly<Record<string, { does: () => unknown; says: RegExp }>> = {
    'a row': { does: () => evolveDocument({ ...tallyTotal, evolve: { Added: failAt(2) } }, null, second), says: /^TypeError: no 2$/ },
    'an initial state': { does: () => evolveDocument({ ...tallyTotal, initialState: failAt(2) }, null, second), says: /^TypeError: no 2$/ },
    'a document that does not fit its schema': {
      does: () => evolveDocument(tallyTotal, { sum: Number.MAX_SAFE_INTEGER, parity: 'odd', trail: '' }, second),
      says: /^Invalid: the document does not fit its schema: sum: Too big/,
    },
    'a row that returns nothing': {
      does: () => evolveDocument({ ...tallyTotal, evolve: { Added: () => undefined } } as AnyProjection, null, second),
      says: /^Invalid: the document does not fit its schema: data: /,
    },
    'a key': { does: () => keyOf({ ...tallyTotal, key: failAt(2) }, second), says: /^TypeError: no 2$/ },
    'data that does not fit': { does: () => eventsFor(tallyTotal, wrong), says: /^InvalidEvent: .*amount/ },
    'a schema of tomorrow': { does: () => eventsFor(tallyTotal, unknown), says: /^NewerRelease: .*version 9/ },
  };
  test.each(Object.entries(table))('%s', (_, { does, says }) => {
    expect(does).toThrow(Poison);
    expect(does).toThrow(expect.objectContaining({ eventId: 'tally-7@2', message: expect.stringMatching(says) }));
  });

  test('a row that throws what is no error', () => {
    const row = () => {
      throw 'just text';
    };
    expect(() => evolveDocument({ ...tallyTotal, evolve: { Added: row } }, null, second)).toThrow(
      expect.objectContaining({ message: 'just text' }),
    );
  });
});

test('each revision has a table of its own', () => {
  expect([1, 2].map((revision) => tableKey({ ...tallyTotal, revision }))).toEqual(['tally-total@1', 'tally-total@2']);
  expect([1, 2].map((revision) => tableId({ ...tallyTotal, revision }))).toEqual(['tally-total-r1', 'tally-total-r2']);
});

test('the index of parked streams and the nothing before the first event are stored, so they stay as they are', () => {
  expect(parkedIndex).toBe('parked');
  expect(nothing).toEqual({ document: null, version: 0, recordedAt: '1970-01-01T00:00:00.000Z' });
});

test('the properties of a document are computed once for all its fields', () => {
  let computed = 0;
  const document = z.object({ sum: z.int(), kind: z.string() });
  const { toJSONSchema } = document._zod;
  document._zod.toJSONSchema = () => {
    computed += 1;
    return { type: 'object', properties: { sum: { type: 'integer' }, kind: { type: 'string' } } };
  };
  const projection: AnyProjection = { ...(tallyTotal as AnyProjection), document };
  expect([keyTypeOf(projection, 'sum'), keyTypeOf(projection, 'kind'), keyTypeOf(projection, 'sum')]).toEqual([
    'number',
    'string',
    'number',
  ]);
  expect(computed).toBe(1);
  document._zod.toJSONSchema = toJSONSchema;
});

describe('a projection of one stream', () => {
  const [event] = eventsFor(tallyTotal, commits[0] as Commit) as [ReturnType<typeof eventsFor>[number]];
  const many: AnyProjection = { ...(tallyTotal as AnyProjection), key: () => 'all' };

  test('chooses no key for an event', () => {
    expect([isOfOneStream(tallyTotal), keyOf(tallyTotal, event)]).toEqual([true, undefined]);
    expect([isOfOneStream(many), keyOf(many, event)]).toEqual([false, 'all']);
  });

  test('writes the document as its row made it, with fields that the schema does not name', () => {
    const named = { sum: 1, parity: 'odd', trail: '', more: true };
    expect(evolveDocument({ ...many, evolve: { Added: () => named } }, null, event)).toBe(named);
    expect(evolveDocument({ ...many, evolve: { Added: () => null } }, named, event)).toBeNull();
  });

  test('leaves out what it has no row for, without poison', () => {
    expect(evolveDocument(tallyTotal, null, { ...event, type: 'Unknown' })).toBeUndefined();
  });
});
