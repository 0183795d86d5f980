import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((file) => join(folder, file).replaceAll('\\', '/'))
    .filter((file) => file.endsWith('.ts'));

const isTest = (file: string): boolean => file.endsWith('.test.ts');
const logContract = 'test/contract/memory-event-store.test.ts';
const aliases: Readonly<Record<string, string>> = {
  foldstream: 'core/define.ts',
  'foldstream/testing': 'testing/index.ts',
  '#rules': 'core/registry/rules.ts',
};

/** The files of ours that a file imports when it runs; types are erased. */
const importsOf = (file: string, text: string): readonly string[] =>
  [...text.matchAll(/^\s*(?:import|export)\s+(type\s)?[^;'"]*?from\s+'([^']+)'|^\s*import\s+'([^']+)'/gm)].flatMap(
    ([, type, named, bare]) => {
      const to = named ?? bare ?? '';
      return type !== undefined ? [] : [to.startsWith('.') ? join(dirname(file), to).replaceAll('\\', '/') : (aliases[to] ?? to)];
    },
  );

/** How many imports away each file is that a test loads. */
const distancesFrom = (test: string, imports: ReadonlyMap<string, readonly string[]>): ReadonlyMap<string, number> => {
  const distances = new Map([[test, 0]]);
  for (const [file, distance] of distances)
    for (const next of imports.get(file) ?? []) if (!distances.has(next)) distances.set(next, distance + 1);
  return distances;
};

/** The files with a mutation score: core/ and the event log; what helps a team's tests and its schema lock comes last. */
export const targets = (): readonly string[] => {
  const files = ['core', 'adapters/event-log'].flatMap(filesIn).filter((file) => !isTest(file));
  const isLater = (file: string): boolean => /^core\/(testing|schema-lock)\//.test(file);
  return [...files.filter((file) => !isLater(file)), ...files.filter(isLater)];
};

/**
 * The tests of each file: the four nearest by import, its own first. Only tests that need no engine: each mutant runs them all, and a
 * rerun must give the same answer, so the random laws are left out.
 */
export const testsOfFiles = (): ((file: string) => readonly string[]) => {
  const texts = new Map(
    ['adapters', 'core', 'domain', 'local', 'test', 'testing'].flatMap(filesIn).map((file) => [file, readFileSync(file, 'utf8')]),
  );
  const imports = new Map([...texts].map(([file, text]) => [file, importsOf(file, text)]));
  // Many helpers can speak to an engine. A test that does so names it.
  const needsEngine = (test: string, files: Iterable<string>): boolean =>
    /dynamo/i.test(texts.get(test) ?? '') && [...files].some((file) => texts.get(file)?.includes('DYNAMODB_ENDPOINT'));
  const tests = [...texts.keys()]
    .filter((file) => isTest(file) && /^(core|adapters|test\/(contract|sagas|import))\//.test(file))
    .map((test) => ({ test, distances: distancesFrom(test, imports) }))
    .filter(({ test, distances }) => !needsEngine(test, distances.keys()));
  return (file) => {
    const own = basename(file).replace(/\.ts$/, '.test.ts');
    const rank = ({ test, distances }: (typeof tests)[number]): number => {
      if (basename(test) === own && distances.has(file)) return -1;
      // The contract of the event log is the test of each of its files.
      if (test === logContract && file.startsWith('adapters/event-log/') && distances.has(file)) return 0;
      return (distances.get(file) ?? 99) + (dirname(test) === dirname(file) ? 0 : 0.5);
    };
    return tests
      .filter((one) => rank(one) <= 3.5)
      .sort((one, other) => rank(one) - rank(other) || one.test.localeCompare(other.test))
      .slice(0, 4)
      .map(({ test }) => test);
  };
};
