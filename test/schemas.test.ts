import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';

const root = fileURLToPath(new URL('..', import.meta.url));

/** In a process of its own: the sources of functions are compared, and the transformer of the tests writes them anew. */
const schemas = (...args: readonly string[]): { readonly code: number | null; readonly said: string } => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['cli/schemas.ts', ...args], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, INIT_CWD: root },
  });
  return { code: status, said: stdout + stderr };
};

const examples = existsSync(join(root, 'examples')) ? readdirSync(join(root, 'examples')).map((name) => `examples/${name}`) : [];
const domains = ['domain', ...examples.filter((folder) => existsSync(join(root, folder, 'index.ts')))];

test.each(domains)('the stored and published shapes of %s match its lock', (folder) => {
  const { code, said } = schemas('--domain', folder);
  if (code !== 0) throw new Error(said); // The differences and their remedies are the message.
  expect(said).toMatch(/is up to date/);
});

describe('the lock of a domain', () => {
  mkdirSync(join(root, '.local'), { recursive: true });
  const folder = mkdtempSync(join(root, '.local', 'schemas-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  const write = (shape: string, evolve = '() => ({ ml: 0 })', more = ''): void =>
    writeFileSync(
      join(folder, 'index.ts'),
      `import * as z from 'zod';
import { defineDecider, defineDomain, versioned } from 'foldstream';
const jar = defineDecider({
  name: 'jar', commands: {}, decide: {}, ${more}
  events: { Filled: ${shape} },
  initialState: (): { ml: number } => ({ ml: 0 }),
  evolve: { Filled: ${evolve} },
});
export const domain = defineDomain({ deciders: [jar], projections: [] });
void versioned;`,
    );
  const check = () => schemas('--domain', folder);
  const accept = (...flags: readonly string[]) => schemas('--accept', '--domain', folder, ...flags);
  const lockFile = join(folder, 'schemas.lock.json');

  beforeEach(() => {
    rmSync(lockFile, { force: true });
    write('z.object({ ml: z.int() })');
    expect(accept().code).toBe(0);
  });

  test('is reported if it is missing', () => {
    rmSync(lockFile);
    expect(check()).toEqual({ code: 1, said: expect.stringMatching(/jar is a new aggregate\n.*npm run schemas:accept/) });
  });

  test('ignores formatting and comments', () => {
    write('z.object({\n  ml: z.int(), // how much\n})', '(  ) => {\n  /* nothing */ return   { ml: 0 };\n}');
    expect(check().said).toMatch(/evolve\.Filled has changed/); // Another form of the same is other code …
    expect(accept('--incompatible').code).toBe(0);
    write('z.object({ ml: z.int() })', '() => { return { ml: 0 }; }');
    expect(check()).toEqual({ code: 0, said: expect.stringMatching(/up to date/) }); // … its layout is not.
  });

  test('accepts an optional field only after it is recorded', () => {
    write('z.object({ ml: z.int(), by: z.string().optional() })');
    expect(check()).toEqual({
      code: 1,
      said: expect.stringMatching(/compatible: jar\.Filled\.by added, optional\n {2}\+ {"type":"string"}\n {2}remedy: .*schemas:accept/),
    });
    expect(accept().code).toBe(0);
    expect(check().code).toBe(0);
  });

  test('refuses a change that breaks stored events, with the diff and the remedy, unless --incompatible is given', () => {
    const before = readFileSync(lockFile, 'utf8');
    write('z.object({ liters: z.number() })');
    const diff =
      /incompatible: jar\.Filled\.ml removed\n {2}- {"type":"integer".*\n {2}breaks: .*\n {2}remedy: raise the version: .*versioned\(schema/;
    expect(check()).toEqual({ code: 1, said: expect.stringMatching(diff) });
    expect(accept()).toEqual({ code: 1, said: expect.stringMatching(diff) });
    expect(readFileSync(lockFile, 'utf8')).toBe(before);
    expect(accept('--incompatible').code).toBe(0);
    expect(check().code).toBe(0);
  });

  test('keeps the shape of the version that was replaced', () => {
    write(
      'versioned(z.object({ liters: z.number() }), { 1: { from: z.object({ ml: z.int() }), to: ({ ml }) => ({ liters: ml / 1000 }) } })',
    );
    expect(check().said).toMatch(/compatible: jar\.Filled is at version 2/);
    expect(accept().code).toBe(0);
    expect(Object.keys(JSON.parse(readFileSync(lockFile, 'utf8')).jar.events.Filled)).toEqual(['1', '2']);
    expect(check().code).toBe(0);
  });

  test('requires a higher revision if evolve was changed', () => {
    write('z.object({ ml: z.int() })', '(_, { ml }) => ({ ml })');
    expect(check()).toEqual({ code: 1, said: expect.stringMatching(/jar\.evolve\.Filled has changed\n(.*\n)*.*`revision: 2`/) });
    write('z.object({ ml: z.int() })', '(_, { ml }) => ({ ml })', 'revision: 2,');
    expect(accept().code).toBe(0);
    expect(check().code).toBe(0);
  });

  describe('of published events', () => {
    const publish = (shape: string, type = 'Filled.v1'): void => {
      write('z.object({ ml: z.int() })');
      writeFileSync(
        join(folder, 'index.ts'),
        `${readFileSync(join(folder, 'index.ts'), 'utf8').split('export const domain')[0]}
import { definePublication } from 'foldstream';
const jars = definePublication({ name: 'jars', events: jar.events, publishes: { '${type}': ${shape} }, map: { Filled: () => null } });
export const domain = defineDomain({ deciders: [jar], projections: [], publications: [jars] });
void versioned;`,
      );
    };
    beforeEach(() => {
      publish('z.object({ ml: z.int() })');
      expect(check()).toEqual({ code: 1, said: expect.stringMatching(/compatible: jars: Filled\.v1 is a new integration event\n/) });
      expect(accept().code).toBe(0);
      expect(check()).toEqual({ code: 0, said: expect.stringMatching(/up to date/) });
    });

    test('accepts a field only after it is recorded', () => {
      publish('z.object({ ml: z.int(), by: z.string() })');
      const diff = /compatible: jars: Filled\.v1\.by added\n {2}\+ {"type":"string"}\n {2}remedy: .*schemas:accept/;
      expect(check()).toEqual({ code: 1, said: expect.stringMatching(diff) });
      expect(accept().code).toBe(0);
      expect(check().code).toBe(0);
    });

    test('refuses a change that listeners cannot read, with the diff and the remedy, unless --incompatible is given', () => {
      const before = readFileSync(lockFile, 'utf8');
      publish('z.object({ liters: z.number() })');
      const diff = /incompatible: jars: Filled\.v1\.ml removed\n {2}- {"type":"integer".*\n {2}breaks: .*\n {2}remedy: .*Filled\.v2/;
      expect(check()).toEqual({ code: 1, said: expect.stringMatching(diff) });
      expect(accept()).toEqual({ code: 1, said: expect.stringMatching(diff) });
      expect(readFileSync(lockFile, 'utf8')).toBe(before);
      expect(accept('--incompatible').code).toBe(0);
      expect(check().code).toBe(0);
    });

    test('reports an event that is no longer published', () => {
      publish('z.object({ ml: z.int() })', 'Filled.v2');
      expect(check().said).toMatch(/incompatible: jars: Filled\.v1 is no longer published/);
      write('z.object({ ml: z.int() })');
      expect(accept()).toEqual({ code: 1, said: expect.stringMatching(/incompatible: jars: Filled\.v1 is no longer published/) });
      expect(accept('--incompatible').code).toBe(0);
      expect(JSON.parse(readFileSync(lockFile, 'utf8'))).not.toHaveProperty('integration-events');
    });
  });

  describe('of sagas', () => {
    const process = (steps: string, more = ''): void => {
      write('z.object({ ml: z.int() })');
      writeFileSync(
        join(folder, 'index.ts'),
        `${readFileSync(join(folder, 'index.ts'), 'utf8').split('export const domain')[0]}
import { type AnySaga } from 'foldstream';
const send = () => ({ id: '1', type: 'Fill', data: {} });
const of = (saga: object) => ({ name: 'filling', context: z.object({}), startsOn: { of: jar, event: 'Filled', context: () => ({}) },
  onAbort: { to: jar, send }, ...saga }) as unknown as AnySaga;
const filling = of({ steps: ${steps}${more} });
export const domain = defineDomain({ deciders: [jar], projections: [], sagas: [filling] });
void versioned;`,
      );
    };
    beforeEach(() => {
      process('{ Fill: { to: jar, send } }');
      expect(check()).toEqual({ code: 1, said: expect.stringMatching(/compatible: saga filling is a new saga\n.*schemas:accept/) });
      expect(accept().code).toBe(0); // A lock from before sagas were in it is completed.
      expect(check()).toEqual({ code: 0, said: expect.stringMatching(/up to date/) });
    });

    test('refuses a change that executions under way do not survive, with the remedy, unless --incompatible is given', () => {
      const before = readFileSync(lockFile, 'utf8');
      process('{ Pour: { to: jar, send } }');
      const diff = /incompatible: saga filling@1\.Fill was removed\n {2}breaks: .*\n {2}remedy: raise the revision: .*`revision: 2`/;
      expect(check()).toEqual({ code: 1, said: expect.stringMatching(diff) });
      expect(accept()).toEqual({ code: 1, said: expect.stringMatching(diff) });
      expect(readFileSync(lockFile, 'utf8')).toBe(before);
      expect(accept('--incompatible').code).toBe(0);
      expect(check().code).toBe(0);
    });

    test('accepts the change as a revision beside the old one', () => {
      process('{ Pour: { to: jar, send } }', ', revision: 2, before: [of({ steps: { Fill: { to: jar, send } } })]');
      expect(check().said).toMatch(/compatible: saga filling@2 is a new revision/);
      expect(accept().code).toBe(0);
      expect(Object.keys(JSON.parse(readFileSync(lockFile, 'utf8'))['running-sagas'].filling)).toEqual(['1', '2']);
      expect(check().code).toBe(0);
    });
  });

  test('knows its flags', () => {
    expect(schemas('--agree')).toEqual({
      code: 2,
      said: expect.stringMatching(/^Unknown option '--agree': npm run schemas:accept -- --help/),
    });
  });
});
