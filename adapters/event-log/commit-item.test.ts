import { deflateRawSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import type { Request } from '../../core/log/event-store.ts';
import { noise } from '../../test/support/noise.ts';
import { itemBytes } from '../aws/item-size.ts';
import {
  attributeTypes,
  beginningOf,
  type CommitItem,
  type Content,
  commitOf,
  fromItem,
  hashOf,
  readItem,
  textBytes,
  toItem,
  versionAfter,
} from './commit-item.ts';

const at = '2026-01-01T09:00:00.000Z';
const asked: Request = { commandId: 'k1', correlationId: 'k1', causationId: 'k1', command: { type: 'Add', data: {} } };
const added = (note = '') => [{ type: 'Added', schema: 1, data: { note } }];
const written = (content: Partial<Content> = {}, request: Partial<Request> = {}): CommitItem =>
  toItem(beginningOf('tally-7'), { ...asked, ...request }, { events: added(), ...content }, at);
const item = written();
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

test('the first commit of a stream follows version 0, no time and a hash of 32 zeros', () => {
  expect(beginningOf('tally-7')).toEqual({ stream: 'tally-7', version: 0, at: '', hash: new Uint8Array(32) });
});

test('the types that each attribute may have in the database', () => {
  const types = Object.fromEntries(Object.entries(attributeTypes).map(([name, all]) => [name, all.join('')]));
  expect(types).toEqual({
    ...{ stream: 'S', version: 'N', count: 'N', events: 'SB', types: 'L', at: 'S', command: 'S', request: 'B', hash: 'B', snapshot: 'SB' },
    ...{ correlation: 'S', causation: 'S', actor: 'S', by: 'S', depth: 'N', commandType: 'S', commandSchema: 'N' },
    ...{ answer: 'SB', inflated: 'N', sealed: 'N' },
  });
});

describe('a commit is stored', () => {
  test('without the attributes that have their default', () => {
    expect(Object.keys(written({}, { depth: 0, commandType: 'Add', commandSchema: 1 })).sort()).toEqual([
      'at',
      'command',
      'commandType',
      'count',
      'events',
      'hash',
      'request',
      'stream',
      'types',
      'version',
    ]);
  });

  test.each([
    ['earlier', '2026-01-01T08:00:00.000Z', '2026-01-01T09:00:00.000Z'],
    ['later', '2026-01-01T10:00:00.000Z', '2026-01-01T10:00:00.000Z'],
  ])('with a time that does not run backwards: %s', (_, given, stored) => {
    const before = { ...beginningOf('tally-7'), version: 4, at };
    expect(toItem(before, asked, { events: added() }, given)).toMatchObject({ version: 5, at: stored });
  });

  test.each<[string, Partial<Request>, Partial<Content>, string]>([
    ['no process', { by: '' }, {}, "'by' is not a text"],
    ['a process that is a number', { by: 1 as never }, {}, "'by' is not a text"],
    ['no type of command', { commandType: '' }, {}, "'commandType' is not a text"],
    ['a depth below 1', { depth: -1 }, {}, "'depth' is not a whole number from 1"],
    ['half a depth', { depth: 1.5 }, {}, "'depth' is not a whole number from 1"],
    ['a schema below 1', { commandType: 'Add', commandSchema: 0 }, {}, "'commandSchema' is not a whole number from 1"],
    ['a seal below 1', {}, { sealed: 0 }, "'sealed' is not a whole number from 1"],
    [
      'an answer without the type of its command',
      {},
      { answer: { schema: 1, data: 1 } },
      'a commit with an answer or a command schema must have a commandType, because readers need it',
    ],
    [
      'a command schema without its type',
      { commandSchema: 2 },
      {},
      'a commit with an answer or a command schema must have a commandType, because readers need it',
    ],
    [
      'events that JSON alters',
      {},
      { events: [...added(), { type: 'Lost', schema: 1, data: Number.NaN }, { type: 'Gone', schema: 1, data: new Date(0) }] },
      'Lost, Gone of tally-7 could not be read back: JSON has no such value',
    ],
    [
      'an answer that JSON alters',
      { commandType: 'Add' },
      { answer: { schema: 1, data: new Map() } },
      'the answer of a commit to tally-7 could not be read back: JSON has no such value',
    ],
  ])('never with %s', (_, request, content, message) => expect(() => written(content, request)).toThrow(message));

  test('up to 3,000,000 bytes of text, events and answer together', () => {
    const around = Buffer.byteLength(JSON.stringify(added())) + Buffer.byteLength('{"schema":1,"data":"é"}');
    const large = (bytes: number) =>
      written({ events: added('x'.repeat(bytes - around)), answer: { schema: 1, data: 'é' } }, { commandType: 'Add' });
    expect(large(3_000_000).inflated).toBeGreaterThan(2_999_000);
    expect(() => large(3_000_001)).toThrow(
      expect.objectContaining({
        code: 'CommitTooLarge',
        message: 'the events of a commit to tally-7 take 3000001 bytes as text, 3000000 are possible',
        details: { stream: 'tally-7', textBytes: 3_000_001, maxBytes: 3_000_000 },
      }),
    );
  });

  test('up to 400 KB', () => {
    const sizeOf = (bytes: number) => itemBytes(written({ events: added(noise(bytes)) }));
    expect(sizeOf(520_000)).toBeLessThanOrEqual(409_600);
    let thrown: unknown;
    try {
      sizeOf(560_000);
    } catch (error) {
      thrown = error;
    }
    const { sizeBytes } = (thrown as { details: { sizeBytes: number } }).details;
    expect(sizeBytes).toBeGreaterThan(409_600);
    expect(thrown).toMatchObject({
      code: 'CommitTooLarge',
      message: `a commit to tally-7 takes ${sizeBytes} bytes, 409600 are possible`,
      details: { stream: 'tally-7', maxBytes: 409_600 },
    });
  });
});

describe('compression', () => {
  const formOf = (events: string, answer: string) => {
    const one = written({ events: added(events), answer: { schema: 1, data: answer } }, { commandType: 'Add' });
    expect(fromItem(one)).toMatchObject({ events: added(events), answer: { schema: 1, data: answer } });
    return [typeof one.events, typeof one.answer, one.inflated];
  };
  test.each([
    ['nothing', '', '', ['string', 'string', undefined]],
    ['nothing that it makes no smaller by a unit', noise(1500), '', ['string', 'string', undefined]],
    ['the events', 'x'.repeat(3000), 'x', ['object', 'string', 3048]],
    ['the answer', 'x', 'x'.repeat(3000), ['string', 'object', 3022]],
    ['both', 'x'.repeat(3000), 'é'.repeat(1500), ['object', 'object', 6070]],
  ])('is of %s', (_, events, answer, expected) => expect(formOf(events, answer)).toEqual(expected));

  test('begins where a commit needs more than one unit with its hash', () => {
    const stored = (bytes: number) => written({ events: added('x'.repeat(bytes)) });
    const room = 1024 - itemBytes(stored(0));
    expect([itemBytes(stored(room)), typeof stored(room).events]).toEqual([1024, 'string']);
    expect(stored(room + 1).events).toBeInstanceOf(Uint8Array);
  });
});

describe('the key of a client', () => {
  const ofClient = written({}, { commandFrom: 'client', actor: 'ada' });

  test('is stored behind a comma, which is in no id of the service', () => {
    expect(ofClient).toMatchObject({ command: ',k1', actor: 'ada' });
    expect(ofClient).not.toHaveProperty('correlation');
    expect(ofClient).not.toHaveProperty('causation');
    expect(() => written({}, { commandId: ',k1' })).toThrow("',k1' cannot be an id of the service: a comma begins the ids of clients");
  });

  test('is read as the client sent it', () => {
    expect(fromItem(ofClient)).toEqual({
      ...{ stream: { aggregate: 'tally', id: '7' }, version: 1, events: added(), recordedAt: at, actor: 'ada' },
      ...{ commandId: 'k1', correlationId: 'k1', causationId: 'k1', commandFrom: 'client' },
    });
  });
});

describe('a commit is read', () => {
  test('with each attribute that it has', () => {
    const causes = { correlationId: 'c', causationId: 'e', actor: 'ada', by: 'saga:x', depth: 2, commandType: 'Add', commandSchema: 3 };
    const one = written({ answer: { schema: 1, data: null }, sealed: 1 }, causes);
    const stream = { aggregate: 'tally', id: '7' };
    expect(fromItem(one)).toEqual({
      ...{ stream, version: 1, recordedAt: at, commandId: 'k1', events: added(), answer: { schema: 1, data: null }, sealed: 1 },
      ...causes,
    });
    expect(commitOf(item, { events: [] })).toEqual({
      ...{ stream, version: 1, events: [], recordedAt: at, commandId: 'k1', correlationId: 'k1', causationId: 'k1' },
    });
    expect(readItem(one)).not.toHaveProperty('damage');
  });

  const events = JSON.stringify(added());
  const deflated = deflateRawSync(events);
  const answer = '{"schema":1,"data":1}';
  test.each<[string, Partial<Record<keyof CommitItem, unknown>>, string]>([
    ['events that are no list', { events: '{}' }, 'they are no events'],
    ['null among the events', { events: '[null]' }, 'they are no events'],
    ['an event without a type', { events: '[{"schema":1,"data":{}}]' }, 'they are no events'],
    ['an event without a schema', { events: `[${events.slice(1, -1)},{"type":"Added","data":{}}]`, count: 2 }, 'they are no events'],
    ['another count', { count: 2 }, "'count' says 2, but it holds 1 events"],
    ['no time', { at: undefined }, 'it does not say when it was recorded, or by which command'],
    ['no command', { command: undefined }, 'it does not say when it was recorded, or by which command'],
    ['an answer that is null', { answer: 'null' }, "'answer' is no answer"],
    ['an answer without a schema', { answer: '{"data":1}' }, "'answer' is no answer"],
    ['an answer without data', { answer: '{"schema":1}' }, "'answer' is no answer"],
    ['a process that is no text', { by: '' }, "'by' is not a text"],
    ['half a depth', { depth: 0.5 }, "'depth' is not a whole number from 1"],
    ['a size of 0', { inflated: 0 }, "'inflated' is not a whole number from 1"],
    ['too large a size', { inflated: 3_000_001 }, "'inflated' says 3000001 bytes, 3000000 are possible"],
    [
      'events larger than it says',
      { events: deflated, inflated: events.length - 1 },
      `what is compressed holds more than the ${events.length - 1} bytes that are stated or possible`,
    ],
    [
      'events smaller than it says',
      { events: deflated, inflated: events.length + 1 },
      `'inflated' says ${events.length + 1} bytes, but ${events.length} are there`,
    ],
    [
      'an answer larger than what is left',
      { events: deflated, answer: deflateRawSync(answer), inflated: events.length + 20 },
      'what is compressed holds more than the 20 bytes that are stated or possible',
    ],
    ['a size, and no text that is compressed', { inflated: 5 }, "'inflated' says 5 bytes, but 0 are there"],
    [
      'an answer where no byte is left',
      { events: deflated, answer: deflateRawSync(answer), inflated: events.length },
      'what is compressed holds more than the 0 bytes that are stated or possible',
    ],
  ])('as damaged with %s', (_, changed, damage) => {
    const broken = { ...item, ...changed } as CommitItem;
    expect(readItem(broken)).toMatchObject({
      version: 1,
      commandId: changed.command === undefined && 'command' in changed ? undefined : 'k1',
      damage,
    });
    expect(() => fromItem(broken)).toThrow(`tally-7@1: the commit cannot be read: ${damage}`);
  });

  test.each([
    ['a list that is cut off', '[{'],
    ['bytes that are not compressed', Buffer.from('not compressed')],
  ])('as damaged with the error of its reader: %s', (_, broken) => {
    expect(readItem({ ...item, events: broken }).damage).toEqual(expect.stringMatching(/JSON|invalid/));
  });

  test.each([
    [3, 3],
    [0, 1],
    [-1, 1],
    [1.5, 1],
  ])('as damaged with as many blank events as it says: %d', (count, blanks) => {
    expect(readItem({ ...item, count, events: '' }).events).toEqual(Array(blanks).fill({ type: '', schema: 0, data: null }));
  });

  test('where it says the size of its compressed text, to the byte', () => {
    const both = { events: deflated, answer: deflateRawSync(answer), inflated: events.length + answer.length };
    expect(fromItem({ ...item, ...both })).toMatchObject({ events: added(), answer: { schema: 1, data: 1 } });
    expect(fromItem({ ...item, events: deflated })).toMatchObject({ events: added() });
    expect(() => fromItem({ ...item, events: deflateRawSync('[]'), count: 0, inflated: 3_000_000 })).toThrow(
      "'inflated' says 3000000 bytes, but 2 are there",
    );
  });

  test('and the version after it is that of its last event', () => {
    expect(versionAfter({ ...item, version: 5, count: 3 })).toBe(7);
  });
});

describe('the bytes of text of a commit, before it is inflated', () => {
  const plain = { events: '["é"]' };
  const compressed = { events: deflateRawSync('x'.repeat(1000)) };
  test.each([
    ['are those of its plain text', plain, 6],
    ['are those of plain events and a plain answer', { ...plain, answer: '1' }, 7],
    ['are those that it states', { ...compressed, inflated: 1000 }, 1000],
    ['are those that it states, and those of a plain answer', { ...compressed, answer: 'é', inflated: 1000 }, 1002],
    ['are those that it states for both', { ...compressed, answer: deflateRawSync('abc'), inflated: 1003 }, 1003],
    ['are measured, where an earlier release has not stated them', compressed, 1000],
    ['are measured of both', { ...compressed, answer: deflateRawSync('abc') }, 1003],
    ['are the most that a commit can have, where it states more', { ...compressed, inflated: 4_000_000_000 }, 3_000_000],
    ['are the most that a commit can have, where it inflates to more', { events: deflateRawSync('x'.repeat(3_000_001)) }, 3_000_000],
    ['are the most that a commit can have, where it cannot be inflated', { events: Buffer.from('not compressed') }, 3_000_000],
    ['are none, where it states nonsense', { ...compressed, inflated: -5 }, 0],
    ['are none, where it states no number', { ...compressed, inflated: Number.NaN }, 0],
    ['are those of its plain text, whatever it states', { ...plain, inflated: 1000 }, 6],
  ])('%s', (_, stored, bytes) => expect(textBytes(stored)).toBe(bytes));
});

describe('what never changes', () => {
  test('the hash of a commit is over the hash before it and its attributes in the order of their names', () => {
    const { hash: _, ...unsealed } = { ...item, request: Buffer.from('b7572b5d0ec93e58e6a47dfc8b554a8b', 'hex') };
    const hash = hashOf(beginningOf('').hash, unsealed);
    expect(base64(hash)).toBe('LkJyLbqnyf/I8rFpZVVZWC4FPE7q48f5Kexid+qcbAg=');
    expect(hashOf(beginningOf('').hash, { ...unsealed, snapshot: 'x', hash: 'x' } as never)).toEqual(hash);
    expect(hashOf(beginningOf('').hash, item)).toEqual(item.hash);
  });
});
