import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';

// docs/decisions/0033 lists the findings of two reviews, each with the test that holds what is right now. A test that is renamed or
// removed, and a finding without an answer, fail here.

const page = readFileSync('docs/decisions/0033-findings-of-two-reviews.md', 'utf8');
const [reported = '', attacked = ''] = page.split(/^## /m).slice(1);

interface Row {
  readonly number: string;
  readonly holds: string;
  readonly where: string;
}
const rowsOf = (section: string): readonly Row[] =>
  section
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| |'))
    .map((line) => {
      const [, number = '', , holds = '', where = '', ...more] = line.split(/ \|(?: |$)|^\| /);
      expect([line, more]).toEqual([line, ['']]);
      return { number, holds, where };
    });

/** P1 to P13, and so on: P1b is a second part of P1. */
const numbers = (letter: string, most: number) => Array.from({ length: most }, (_, index) => `${letter}${index + 1}`);
test.each([
  ['reported', reported, [...numbers('P', 13), ...numbers('O', 14), ...numbers('F', 7)]],
  ['attacked', attacked, [...numbers('H', 9), ...numbers('M', 13), ...numbers('L', 12)]],
])('each finding has its row: %s', (_, section, expected) => {
  const found = rowsOf(section).map(({ number }) => number);
  expect([...new Set(found.map((number) => number.replace(/[a-z]$/, '')))].sort()).toEqual(expected.toSorted());
  expect(new Set(found).size).toBe(found.length);
});

/** The tests that a cell names: a file, and titles in it. */
const named = (where: string): readonly (readonly [file: string, title: string])[] =>
  [...where.matchAll(/`([^`]+\.ts)`((?:[:,] "[^"]+")*)/g)].flatMap(([, file = '', titles = '']) =>
    [...titles.matchAll(/"([^"]+)"/g)].map(([, title = '']) => [file, title] as const),
  );

describe('what is named exists:', () => {
  test.each([...rowsOf(reported), ...rowsOf(attacked)])('$number', ({ holds, where }) => {
    const tests = named(where);
    for (const [file, title] of tests) {
      expect([file, existsSync(file)]).toEqual([file, true]);
      const source = readFileSync(file, 'utf8');
      expect([title, ["'", '"', '`'].some((quote) => source.includes(`${quote}${title}${quote}`))]).toEqual([title, true]);
    }
    const hasReason = /not yet|stays so/i.test(`${holds} ${where}`);
    expect(tests.length > 0 || hasReason || /\]\(/.test(where)).toBe(true);
    // Each file that a cell names has a title: a file alone says nothing.
    expect([...where.matchAll(/`[^`]+\.ts`/g)].length).toBeLessThanOrEqual(tests.length);
  });
});
