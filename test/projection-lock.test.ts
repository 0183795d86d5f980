import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';

// A service in the repository, so that `foldstream` is this very package. Its command line runs in a process of its own.
const root = fileURLToPath(new URL('..', import.meta.url));
mkdirSync(join(root, '.local'), { recursive: true });
const service = mkdtempSync(join(root, '.local', 'projections-'));
afterAll(() => rmSync(service, { recursive: true }));
mkdirSync(join(service, 'domain'));

const foldstream = (
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): { readonly code: number | null; readonly said: string } => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'cli/main.ts'), ...args], {
    cwd: service,
    encoding: 'utf8',
    env: { ...process.env, INIT_CWD: service, ...env },
  });
  return { code: status, said: stdout + stderr };
};
const check = () => foldstream(['schemas']);
const accept = (...flags: readonly string[]) => foldstream(['schemas', '--accept', ...flags]);
const lockFile = join(service, 'domain/schemas.lock.json');
const lock = () => JSON.parse(readFileSync(lockFile, 'utf8'));

interface Parts {
  readonly helper?: string;
  readonly row?: string;
  readonly indexes?: string;
  readonly revision?: number;
  readonly shape?: string;
  readonly beside?: boolean;
}

const write = ({ helper = 'ml * 2', row = '(jar, { ml }) => ({ ...jar, twice: jar.twice + twice(ml) })', ...parts }: Parts = {}): void => {
  const { indexes = "{ byPerson: { partition: 'by', sort: 'twice' } }", revision = 1, shape = 'z.int()', beside = false } = parts;
  writeFileSync(join(service, 'domain/helper.ts'), `export const twice = (ml: number): number => ${helper};\n`);
  writeFileSync(
    join(service, 'domain/jar.ts'),
    `import * as z from 'zod';
import { defineDecider, defineProjection } from 'foldstream';
import { twice } from './helper.ts';
const events = { Filled: z.object({ ml: ${shape} }) };
export const jar = defineDecider({
  name: 'jar', commands: {}, decide: {}, events,
  initialState: () => ({}),
  evolve: { Filled: () => ({}) },
});
export const contents = defineProjection({
  name: 'contents', revision: ${revision}, events,
  document: z.object({ by: z.string(), twice: z.int() }),
  indexes: ${indexes},
  initialState: () => ({ by: 'bo', twice: 0 }),
  evolve: { Filled: ${row} },
});`,
  );
  writeFileSync(
    join(service, 'domain/index.ts'),
    `import { defineDomain } from 'foldstream';
import { contents, jar } from './jar.ts';
const contents1 = { ...contents, revision: 1, indexes: { byPerson: { partition: 'by', sort: 'twice' } } } as const;
export const domain = defineDomain({ deciders: [jar], projections: [${beside ? 'contents1, ' : ''}contents] });
void contents1;`,
  );
};

const tests = join(service, 'domain/jar.test.ts');
const writeTest = (given = '[{ type: "Filled", data: { ml: 3 } }]', first = ''): void =>
  writeFileSync(
    tests,
    `import { describe, expect, jest } from '@jest/globals';
import { projectionScenarios } from 'foldstream/testing';
import { contents } from './jar.ts';
${first}
jest.setTimeout(1000);
void expect.anything();
describe('a jar', () => projectionScenarios(contents, { 'three are six': { given: ${given}, then: { by: 'bo', twice: 6 } } }));`,
  );

let begun: string;
beforeAll(() => {
  write();
  expect(accept()).toEqual({ code: 0, said: expect.stringMatching(/schemas\.lock\.json is written/) });
  expect(check()).toEqual({ code: 0, said: expect.stringMatching(/up to date/) });
  begun = readFileSync(lockFile, 'utf8');
});
beforeEach(() => {
  rmSync(tests, { force: true });
  writeFileSync(lockFile, begun);
  write();
});

test('a lock of an earlier release is completed once', () => {
  const { 'read-models': whole, ...earlier } = lock();
  writeFileSync(lockFile, JSON.stringify(earlier));
  expect(check()).toEqual({
    code: 1,
    said: expect.stringMatching(
      /^compatible: projections contents@1 are not in the lock yet\n {2}remedy: record them once.*schemas:accept\n/,
    ),
  });
  expect(accept().code).toBe(0);
  expect(lock()['read-models']).toEqual(whole);
  expect(check().code).toBe(0);
});

test('the lock is the same text at every time, in every place', () => {
  write({ row: "(jar, { ml }) => ({ ...jar, by: String(new Date('2026-07-01T23:00:00Z').getHours()), twice: ml })", revision: 2 });
  const texts = ['UTC', 'Asia/Tokyo'].map((TZ) => {
    rmSync(lockFile);
    expect(foldstream(['schemas', '--accept'], { TZ }).code).toBe(0);
    return readFileSync(lockFile, 'utf8');
  });
  expect(texts[1]).toBe(texts[0]);
  expect(texts[0]).toContain('\\"by\\":\\"23\\"');
});

test('a helper that is written in another way is no difference', () => {
  write({ helper: 'ml + ml', row: '({ twice: sum, ...jar }, filled) => ({ twice: twice(filled.ml) + sum, ...jar })' });
  expect(check().code).toBe(0);
});

test('a helper that makes other documents is refused, with both and the remedy, unless --projections or --incompatible is given', () => {
  const before = readFileSync(lockFile, 'utf8');
  write({ helper: 'ml * 3' });
  const diff = new RegExp(
    [
      'incompatible: projection contents@1\\.evolve\\.Filled makes another document of Filled@1',
      '  - {"twice":202}',
      '  \\+ {"twice":303}',
      '  breaks: the documents that are stored .*',
      '  remedy: raise the revision: `revision: 2`.*`projections: \\[contents1, contents\\]`.*',
    ].join('\n'),
  );
  expect(check()).toEqual({ code: 1, said: expect.stringMatching(diff) });
  expect(accept()).toEqual({ code: 1, said: expect.stringMatching(diff) });
  expect(readFileSync(lockFile, 'utf8')).toBe(before);
  expect(accept('--projections').code).toBe(0);
  expect(check().code).toBe(0);
  write({ helper: 'ml * 4' });
  expect(accept('--incompatible').code).toBe(0);
  expect(check().code).toBe(0);
});

test('--projections takes no change that stored events would not survive', () => {
  write({ helper: 'ml * 3', shape: 'z.string()', row: '(jar) => ({ ...jar, twice: twice(1) })' });
  const { code, said } = accept('--projections');
  expect([code, said]).toEqual([1, expect.stringMatching(/incompatible: jar\.Filled\.ml has another type/)]);
  expect(said).not.toMatch(/projection contents/);
});

test('an index that changes is refused; in a new revision beside the old one it is taken', () => {
  write({ indexes: '{}' });
  expect(check()).toEqual({
    code: 1,
    said: expect.stringMatching(
      /incompatible: projection contents@1\.indexes\.byPerson was removed\n {2}- {"partition":"by","sort":"twice"}/,
    ),
  });
  write({ indexes: '{}', revision: 2 });
  expect(check().said).toMatch(
    /compatible: projection contents@2 takes the place of revision 1: .*\n.*`projections: \[contents1, contents\]`/,
  );
  write({ indexes: '{}', revision: 2, beside: true });
  expect(check().said).toMatch(/compatible: projection contents@2 is a new revision\n/);
  expect(accept().code).toBe(0);
  expect(Object.keys(lock()['read-models'].projections.contents)).toEqual(['1', '2']);
  expect(check().code).toBe(0);
});

test('an event without a sample is refused, until its schema or a scenario has one', () => {
  rmSync(lockFile);
  write({ shape: 'z.int().refine((n) => n === 3)' });
  const said =
    /incompatible: projection contents@1\.evolve\.Filled cannot be tried: no sample.*\n.*\n {2}remedy: .*examples.*or contents a scenario/;
  expect(accept()).toEqual({ code: 1, said: expect.stringMatching(said) });
  expect(accept('--projections').code).toBe(1);
  writeTest();
  expect(accept().code).toBe(0);
  rmSync(lockFile);
  rmSync(tests);
  write({ shape: 'z.int().refine((n) => n === 3).meta({ examples: [3] })' });
  expect(accept().code).toBe(0);
});

describe('the scenarios of the tests', () => {
  test('are recorded, and show what no sample shows', () => {
    writeTest();
    expect(check()).toEqual({
      code: 1,
      said: expect.stringMatching(/compatible: projections have samples or scenarios .*: contents@1: 'three are six'/),
    });
    expect(accept().code).toBe(0);
    write({ helper: 'ml === 3 ? 7 : ml * 2' });
    expect(check().said).toMatch(/makes another document of the scenario 'three are six'\n {2}- {"twice":6}\n {2}\+ {"twice":7}/);
  });

  test('end the command, whatever their file begins', () => {
    writeTest(undefined, "void Promise.reject(new Error('late')); setInterval(() => {}, 1000);");
    expect(accept()).toEqual({ code: 0, said: expect.stringMatching(/a test file fails outside of Jest: Error: late\n/) });
    expect(check().code).toBe(0);
  });

  test('that load in Jest only are named, and left out', () => {
    writeTest(undefined, "throw new Error('no');");
    expect(check()).toEqual({ code: 0, said: expect.stringMatching(/jar\.test\.ts: its scenarios are not in the lock, .*: no\n/) });
  });
});

test('foldstream test compares the lock, too, unless it runs chosen tests', () => {
  writeTest();
  const { transform } = {
    transform: {
      '\\.ts$': [
        join(root, 'node_modules/@swc/jest'),
        { jsc: { parser: { syntax: 'typescript' }, target: 'es2024' }, module: { type: 'es6' } },
      ],
    },
  };
  const conditions = { testEnvironmentOptions: { customExportConditions: ['foldstream-source', 'node', 'node-addons'] } };
  const settings = { testMatch: ['<rootDir>/**/*.test.ts'], extensionsToTreatAsEsm: ['.ts'], ...conditions, transform };
  writeFileSync(join(service, 'jest.config.mjs'), `export default ${JSON.stringify(settings)};`);
  expect(accept().code).toBe(0);
  expect(foldstream(['test'])).toEqual({ code: 0, said: expect.stringMatching(/up to date[\s\S]*1 passed/) });
  write({ indexes: '{}' });
  expect(foldstream(['test'])).toEqual({ code: 1, said: expect.stringMatching(/indexes\.byPerson was removed/) });
  expect(foldstream(['test', 'jar'])).toEqual({ code: 0, said: expect.not.stringMatching(/byPerson/) });
  rmSync(tests);
});
