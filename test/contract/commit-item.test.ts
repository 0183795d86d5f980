import { deflateRawSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { beginningOf, type CommitItem, fromItem, hashOf, toItem, versionAfter } from '../../adapters/event-log/commit-item.ts';
import { digestOf } from '../../adapters/event-log/same-request.ts';
import type { StoredEvent } from '../../core/log/event-store.ts';
import { hashesOf } from '../support/chain.ts';
import { added, anyCommand, request } from '../support/requests.ts';

const now = '2026-01-01T09:00:00.000Z';
const asked = { ...request(anyCommand, 'k1'), actor: 'ada' };
const item = toItem(beginningOf('tally-7'), asked, { events: added(1, 2) }, now);

describe('a commit as it is stored', () => {
  test('has these attributes, for ever', () => {
    expect(item).toEqual({
      stream: 'tally-7',
      version: 1,
      count: 2,
      events: JSON.stringify(added(1, 2)),
      types: ['Added', 'Added'],
      at: '2026-01-01T09:00:00.000Z',
      command: 'k1',
      request: digestOf(asked),
      correlation: asked.correlationId,
      causation: asked.causationId,
      actor: 'ada',
      hash: hashOf(beginningOf('tally-7').hash, item),
    });
    expect(item.hash).toHaveLength(32);
    expect(versionAfter(item)).toBe(2);
  });

  test('is the commit again', () => {
    const { commandId, correlationId, causationId, actor } = asked;
    const cause = { commandId, correlationId, causationId, actor };
    const stream = { aggregate: 'tally', id: '7' };
    expect(fromItem(item)).toEqual({ stream, version: 1, events: added(1, 2), recordedAt: now, ...cause });
  });

  test('follows the one before it', () => {
    const before = { stream: 'tally-7', version: 2, at: '2026-01-01T10:00:00.000Z', hash: item.hash };
    const next = toItem(before, asked, { events: added(3) }, now);
    expect(next).toMatchObject({ version: 3, count: 1, at: before.at, hash: hashOf(item.hash, next) });
  });
});

describe('compression', () => {
  const events = (note: string): StoredEvent[] => [{ type: 'Added', schema: 1, data: { amount: 1, note } }];
  const compressed = toItem(beginningOf('tally-7'), asked, { events: events('x'.repeat(5000)) }, now);

  test('is left alone where it saves no write unit', () => {
    expect(typeof toItem(beginningOf('tally-7'), asked, { events: events('x'.repeat(300)) }, now).events).toBe('string');
  });
  test('is used where it does', () => expect(compressed.events).toBeInstanceOf(Uint8Array));
  test('is read only up to the limit of all commits, where an older release wrote it without its inflated size', () => {
    const { inflated: _, ...old } = compressed;
    expect(fromItem(old).events).toEqual(events('x'.repeat(5000)));
    const [within, beyond] = [2_999_900, 3_000_000].map((bytes) => deflateRawSync(JSON.stringify(events('x'.repeat(bytes)))));
    expect(fromItem({ ...old, events: within as Uint8Array }).events).toEqual(events('x'.repeat(2_999_900)));
    expect(() => fromItem({ ...old, events: beyond as Uint8Array })).toThrow(/more than the 3000000 bytes/);
  });
  test('changes nothing that is read back', () => expect(fromItem(compressed).events).toEqual(events('x'.repeat(5000))));
});

describe('the hash', () => {
  const other: { readonly [A in keyof Omit<CommitItem, 'hash' | 'snapshot'>]-?: NonNullable<CommitItem[A]> } = {
    stream: 'tally-8',
    version: 2,
    count: 3,
    events: JSON.stringify(added(1, 3)),
    types: ['Added', 'Other'],
    at: '2026-01-01T09:00:00.001Z',
    command: 'k2',
    request: digestOf({ ...asked, command: { type: 'Add', data: {} } }),
    correlation: 'another',
    causation: 'another',
    actor: 'bob',
    by: 'saga:fulfilment',
    depth: 1,
    commandType: 'Add',
    commandSchema: 2,
    answer: '{"schema":1,"data":null}',
    inflated: 1,
    sealed: 1,
  };
  const { hash: _, ...unsealed } = item;

  test.each(Object.entries(other))('covers %s', (attribute, value) => {
    expect(hashesOf([{ ...item, hash: hashOf(beginningOf('').hash, { ...unsealed, [attribute]: value }) }])).not.toEqual(hashesOf([item]));
  });

  test('tells bytes from the text that spells them in base64', () => {
    const text = { ...unsealed, events: Buffer.from('{}').toString('base64') };
    const hash = hashOf(item.hash, text);
    expect(hashOf(item.hash, { ...text, events: Buffer.from('{}') })).not.toEqual(hash);
    expect(hashOf(item.hash, { ...text, request: Buffer.from(unsealed.request).toString('base64') as never })).not.toEqual(hash);
  });

  test.each(['correlation', 'causation', 'actor'] as const)('covers whether there is a %s at all', (attribute) => {
    const { [attribute]: __, ...without } = unsealed;
    expect(hashOf(beginningOf('').hash, without)).not.toEqual(item.hash);
  });

  test('covers the commit before', () => expect(hashOf(item.hash, unsealed)).not.toEqual(item.hash));

  test('does not cover the snapshot, which may be dropped', () => {
    expect(hashOf(beginningOf('').hash, { ...unsealed, snapshot: 'a fold' })).toEqual(item.hash);
  });

  test('does not depend on the order in which a database answers the attributes', () => {
    const backwards = Object.fromEntries(Object.entries(unsealed).reverse()) as typeof unsealed;
    expect(hashOf(beginningOf('').hash, backwards)).toEqual(item.hash);
  });
});

test('an item of a tenant is a commit to its stream, and no other tenant has its hash', () => {
  const of = (stream: string) => toItem(beginningOf(stream), asked, { events: added(1) }, '2026-01-01T09:00:00.000Z');
  expect(fromItem(of('acme/tally-1')).stream).toEqual({ tenant: 'acme', aggregate: 'tally', id: '1' });
  expect(new Set(['acme/tally-1', 'bolt/tally-1', 'tally-1'].map((stream) => Buffer.from(of(stream).hash).toString('hex'))).size).toBe(3);
});

describe('the digest of a request', () => {
  const digest = (data: unknown) => Buffer.from(digestOf({ ...asked, command: { type: 'Add', data } })).toString('hex');

  test.each([
    ['keys in another order', { a: 1, b: { c: 2, d: 3 } }, { b: { d: 3, c: 2 }, a: 1 }],
    ['a field that is undefined, which JSON does not carry', { a: 1 }, { a: 1, b: undefined }],
  ])('is the same for %s', (_, one, other) => expect(digest(one)).toBe(digest(other)));

  test.each([
    ['another value', { a: 1 }, { a: 2 }],
    ['items in another order', { a: [1, 2] }, { a: [2, 1] }],
    ['null and nothing', { a: null }, {}],
    ['an object and a list of its entries', { a: 1 }, [['a', 1]]],
    ['an empty object and an empty list', {}, []],
    ['a text and a number', { a: '1' }, { a: 1 }],
  ])('tells apart %s', (_, one, other) => expect(digest(one)).not.toBe(digest(other)));
});
