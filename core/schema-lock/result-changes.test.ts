import { describe, expect, test } from '@jest/globals';
import { resultChanges } from './result-changes.ts';

type Texts = Readonly<Record<string, string>>;
const shape = (results: Texts, { key = 'stream' as 'stream' | 'events', events = ['A', 'B', 'C'], scenarios = {} as Texts } = {}) => ({
  ...{ key, events, results },
  scenarios: Object.fromEntries(
    Object.entries(scenarios).map(([title, documents]) => [title, { given: '[{"type":"A"},{"type":"B"}]', documents }]),
  ),
});
const changes = (was: ReturnType<typeof shape>, is: ReturnType<typeof shape>) => resultChanges('at', was, is);
const said = (was: Texts, is: Texts) => changes(shape(was), shape(is)).map(({ path, change }) => `${path} ${change}`);

test('equal texts are no change', () => {
  const same = shape({ 'A@1#1': '1', 'A@1#1 > B@1#1': '2' }, { scenarios: { one: '3' } });
  expect(changes(same, same)).toEqual([]);
});

test('the shortest stream tells of its last event, and says what came before', () => {
  expect(said({ 'A@1#1 > B@1#1': '1', 'A@1#1': '1' }, { 'A@1#1 > B@1#1': '2', 'A@1#1': '2' })).toEqual([
    'at.evolve.A makes another document of A@1',
  ]);
  expect(said({ 'A@1#1 > B@1#1': '1', 'A@1#1': '1' }, { 'A@1#1 > B@1#1': '2', 'A@1#1': '1' })).toEqual([
    'at.evolve.B makes another document of B@1 after A@1',
  ]);
  expect(said({ 'C@1#1 > A@1#1 > B@1#1': '1' }, { 'C@1#1 > A@1#1 > B@1#1': '2' })).toEqual([
    'at.evolve.B makes another document of B@1 after C@1, A@1',
  ]);
});

test('events that one of the two does not listen to are told elsewhere', () => {
  const [was, is] = [
    { 'A@1#1': '1', 'B@1#1': '1' },
    { 'A@1#1': '2', 'B@1#1': '2' },
  ];
  const paths = (before: readonly string[], after: readonly string[]) =>
    changes(shape(was, { events: [...before] }), shape(is, { events: [...after] })).map(({ path }) => path);
  expect(paths(['A', 'B'], ['A'])).toEqual(['at.evolve.A']);
  expect(paths(['B'], ['A', 'B'])).toEqual(['at.evolve.B']);
});

test('a scenario is told by its title, if no event of it is told', () => {
  const scenarios = (documents: string, other = '0') => shape({ 'A@1#1': other }, { scenarios: { one: documents, two: 'same' } });
  expect(changes(scenarios('1'), scenarios('2'))).toStrictEqual([
    { severity: 'incompatible', before: 1, after: 2, path: 'at.evolve.B', change: "makes another document of the scenario 'one'" },
  ]);
  expect(changes(scenarios('1'), scenarios('2', '1')).map(({ path }) => path)).toEqual(['at.evolve.A']);
});

describe('the two documents', () => {
  const pair = (before: string, after: string, key: 'stream' | 'events' = 'stream') =>
    changes(shape({ 'A@1#1': before }, { key }), shape({ 'A@1#1': after }, { key }))[0];
  test.each<[string, string, unknown, unknown]>([
    ['null', '{"a":1}', null, { a: 1 }],
    ['{"a":1}', 'null', { a: 1 }, null],
    ['parked by A', '{"a":1}', 'parked by A', { a: 1 }],
    ['{"a":1,"b":2}', '{"a":1,"b":3}', { b: 2 }, { b: 3 }],
    ['{"a":1,"b":2}', '{"a":1}', { b: 2 }, {}],
    ['{"a":1}', '{"a":1,"b":2}', {}, { b: 2 }],
    ['{"a":{"b":1,"c":[1,2]}}', '{"a":{"b":1,"c":[2,1]}}', { a: { c: [1, 2] } }, { a: { c: [2, 1] } }],
    ['{"a":{"b":1},"c":1}', '{"a":5,"c":1}', { a: { b: 1 } }, { a: 5 }],
    ['[1,2]', '[1,3]', [1, 2], [1, 3]],
  ])('%s and %s are shown as far as they differ', (before, after, was, is) => {
    const change = pair(before, after);
    expect([change?.before, change?.after]).toStrictEqual([was, is]);
  });

  test.each<[string, string, boolean]>([
    ['{"bo":1}', '{"al":1}', true],
    ['{"bo":1}', '{"al":1,"bo":1}', true],
    ['{"al":1,"bo":1}', '{"bo":1}', true],
    ['{"al":1,"bo":1}', '{"al":1,"bo":2}', false],
    ['{"bo":1}', 'parked by A', false],
    ['parked by A', '{"bo":1}', false],
  ])('%s and %s: other keys %s', (before, after, isOfKey) => {
    const [path, change] = isOfKey ? ['at.key', 'chooses other documents for A@1'] : ['at.evolve.A', 'makes another document of A@1'];
    expect(pair(before, after, 'events')).toMatchObject({ path, change });
    expect(pair(before, after)?.path).toBe('at.evolve.A'); // A document of one stream has fields in this place.
  });
});
