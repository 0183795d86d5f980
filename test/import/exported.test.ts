import { describe, expect, test } from '@jest/globals';
import { memoryEventStore } from '../../adapters/event-log/memory-event-store.ts';
import { entriesOf } from '../../cli/import/entries.ts';
import type { Line } from '../../cli/import/lines.ts';
import { exported } from '../../core/import/exported.ts';
import type { Entry } from '../../core/import/mapping.ts';
import type { AnyDecider } from '../../core/write/decider.ts';
import { recorderOn } from './history.ts';
import { domain, member } from './moved/index.ts';

const format = exported((name): AnyDecider => {
  const found = domain.deciders.find((decider) => decider.name === name);
  if (found === undefined) throw new Error(`no aggregate '${name}'`);
  return found;
});

const metadata = {
  ...{ eventId: 'tally-a@1', aggregate: 'tally', id: 'a', version: 1, recordedAt: '2025-01-01T09:00:00.000Z' },
  ...{ commandId: 'k1', correlationId: 'flow-1', causationId: 'order-1@3' },
};
const bytes15 = 'AAECAwQFBgcICQoLDA0O';
const line = (version: number, more: object = {}, commit?: object) => ({
  ...{ type: 'Added', schema: 1, data: { amount: version } },
  metadata: { ...metadata, eventId: `tally-a@${version}`, version, ...more },
  ...(commit === undefined ? {} : { commit }),
});
const first = (count: number) => ({ count, request: bytes15 });

async function* linesOf(values: readonly unknown[]): AsyncGenerator<Line> {
  for (const [index, value] of values.entries())
    yield { text: typeof value === 'string' ? value : JSON.stringify(value), end: { line: index + 1, offset: index + 1 } };
}
/** The numbers of the lines of each commit: the first one, how many, and where the file goes on. */
const commitsIn = async (...values: readonly unknown[]) => {
  const found: [number, number, number][] = [];
  for await (const { line: start, lines, end } of entriesOf(linesOf(values), format)) found.push([start, lines, end.line]);
  return found;
};

test('the lines of a commit belong together', async () => {
  expect(
    await commitsIn(line(1, {}, first(2)), line(2), line(3, { commandId: 'k2' }, first(1)), line(4, { commandId: 'k3' }, first(1))),
  ).toEqual([
    [1, 2, 2],
    [3, 1, 3],
    [4, 1, 4],
  ]);
});

test('lines of releases that counted no events belong together where all but the version is the same', async () => {
  expect(await commitsIn(line(1), line(2), line(3))).toEqual([[1, 3, 3]]);
  for (const other of [{ commandId: 'k2' }, { id: 'b' }, { actor: 'ada' }, { recordedAt: '2025-01-01T09:00:00.001Z' }, { tenant: 'acme' }])
    expect(await commitsIn(line(1), line(2, other))).toEqual([
      [1, 1, 1],
      [2, 1, 2],
    ]);
  expect(await commitsIn(line(1), line(3))).toHaveLength(2);
  expect(await commitsIn(line(1), line(1))).toHaveLength(2);
  expect(await commitsIn(line(1), line(2, {}, { sealed: 1 }))).toHaveLength(2);
});

test('a line that is none of an export, a blank one and one that is no JSON stand alone', async () => {
  expect(await commitsIn(line(1), { other: 1 }, line(2), '', line(3), '{', line(4))).toEqual(
    [1, 2, 3, 4, 5, 6, 7].map((number) => [number, 1, number]),
  );
});

test('an entry is the commit as it was', () => {
  const attributes = { tenant: 'acme', actor: 'ada', commandFrom: 'client', by: 'saga:x', depth: 2, commandType: 'Add', commandSchema: 3 };
  const answer = { schema: 2, data: { total: 3 } };
  const { tenant: _, ...ofRequest } = attributes;
  expect(format.read([line(5, attributes, { ...first(2), answer, sealed: 1 }), line(6, attributes)])).toEqual({
    ...{ decider: domain.deciders[0], stream: { tenant: 'acme', aggregate: 'tally', id: 'a' }, version: 5 },
    ...{ recordedAt: metadata.recordedAt, answer, sealed: 1 },
    events: [5, 6].map((amount) => ({ type: 'Added', data: { amount } })),
    stored: [5, 6].map((amount) => ({ type: 'Added', schema: 1, data: { amount } })),
    request: {
      ...{ commandId: 'k1', correlationId: 'flow-1', causationId: 'order-1@3', ...ofRequest },
      ...{ command: { type: 'Import', data: [5, 6].map((amount) => ({ type: 'Added', schema: 1, data: { amount } })) } },
      digest: new Uint8Array(Array.from({ length: 15 }, (_, index) => index)),
    },
  });
});

const joined = (schema: number | undefined, data: object) => ({
  ...{ type: 'Joined', ...(schema === undefined ? {} : { schema }), data },
  metadata: { ...metadata, aggregate: 'member' },
});

test('an event stays in its schema version, and the state is folded from the current one', () => {
  expect(format.read([joined(1, { email: 'a@b.c' })])).toMatchObject({
    decider: member,
    stored: [{ type: 'Joined', schema: 1, data: { email: 'a@b.c' } }],
    events: [{ type: 'Joined', data: { email: 'a@b.c', plan: 'basic' } }],
    request: { digest: undefined },
  });
  expect(format.read([joined(undefined, { email: 'a@b.c', plan: 'gold' })])?.stored).toEqual([
    { type: 'Joined', schema: 2, data: { email: 'a@b.c', plan: 'gold' } },
  ]);
});

test.each<[string, unknown, string]>([
  ['an aggregate', line(1, { aggregate: 'guest' }), "no aggregate 'guest'"],
  ['an id', line(1, { id: 'a/b' }), 'an id has 1 to 128 characters'],
  ['a type', { ...line(1), type: 'Removed' }, "this release knows no event 'Removed'"],
  ['a type without a schema', { type: 'Removed', data: {}, metadata }, "this release knows no event 'Removed'"],
  ['data', { ...line(1), data: { amount: 'much' } }, 'Added does not fit its schema'],
  ['a version', line(0), 'the line: metadata.version: '],
  ['a time', line(1, { recordedAt: '2025-01-01T09:00:00Z' }), 'the line: metadata.recordedAt: '],
  ['a command', line(1, { commandId: '' }), 'the line: metadata.commandId: '],
  ['a digest', line(1, {}, { request: 'AAAA' }), 'the line: commit.request: a digest has 15 or 16 bytes'],
  ['base64', line(1, {}, { request: '!' }), 'the line: commit.request: '],
  ['a count', line(1, {}, { count: 2 }), 'the commit has 2 events, and the file has 1 of them here'],
  ['an answer', line(1, {}, { answer: { data: 1 } }), 'the line: commit.answer.schema: '],
])('%s that cannot be is named', (_, wrong, says) => expect(() => format.read([wrong])).toThrow(says));

test('a commit that lacks lines is invalid data', () => {
  expect(() => format.read([line(1, {}, first(2))])).toThrow(expect.objectContaining({ name: 'Invalid', code: 'InvalidData' }));
});

test('a digest may have 16 bytes, as earlier releases recorded it', () => {
  const sixteen = Buffer.alloc(16, 7);
  expect(format.read([line(1, {}, { request: sixteen.toString('base64') })])?.request.digest).toEqual(new Uint8Array(sixteen));
});

describe('an exported commit is recorded', () => {
  const opened = () => {
    const store = memoryEventStore(() => new Date('2026-01-01'));
    return { store, record: recorderOn(store) };
  };
  const entry = (version: number, more: object = {}): Entry => format.read([line(version, { commandId: `k${version}`, ...more })]) as Entry;
  const idsIn = async ({ store }: ReturnType<typeof opened>) => {
    const { commits } = await store.read({ aggregate: 'tally', id: 'a' }, { from: 1, limit: 100 });
    return commits.map(({ version, commandId }) => `${version} ${commandId}`);
  };

  test('at its version, once', async () => {
    const opening = opened();
    for (const version of [1, 2, 3]) expect(await opening.record(entry(version))).toMatchObject({ isNew: true, commit: { version } });
    for (const version of [1, 2, 3]) expect(await opening.record(entry(version))).toMatchObject({ isNew: false, commit: { version } });
    expect(await idsIn(opening)).toEqual(['1 k1', '2 k2', '3 k3']);
  });

  test('also if an earlier commit beyond the recall window has its id', async () => {
    const opening = opened();
    for (let version = 1; version <= 70; version++) await opening.record(entry(version));
    expect(await opening.record(entry(71, { commandId: 'k1' }))).toMatchObject({ isNew: true, commit: { version: 71 } });
  });

  test.each<[string, readonly number[], Entry, string]>([
    ['if commits before it are missing', [1], entry(3), 'tally-a ends at version 1, and the exported commit begins at version 3'],
    ['if its stream is missing', [], entry(2), 'tally-a ends at version 0, and the exported commit begins at version 2'],
    ['if another command is there', [1, 2], entry(1, { commandId: 'other' }), 'tally-a has another commit at version 1 than the export'],
    [
      'if another command is in its place',
      [1, 2],
      entry(2, { commandId: 'other' }),
      'tally-a has another commit at version 2 than the export',
    ],
    [
      'if the same command was carried out at another time',
      [1, 2],
      entry(2, { recordedAt: '2025-01-01T09:00:00.001Z' }),
      'tally-a has another commit at version 2 than the export',
    ],
    [
      'if the same command led to another event',
      [1, 2],
      format.read([{ ...line(2, { commandId: 'k2' }), data: { amount: 7 } }]) as Entry,
      'tally-a has another commit at version 2 than the export',
    ],
  ])('not %s', async (_, there, wrong, says) => {
    const opening = opened();
    for (const version of there) await opening.record(entry(version));
    await expect(opening.record(wrong)).rejects.toThrow(says);
    expect(await idsIn(opening)).toHaveLength(there.length);
  });
});
