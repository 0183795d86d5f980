import { expect, test } from '@jest/globals';
import { compareVersions, isIn } from './versions.ts';

test.each([
  ['0.2.0', '0.2.0', 0],
  ['0.2.1', '0.2.0', 1],
  ['0.10.0', '0.9.9', 1],
  ['1.0.0', '2.0.0', -1],
  ['1.0.0-rc.1', '1.0.0', 0],
])('%s beside %s', (a, b, sign) => {
  expect(Math.sign(compareVersions(a, b))).toBe(sign);
});

test.each([
  ['4.6.7', '^4.6.7', true],
  ['4.7.0', '^4.6.7', true],
  ['4.6.6', '^4.6.7', false],
  ['5.0.0', '^4.6.7', false],
  ['0.2.9', '^0.2.1', true],
  ['0.3.0', '^0.2.1', false],
  ['2.9.30', '2.9.30', true],
  ['2.9.31', '2.9.30', false],
])('%s in %s: %s', (version, range, expected) => {
  expect(isIn(version, range)).toBe(expected);
});
