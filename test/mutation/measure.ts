import { join } from 'node:path';
import { Stryker } from '@stryker-mutator/core';

export interface Mutant {
  /** Stryker numbers the mutants of a file from 0, in the order of its code: comments change no number. */
  readonly number: number;
  readonly fate: 'killed' | 'alive' | 'error';
  /** What was changed, for a reader. */
  readonly change: string;
}

const fates: Readonly<Record<string, Mutant['fate']>> = {
  Killed: 'killed',
  Timeout: 'killed',
  Survived: 'alive',
  NoCoverage: 'alive',
  RuntimeError: 'error',
};

/** Runs the mutants of a file, or those with these numbers, against some tests. Throws where the tests fail without any mutant. */
const run = async (file: string, tests: readonly string[], numbers?: readonly number[]): Promise<readonly Mutant[]> => {
  process.env['FOLDSTREAM_MUTANTS'] = (numbers ?? []).join();
  const results = await new Stryker({
    mutate: [file],
    testRunner: 'jest',
    jest: {
      configFile: 'test/mutation/jest.config.js',
      config: { testMatch: tests.map((test) => `<rootDir>/${test}`) },
      enableFindRelatedTests: false,
    },
    testRunnerNodeArgs: ['--experimental-vm-modules', '--no-warnings'],
    plugins: ['@stryker-mutator/jest-runner', join(import.meta.dirname, 'chosen.ts')],
    checkers: numbers === undefined ? [] : ['chosen'],
    coverageAnalysis: 'perTest',
    concurrency: 1,
    // A busy machine is no dead mutant: a loop without an end is found by the count of its rounds.
    timeoutMS: 30_000,
    // Each run of Jest leaves modules behind: they cannot be unloaded.
    maxTestRunnerReuse: 60,
    // TypeScript 7 has no interface for programs, and Stryker would rewrite the paths of a tsconfig with it.
    tsconfigFile: 'none',
    disableTypeChecks: false,
    ignorePatterns: ['/.local', '/bench', '/cdk.out', '/dist', '/docs', '/examples'],
    reporters: [],
    logLevel: 'error' as never,
    allowEmpty: true,
  }).runMutationTest();
  return results.flatMap(({ id, status, mutatorName, replacement, location }) => {
    const fate = fates[status];
    const change = `${location.start.line}: ${mutatorName} → ${(replacement ?? '').replace(/\s+/g, ' ').slice(0, 80)}`;
    return fate === undefined ? [] : [{ number: Number(id), fate, change }];
  });
};

/** The file's own test kills most of its mutants, and quickly: the other tests run for those that it leaves alive. */
export const measure = async (file: string, tests: readonly string[], numbers?: readonly number[]): Promise<readonly Mutant[]> => {
  const mutants = new Map((await run(file, tests.slice(0, 1), numbers)).map((mutant) => [mutant.number, mutant]));
  const alive = [...mutants.values()].filter(({ fate }) => fate === 'alive').map(({ number }) => number);
  const later = tests.length > 1 && alive.length > 0 ? await run(file, tests.slice(1), alive) : [];
  for (const mutant of later) mutants.set(mutant.number, mutant);
  return [...mutants.values()].sort((one, other) => one.number - other.number);
};
