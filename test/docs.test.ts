import { execFile } from 'node:child_process';
import { cpSync, existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, expect, test } from '@jest/globals';
import { verbs } from '../cli/verbs.ts';
import { settingNames } from './support/settings.ts';

const folder = mkdtempSync(join(tmpdir(), 'foldstream-'));
afterAll(() => rmSync(folder, { recursive: true }));

// docs/site is the package that builds the site of these pages.
const pages = ['README.md', ...globSync(['docs/**/*.md', 'examples/**/*.md'], { exclude: ['docs/site/**'] })];
const textOf = (page: string): string => readFileSync(page, 'utf8');

/** The documentation shows the domain of this repository as its example. The domain's own tests check those links. */
const leadsIntoDomain = (file: string): boolean => file.startsWith('domain/');

test.each(pages)('%s: the files that it links to exist', (page) => {
  const links = [...textOf(page).matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map(([, link = '']) => link);
  const files = links.filter((link) => !link.includes(':')).map((link) => join(dirname(page), link));
  expect(files.filter((file) => !leadsIntoDomain(file) && !existsSync(file))).toEqual([]);
});

/** The anchors of a page, as GitHub makes them of its headings. */
const anchorsOf = (page: string): readonly string[] =>
  [...textOf(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

test.each(pages)('%s: the headings that it links to exist', (page) => {
  const links = [...textOf(page).matchAll(/\]\(([^)#\s:]*\.md|)#([^)]+)\)/g)];
  const dead = links.filter(([, file = '', anchor = '']) => !anchorsOf(file === '' ? page : join(dirname(page), file)).includes(anchor));
  expect(dead.map(([link]) => link)).toEqual([]);
});

test.each(pages)('%s: the verbs that it names exist', (page) => {
  const named = [...textOf(page).matchAll(/(?:npx|tgz|`)\s*foldstream ([a-z]+)/g)].map(([, name = '']) => name);
  expect(named.filter((name) => !(name in verbs))).toEqual([]);
});

test.each(pages)('%s: the settings that it names exist', (page) => {
  const named = [...textOf(page).matchAll(/ -c ([A-Za-z]+)=|`-c ([A-Za-z]+)=/g)].map(([, one, other]) => one ?? other ?? '');
  expect(named.filter((name) => !settingNames().includes(name) && name !== 'name')).toEqual([]);
});

test.each(pages)('%s: the npm scripts that it names exist, here or in a new service', (page) => {
  const manifests = ['package.json', 'cli/new/template/_package.json'].map((file) => JSON.parse(readFileSync(file, 'utf8')));
  const scripts: object = Object.assign({}, ...manifests.map((manifest) => manifest.scripts));
  const named = [...textOf(page).matchAll(/\bnpm run ([\w:-]*\w)/g)].map(([, name = '']) => name);
  expect(named.filter((name) => !(name in scripts))).toEqual([]);
});

/** The files that a page has the reader write: a block of code under a line that begins with the file's path. */
const filesOf = (page: string): readonly (readonly [path: string, text: string])[] =>
  [...textOf(page).matchAll(/^`([^`]+\.ts)` — [^\n]*\n\n```ts\n(.*?)^```/gms)].map(([, path = '', text = '']) => [path, text]);

test('the files of the tour and of the how-to pages compile, and the scenarios of the tour pass', async () => {
  for (const name of ['adapters', 'cli', 'core', 'lib', 'testing', 'package.json', 'tsconfig.json'])
    cpSync(name, join(folder, name), { recursive: true });
  symlinkSync(join(process.cwd(), 'node_modules'), join(folder, 'node_modules'), 'junction');
  const files = filesOf('docs/tutorial/tour.md');
  expect(files.map(([path]) => path)).toEqual(['events', 'decider', 'review.test'].map((name) => `domain/review/${name}.ts`));
  const others = ['change-events', 'deploy', 'test-a-domain'].flatMap((page) => filesOf(`docs/how-to/${page}.md`));
  expect(others.map(([path]) => path)).toEqual(['domain/rating/events.ts', 'bin/app.ts', 'domain/system.test.ts']);
  for (const [path, text] of [...files, ...others]) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  writeFileSync(join(folder, 'tsconfig.tour.json'), JSON.stringify({ extends: './tsconfig.json', include: ['domain', 'bin'] }));
  writeFileSync(
    join(folder, 'jest.tour.js'),
    `import config from '${pathToFileURL(resolve('jest.config.js'))}';
     const { globalSetup, testSequencer, ...others } = config;
     export default { ...others, rootDir: '.' };`,
  );

  const run = (...args: readonly string[]) =>
    promisify(execFile)(process.execPath, args, { cwd: folder }).catch(({ message, stdout }) => {
      throw new Error(`${message}\n${stdout}`);
    });
  await run('node_modules/typescript/bin/tsc', '-p', 'tsconfig.tour.json');
  const jest = await run('--experimental-vm-modules', 'node_modules/jest/bin/jest.js', '--config', 'jest.tour.js', 'domain/review/');
  expect(jest.stderr).toMatch(/Tests: +(\d+) passed, \1 total/);
});
