import { describe, expect, test } from '@jest/globals';
import type { Mutant } from './measure.ts';
import { hasOtherTests, isCurrent, killedIn, overall, type Score, sampleOf, scoreOf } from './scores.ts';
import { targets, testsOfFiles } from './tests-of.ts';

const hashes = { source: 's', tests: { 'a.test.ts': 't' } };
const fated = (...fates: readonly Mutant['fate'][]): readonly Mutant[] =>
  fates.map((fate, number) => ({ number, fate, change: `change ${number}` }));
const score = scoreOf(fated('killed', 'alive', 'error', 'killed'), hashes);

test('a score counts the killed among the mutants that ran, and never rounds up', () => {
  expect(score).toEqual({ score: 66.6, mutants: 4, alive: { 1: 'change 1' }, errors: { 2: 'change 2' }, ...hashes });
  expect(scoreOf([], hashes).score).toBe(100);
});

test('each mutant that is neither alive nor an error is called killed', () => expect(killedIn(score)).toEqual([0, 3]));

test('the score over all weighs each file by its mutants', () => {
  const good = scoreOf(fated(...Array<'killed'>(7).fill('killed')), hashes);
  expect(overall([score, good])).toBe(90);
});

test.each([
  ['the same code and tests', score, true],
  ['another code', { ...score, source: 'x' }, false],
  ['another code of a test', { ...score, tests: { 'a.test.ts': 'x' } }, false],
  ['another test', { ...score, tests: { 'b.test.ts': 't' } }, false],
  ['no score', undefined, false],
])('is a score current: %s', (_, recorded: Score | undefined, expected) => expect(isCurrent(recorded, hashes)).toBe(expected));

test.each([
  ['the same code and tests', score, false],
  ['another code', { ...score, source: 'x' }, false],
  ['another code of a test', { ...score, tests: { 'a.test.ts': 'x' } }, true],
  ['another code, of a test too', { ...score, source: 'x', tests: { 'a.test.ts': 'x' } }, false],
  ['no score', undefined, false],
])('have only its tests changed: %s', (_, recorded: Score | undefined, expected) => expect(hasOtherTests(recorded, hashes)).toBe(expected));

describe('a sample', () => {
  const scores = Object.fromEntries(['a', 'b', 'c', 'd'].map((file) => [file, score]));
  const flat = (seed: string): readonly string[] =>
    [...sampleOf(scores, seed, 3)].flatMap(([file, numbers]) => numbers.map((number) => `${file} ${number}`));

  test('holds that number of killed mutants', () => {
    expect(flat('one')).toHaveLength(3);
    for (const one of flat('one')) expect(one).toMatch(/^[a-d] [03]$/);
  });
  test('is the same with the same seed, and other ones are drawn with another', () => {
    expect(flat('one')).toEqual(flat('one'));
    expect(new Set(['1', '2', '3', '4', '5'].map((seed) => flat(seed).join())).size).toBeGreaterThan(1);
  });
});

describe('the tests of a file', () => {
  const testsOf = testsOfFiles();

  test('begin with its own, and are four at most', () => {
    expect(testsOf('core/log/gate.ts')[0]).toBe('core/log/gate.test.ts');
    expect(testsOf('adapters/event-log/commit-item.ts')).toContain('test/contract/memory-event-store.test.ts');
    for (const file of targets()) expect(testsOf(file).length).toBeLessThanOrEqual(4);
  });
  test('are only tests without an engine', () => {
    const all = new Set(targets().flatMap(testsOf));
    expect(all).not.toContain('test/contract/dynamo-event-store.test.ts');
    expect(all).not.toContain('test/contract/saga-tokens.test.ts');
    expect(all).toContain('core/rebuild/steward.test.ts');
  });
});
