import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { build } from 'esbuild';
import { inSources, withSources } from './stack-trace.ts';

const folder = mkdtempSync(join(tmpdir(), 'foldstream-stack-'));
const source = `
const thrower = (text: string): never => {
  throw new Error(text);
};
export const handler = () => thrower('no luck');
`;

beforeAll(async () => {
  writeFileSync(join(folder, 'decider.ts'), source);
  for (const [name, sourcemap] of [
    ['mapped', true],
    ['bare', false],
    ['damaged', true],
  ] as const)
    await build({
      ...{ entryPoints: [join(folder, 'decider.ts')], outfile: join(folder, name, 'index.mjs'), format: 'esm', minify: true },
      ...{ sourcemap, sourcesContent: false },
    });
  writeFileSync(join(folder, 'damaged', 'index.mjs.map'), '{"version":3,');
});
afterAll(() => rmSync(folder, { recursive: true }));

const script = `
const { handler } = await import(process.argv[1]);
try { handler() } catch ({ stack }) { console.log(stack) }
`;

/** The stack in a process of its own. */
const stackOf = (name: string): string =>
  execFileSync(process.execPath, ['--input-type=module', '--eval', script, join(folder, name, 'index.mjs')], { encoding: 'utf8' });

test('a stack names the files and lines that a bundle was made of', () => {
  const stack = stackOf('mapped');
  expect(stack).toMatch(/mapped\/index\.mjs:1:\d+/);
  const [message, thrown, called] = inSources(stack).split('\n');
  expect(message).toBe('Error: no luck');
  expect(thrown).toMatch(/decider\.ts:3:9\)?$/);
  expect(called).toMatch(/decider\.ts:5:30\)?$/);
});

test.each(['bare', 'damaged'])('a stack without a readable map stays unchanged (%s)', (name) => {
  const stack = stackOf(name);
  expect(stack).toMatch(/index\.mjs:1:\d+/);
  expect(inSources(stack)).toBe(stack);
});

test.each(['file://[x:1:1', 'file://%zz:3:4', 'file:///nowhere/index.mjs:1:1'])(
  'a text that only looks like a position stays as it is (%s)',
  (text) => {
    expect(inSources(`Error: ${text}`)).toBe(`Error: ${text}`);
  },
);

test('a logger maps the values of `stack`, and no others', () => {
  const stack = stackOf('mapped');
  expect(withSources('stack', stack)).toBe(inSources(stack));
  expect(withSources('message', stack)).toBe(stack);
  expect(withSources('stack', 7)).toBe(7);
});
