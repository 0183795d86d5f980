import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';

// The checker looks at the service in the current folder, so it runs in a process of its own, in a service of one file.

const script = `
const { typeChecker } = await import('${new URL('../../../local/watch/type-checker.ts', import.meta.url).href}');
const { reports } = await import('${new URL('../../../local/watch/reports.ts', import.meta.url).href}');
const checker = typeChecker(reports((source, line) => console.log(line)));
if (checker === undefined) console.log('no checker');
process.stdin.on('data', (files) => checker.check(new Set(String(files).trim().split(' '))));
process.stdin.on('end', () => {
  checker?.stop();
  process.exit();
});
`;

let folder: string;
let child: ChildProcess;
let lines: AsyncIterator<string>;
const write = (file: string, text: string): void => writeFileSync(join(folder, file), text);
const check = (...files: readonly string[]): void => void child.stdin?.write(`${files.join(' ')}\n`);
const nextLine = async (): Promise<string> => (await lines.next()).value;
const begin = (): void => {
  child = spawn(process.execPath, ['--input-type=module', '-e', script], { cwd: folder, stdio: ['pipe', 'pipe', 'inherit'] });
  if (child.stdout !== null) lines = createInterface(child.stdout)[Symbol.asyncIterator]();
};

beforeEach(() => {
  mkdirSync('.local', { recursive: true });
  folder = mkdtempSync(join(process.cwd(), '.local/types-'));
  mkdirSync(join(folder, '.local'));
  write('package.json', '{ "type": "module" }');
  write('tsconfig.json', '{ "compilerOptions": { "strict": true, "noEmit": true, "types": [] }, "include": ["*.ts"] }');
});
afterEach(async () => {
  child.stdin?.end();
  if (child.exitCode === null) await once(child, 'exit');
  rmSync(folder, { recursive: true, force: true });
});

test('a type error is reported with its file, line and column, and its end is reported, too', async () => {
  symlinkSync(join(process.cwd(), 'node_modules'), join(folder, 'node_modules'), 'dir');
  begin();
  write('decider.ts', "export const limit: number = 'ten';\n");
  check('README.md'); // No source.
  check('decider.ts');
  expect(await nextLine()).toBe('✖ 1 type error; the code runs, although it has them');
  expect(await nextLine()).toMatch(/^ {2}decider\.ts:1:14: error TS2322: Type 'string' is not assignable to type 'number'/);

  write('decider.ts', 'export const limit: number = 10;\n');
  check('decider.ts');
  expect(await nextLine()).toBe('✔ the types are right');

  write('decider.ts', Array.from({ length: 12 }, (_, index) => `export const limit${index}: number = 'ten';`).join('\n'));
  check('decider.ts');
  expect(await nextLine()).toBe('✖ 12 type errors; the code runs, although it has them');
  for (let line = 1; line <= 10; line++) expect(await nextLine()).toContain(`decider.ts:${line}:14: error`);
  expect(await nextLine()).toBe('  … and 2 more: npx tsc --noEmit');
});

test('a check that is given up leaves no compiler behind', async () => {
  symlinkSync(join(process.cwd(), 'node_modules'), join(folder, 'node_modules'), 'dir');
  begin();
  const compilers = (): number =>
    execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })
      .split('\n')
      .filter((line) => line.includes(`${folder}/.local/types.tsbuildinfo`) && !line.includes('<defunct>')).length;
  // Large enough that the compiler is at work when it is ended.
  write(
    'big.ts',
    Array.from({ length: 60_000 }, (_, index) => `export const n${index}: { readonly a: number } = { a: ${index} };`).join('\n'),
  );
  check('big.ts');
  while (compilers() < 1) await setTimeout(10);
  check('big.ts');
  await setTimeout(500);
  expect(compilers()).toBeLessThanOrEqual(1);
  child.stdin?.end();
  await once(child, 'exit');
  expect(compilers()).toBe(0);
});

test('a service without TypeScript has no checker', async () => {
  rmSync(join(folder, 'tsconfig.json'));
  begin();
  expect(await nextLine()).toBe('no checker');
});
