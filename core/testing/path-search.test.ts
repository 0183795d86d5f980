import { expect, test } from '@jest/globals';
import { type Ground, type Next, search } from './path-search.ts';

interface Place {
  readonly name: string;
}
const at = (name: string): Place => ({ name });

/** A ground from lines such as `a>b,c`: from a one comes to b and c. A place in capitals ends a path. */
const ground = (lines: readonly string[], more: Partial<Ground<Place>> = {}): Ground<Place> => {
  const ways = new Map(lines.map((line) => line.split('>') as [string, string]));
  return {
    nexts: ({ name }) => (ways.get(name) ?? '').split(',').flatMap((to): Next<Place>[] => (to === '' ? [] : [[`to ${to}`, at(to)]])),
    keyOf: ({ name }) => name,
    isOver: ({ name }) => name === name.toUpperCase(),
    brokenIn: () => undefined,
    ...more,
  };
};

test.each<[string, string[], bigint, number]>([
  ['one path', ['a>B'], 1n, 2],
  ['two ends', ['a>B,C'], 2n, 3],
  ['two ways to one end, which is visited once', ['a>b,c', 'b>d', 'c>d', 'd>E'], 2n, 5],
  ['a path that may end, and go on', ['a>B', 'B>C'], 2n, 3],
  ['a path without an end', ['a>b'], 0n, 2],
  ['eight ways in three forks', ['a>b,c', 'b>d', 'c>d', 'd>e,f', 'e>g', 'f>g', 'g>H,I'], 8n, 9],
])('counts the paths to an end, and the situations: %s', (_, lines, paths, situations) => {
  expect(search(at('a'), ground(lines))).toEqual({ paths, situations });
});

test('the failure is the one on the shortest path, as its steps', () => {
  const lines = ['a>b,c', 'b>d', 'd>x', 'c>x'];
  expect(search(at('a'), ground(lines, { brokenIn: ({ name }) => (name === 'x' ? 'no x' : undefined) }))).toEqual({
    ...{ paths: 0n, situations: 5 },
    failure: { broken: 'no x', path: ['to c', 'to x'] },
  });
});

test('the start may be broken', () => {
  expect(search(at('a'), ground(['a>b'], { brokenIn: () => 'all' }))).toEqual({
    ...{ paths: 0n, situations: 1 },
    failure: { broken: 'all', path: [] },
  });
});

test('a step that breaks something is the last of its path', () => {
  const nexts = ({ name }: Place): Next<Place>[] => (name === 'a' ? [['to b', at('b')]] : [['falls', { broken: 'a rule' }]]);
  expect(search(at('a'), ground([], { nexts }))).toEqual({
    ...{ paths: 0n, situations: 2 },
    failure: { broken: 'a rule', path: ['to b', 'falls'] },
  });
});

test('the key of a situation that was met is not asked for again', () => {
  const [a, b] = [at('a'), at('b')];
  const asked: string[] = [];
  const nexts = ({ name }: Place): Next<Place>[] =>
    name === 'a'
      ? [
          ['one', b],
          ['two', b],
        ]
      : [];
  const keyOf = ({ name }: Place): string => {
    asked.push(name);
    return name;
  };
  expect(search(a, ground([], { nexts, keyOf, isOver: ({ name }) => name === 'b' }))).toEqual({ paths: 2n, situations: 2 });
  expect(asked).toEqual(['a', 'b']);
});
