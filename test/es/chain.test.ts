import { createHash } from 'node:crypto';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { attributeTypes, beginningOf, type Predecessor } from '../../adapters/event-log/commit-item.ts';
import { type Fault, follow } from '../../cli/es/chain.ts';
import type { StoredItem } from '../../cli/es/scan.ts';
import { filled, storedStream } from './stored-stream.ts';

const noise = Array.from({ length: 60 }, (_, index) => createHash('sha256').update(`${index}`).digest('base64')).join('');

const told = { by: 'saga:fulfilment', depth: 12, commandType: 'Fill', commandSchema: 2 };

/** Every form that an attribute is stored in: text and compressed events and snapshots, one event and several, all optional attributes. */
let items: readonly StoredItem[] = [];
beforeAll(async () => {
  items = await storedStream([
    { events: [filled(1)], state: { ml: 1 } },
    {
      events: [filled(2, 'note '.repeat(400)), filled(3), filled(4)],
      state: { text: 'state '.repeat(500) },
      actor: 'ada',
      correlationId: 'trace 1',
    },
    { events: [filled(5, 'Füllstand ½ 🫙')], state: { ml: 5 } },
    ...[6, 7, 8, 9].map((ml) => ({ events: [filled(ml, 'abc'.repeat(100))], state: { text: 'x'.repeat(9000), noise } })),
    { events: [filled(10)], state: { text: 'x'.repeat(9000), noise } },
    { events: [filled(11)], state: { text: 'x'.repeat(2000) } },
    { events: [filled(12)], state: { ml: 12 } },
    { events: [filled(13)], state: { ml: 13 }, ...told, answer: { schema: 1, data: { seat: '7A' } }, sealed: 1 },
    { events: [filled(14)], state: { ml: 14 }, ...told, answer: { schema: 1, data: 'answer '.repeat(400) } },
  ]);
});

const firstFault = (stored: readonly StoredItem[]): Fault | undefined => {
  let before: Predecessor = beginningOf('jar-1');
  for (const item of stored) {
    const link = follow(before, item);
    if ('what' in link) return link;
    before = link;
  }
  return undefined;
};

const versionOf = (item: StoredItem | undefined): number => Number(item?.['version']?.N);

/** The item in place of the one at `index`, and the rest as it was. */
const replaced = (index: number, item: StoredItem): readonly StoredItem[] => items.toSpliced(index, 1, item);

test('what the event store wrote is intact, in every form', () => {
  const forms = (name: string) => new Set(items.flatMap((item) => Object.keys(item[name] ?? { absent: true })));
  expect(firstFault(items)).toBeUndefined();
  expect(forms('events')).toEqual(new Set(['S', 'B']));
  expect(forms('snapshot')).toEqual(new Set(['S', 'B', 'absent']));
  expect(forms('answer')).toEqual(new Set(['S', 'B', 'absent']));
  expect(forms('actor')).toEqual(new Set(['S', 'absent']));
});

/** Every way to change one character, one bit, one digit or one member of an attribute; the sort key is not one of a stored item. */
const alterations = (name: string, { S, N, B, L }: AttributeValue): AttributeValue[] => {
  if (name === 'version') return [];
  if (S !== undefined)
    return [...S].flatMap((letter, at) => {
      const spliced = (...by: string[]): AttributeValue => ({ S: [...S].toSpliced(at, 1, ...by).join('') });
      return [spliced(letter === 'x' ? 'y' : 'x'), spliced(), spliced(letter, 'x')];
    });
  if (B !== undefined)
    return [...B].flatMap((byte, at) => [
      ...[0, 1, 2, 3, 4, 5, 6, 7].map((bit): AttributeValue => ({ B: B.with(at, byte ^ (1 << bit)) })),
      { B: Uint8Array.from([...B].toSpliced(at, 1)) },
      { B: Uint8Array.from([...B, at % 256]) },
    ]);
  if (N !== undefined)
    return [`${N}0`, `${Number(N) + 1}`, `-${N}`, `${N}.00000000000000000000000000000000001`].map((text) => ({ N: text }));
  return [
    { L: [] },
    { L: [...(L ?? []), { S: 'Filled' }] },
    ...(L ?? []).flatMap((part, at) => alterations('', part).map((altered) => ({ L: (L ?? []).with(at, altered) }))),
  ];
};

describe('a single change is found, in its commit', () => {
  test.each(Object.keys(attributeTypes).filter((name) => name !== 'version'))('any character, bit or digit of %s', (name) => {
    let tried = 0;
    for (const [index, item] of items.entries()) {
      const value = item[name];
      if (value === undefined) continue;
      const before = index === 0 ? beginningOf('jar-1') : (follow(predecessorOf(index), items[index - 1] as StoredItem) as Predecessor);
      for (const altered of alterations(name, value)) {
        const found = follow(before, { ...item, [name]: altered });
        if (!('what' in found)) throw new Error(`not found: ${name} of item ${index}: ${JSON.stringify(altered).slice(0, 200)}`);
        expect(found.version).toBe(versionOf(item));
        tried += 1;
      }
    }
    expect(tried).toBeGreaterThan(0);
  });

  /** What stands before the item before `index`, along the intact chain. */
  const predecessorOf = (index: number): Predecessor =>
    items.slice(0, index - 1).reduce<Predecessor>((before, item) => follow(before, item) as Predecessor, beginningOf('jar-1'));

  const anyIndex = fc.nat().map((seed) => seed % items.length);

  test('a removed attribute, except the snapshot, which may be removed', () => {
    for (const [index, item] of items.entries())
      for (const name of Object.keys(item)) {
        const { [name]: _, ...less } = item;
        const fault = firstFault(replaced(index, less));
        if (name === 'snapshot') expect(fault).toBeUndefined();
        else expect(fault).toBeDefined();
      }
  });

  test('an added attribute', () => {
    const value = fc.oneof(
      fc.string().map((S): AttributeValue => ({ S })),
      fc.integer().map((N): AttributeValue => ({ N: String(N) })),
      fc.uint8Array().map((B): AttributeValue => ({ B })),
      fc.constantFrom<AttributeValue>({ NULL: true }, { BOOL: false }, { M: {} }, { L: [] }, { SS: ['a'] }),
    );
    const name = fc.string({ minLength: 1 }).filter((one) => !Object.hasOwn(items[0] ?? {}, one));
    fc.assert(
      fc.property(anyIndex, fc.oneof(name, fc.constantFrom(...Object.keys(attributeTypes))), value, (index, added, be) => {
        fc.pre(items[index]?.[added] === undefined);
        expect(firstFault(replaced(index, { ...items[index], [added]: be }))?.version).toBe(versionOf(items[index]));
      }),
      { numRuns: 500 },
    );
  });

  test('the same value in another type', () => {
    const B = items.flatMap(({ events }, index) => (events?.B === undefined ? [] : [{ index, bytes: events.B }]))[0];
    const disguised: AttributeValue = { M: { base64: { S: Buffer.from(B?.bytes ?? []).toString('base64') } } };
    expect(firstFault(replaced(B?.index ?? 0, { ...items[B?.index ?? 0], events: disguised }))?.what).toBe("'events' has another type: M");
    const asBytes: AttributeValue = { B: Buffer.from(items[0]?.['snapshot']?.S ?? '') };
    expect(firstFault(replaced(0, { ...items[0], snapshot: asBytes }))?.what).toContain("'snapshot' does not match its seal");
    expect(firstFault(replaced(0, { ...items[0], count: { S: '1' } }))?.what).toBe("'count' has another type: S");
    expect(firstFault(replaced(0, { ...items[0], types: { SS: ['Filled'] } }))?.what).toBe("'types' has another type: SS");
  });

  test('a snapshot of another commit', () => {
    const [a, b] = items.filter(({ snapshot }) => snapshot !== undefined);
    expect(firstFault(items.map((item) => (item === a ? { ...a, snapshot: b?.['snapshot'] as AttributeValue } : item)))?.version).toBe(
      versionOf(a),
    );
  });
});

describe('misplaced commits', () => {
  test('a removed commit is named, unless it was the last one', () => {
    for (const index of items.keys()) {
      const fault = firstFault(items.toSpliced(index, 1));
      if (index === items.length - 1)
        expect(fault).toBeUndefined(); // A chain cannot tell where it should have ended.
      else expect(fault).toMatchObject({ version: versionOf(items[index]), what: expect.stringMatching(/^is missing/) });
    }
  });

  test("a commit of another stream, under this stream's name", async () => {
    const others = await storedStream([{ events: [filled(1)], state: { ml: 1 } }], { aggregate: 'jar', id: '2' });
    expect(firstFault([{ ...others[0], stream: { S: 'jar-1' } }])?.version).toBe(1);
  });

  test('a commit in the middle of another one', () => {
    const [first, second, ...rest] = items as [StoredItem, StoredItem, ...StoredItem[]];
    const wedged = { ...second, version: { N: '3' } };
    expect(firstFault([first, second, wedged, ...rest])).toMatchObject({ version: 3, what: expect.stringMatching(/^is stored twice/) });
  });

  test('a commit that was rewritten together with its hash breaks at the next one', async () => {
    const rewritten = await storedStream([{ events: [filled(1000)], state: { ml: 1 } }]);
    expect(firstFault([...rewritten, ...items.slice(1)])).toMatchObject({
      version: 2,
      what: expect.stringMatching(/or the commit before it was/),
    });
  });
});

test.each<[string, StoredItem, string]>([
  ['a wrong count', { count: { N: '2' } }, "'count' says 2, but it holds 1 events"],
  ['other types', { types: { L: [{ S: 'Emptied' }] } }, "'types' says Emptied, but it holds Filled"],
  ['no JSON', { events: { S: '[{' } }, 'its events cannot be read: '],
  ['no DEFLATE', { events: { B: Uint8Array.of(1, 2, 3) } }, 'its events cannot be read: '],
  ['no events', { events: { S: '[]' }, count: { N: '0' }, types: { L: [] } }, 'holds no event'],
  ['a time that runs backwards', { at: { S: '2025-01-01T00:00:00.000Z' } }, 'was recorded at 2025-01-01T00:00:00.000Z, before'],
  ['a snapshot that is none', { snapshot: { B: Uint8Array.of(1, 2, 3) } }, "'snapshot' does not match its seal"],
])('the error describes %s', (_, altered, what) => {
  const fault = firstFault(replaced(2, { ...items[2], ...altered }));
  expect(fault).toMatchObject({ stream: 'jar-1', version: 5 });
  expect(fault?.what).toContain(what);
});
