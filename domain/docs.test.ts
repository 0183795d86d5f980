import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';

// The documentation shows the marketplace as its example. test/docs.test.ts checks all other links.

const links = ['README.md', ...globSync(['docs/**/*.md', 'examples/**/*.md'], { exclude: ['docs/site/**'] })].flatMap((page) =>
  [...readFileSync(page, 'utf8').matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map(([, link = '']) => join(dirname(page), link)),
);
const intoDomain = links.filter((link) => link.startsWith('domain/'));

test('every file of domain/ that a page links to is there', () => {
  expect(intoDomain).toContain('domain/order/decider.ts');
  expect(intoDomain.filter((file) => !existsSync(file))).toEqual([]);
});
