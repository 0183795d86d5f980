import { execFile } from 'node:child_process';
import { cpSync, existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, expect, test } from '@jest/globals';

const folder = mkdtempSync(join(tmpdir(), 'foldstream-'));
afterAll(() => rmSync(folder, { recursive: true }));

const pages = ['README.md', ...globSync(['docs/**/*.md', 'examples/**/*.md'])];
const textOf = (page: string): string => readFileSync(page, 'utf8');

/** The documentation shows the domain of this repository as its example. The domain's own tests check those links. */
const leadsIntoDomain = (file: string): boolean => file.startsWith('domain/');

test.each(pages)('%s: what it links to is there', (page) => {
  const links = [...textOf(page).matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map(([, link = '']) => link);
  const files = links.filter((link) => !link.includes(':')).map((link) => join(dirname(page), link));
  expect(files.filter((file) => !leadsIntoDomain(file) && !existsSync(file))).toEqual([]);
});

test.each(pages)('%s: the npm scripts that it names exist', (page) => {
  // Those of this repository, and those of a service that `foldstream new` writes.
  const manifests = ['package.json', 'cli/new/template/_package.json'].map((file) => JSON.parse(readFileSync(file, 'utf8')));
  const scripts = Object.assign({}, ...manifests.map((manifest) => manifest.scripts)) as Record<string, string>;
  const named = [...textOf(page).matchAll(/\bnpm run ([\w:-]*\w)/g)].map(([, name = '']) => name);
  expect(named.filter((name) => !(name in scripts))).toEqual([]);
});

/** The files that a page has the reader write: a block of code under a line that begins with the file's path. */
const filesOf = (page: string): readonly (readonly [path: string, text: string])[] =>
  [...textOf(page).matchAll(/^`([^`]+\.ts)` — [^\n]*\n\n```ts\n(.*?)^```/gms)].map(([, path = '', text = '']) => [path, text]);

test('the aggregate of the tour compiles, and its scenarios pass', async () => {
  for (const name of ['adapters', 'cli', 'core', 'lib', 'testing', 'package.json', 'tsconfig.json'])
    cpSync(name, join(folder, name), { recursive: true });
  symlinkSync(join(process.cwd(), 'node_modules'), join(folder, 'node_modules'), 'junction');
  const files = filesOf('docs/tour.md');
  expect(files.map(([path]) => path)).toEqual(['events', 'decider', 'review.test'].map((name) => `domain/review/${name}.ts`));
  for (const [path, text] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  writeFileSync(join(folder, 'tsconfig.tour.json'), JSON.stringify({ extends: './tsconfig.json', include: ['domain'] }));
  writeFileSync(
    join(folder, 'jest.tour.js'),
    `import config from '${pathToFileURL(resolve('jest.config.js'))}';
     const { globalSetup, ...others } = config;
     export default { ...others, rootDir: '.' };`,
  );

  const run = (...args: readonly string[]) =>
    promisify(execFile)(process.execPath, args, { cwd: folder }).catch(({ message, stdout }) => {
      throw new Error(`${message}\n${stdout}`);
    });
  await run('node_modules/typescript/bin/tsc', '-p', 'tsconfig.tour.json');
  const jest = await run('--experimental-vm-modules', 'node_modules/jest/bin/jest.js', '--config', 'jest.tour.js', 'domain/review');
  expect(jest.stderr).toMatch(/Tests: +(\d+) passed, \1 total/);
});
