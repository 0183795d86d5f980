import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';

// The laws of `projectionScenarios` and `sagaPaths` find what they are for.

interface Outcome {
  readonly status: string;
  readonly ancestorTitles: readonly string[];
  readonly title: string;
  readonly failureMessages: readonly string[];
}

let outcomes: readonly Outcome[] = [];
beforeAll(() => {
  const jest = [resolve('node_modules/jest/bin/jest.js'), '--json', '--runInBand', '--testMatch', '**/test/support/faulty-scenarios.ts'];
  const { stdout, stderr } = spawnSync(process.execPath, ['--experimental-vm-modules', '--no-warnings', ...jest], { encoding: 'utf8' });
  if (!stdout.includes('{')) throw new Error(stderr);
  outcomes = JSON.parse(stdout.slice(stdout.indexOf('{'))).testResults[0].assertionResults;
});

/** The tests that failed in the groups whose titles begin with this name. */
const failed = (name: string): readonly Outcome[] =>
  outcomes.filter(({ ancestorTitles, status }) => status === 'failed' && ancestorTitles[0]?.includes(name));
const titles = (name: string): readonly string[] => failed(name).map(({ title }) => title);

test.each<[string, readonly string[]]>([
  ['content', ['every event with a row is given']],
  ['wrong', ['expects another document', 'all at once makes the same documents']],
  ['unfit', ['every document fits its schema']],
  ['changing', ['is handed what it may not change', 'what comes twice counts once']],
  ['latest', ['and so do the streams the other way round', 'what comes late is waited for']],
  ['emptying', ['is filled once more']],
])('%s fails by: %s', (name, expected) => {
  for (const title of expected) expect(titles(name)).toContain(title);
});

test('correct definitions pass', () => {
  expect(titles('content')).toEqual(['every event with a row is given']);
  // A document that does not fit is not written: its stream is parked, in each order.
  expect(titles('unfit')).toEqual(expect.arrayContaining(['every document fits its schema', 'is right']));
  expect(titles('unfit')).not.toContain('is emptied');
  expect(titles('latest')).not.toContain('is right in one order only');
});

test('a row that cannot apply an event fails with the event and the reason', () => {
  expect(failed('changing')[0]?.failureMessages[0]).toMatch(/stream-1 is parked: TypeError: Cannot assign to read only property/);
});

test('a path that breaks an invariant is printed as a list', () => {
  expect(failed('emptying')[0]?.failureMessages[0]).toMatch(/broken: the jar is full\n1\. Empty\/0: done/);
});
