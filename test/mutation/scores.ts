import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { transformSync } from '@swc/core';
import type { Mutant } from './measure.ts';

/** What the ratchet holds of a file. Each mutant that it does not call alive or an error it calls killed. */
export interface Score {
  /** Killed of those that ran, in percent. */
  readonly score: number;
  readonly mutants: number;
  /** By the number of the mutant: where it stands, and what it changes. */
  readonly alive: Readonly<Record<string, string>>;
  /** Mutants that break the loading of the file: they prove nothing and do not count. */
  readonly errors: Readonly<Record<string, string>>;
  /** The hash of the file's code. */
  readonly source: string;
  /** The tests that ran, in their order, with the hash of each. A new test elsewhere makes no score stale. */
  readonly tests: Readonly<Record<string, string>>;
}
export type Scores = Readonly<Record<string, Score>>;

const path = 'test/mutation/scores.json';
const toolVersion = (): string => JSON.parse(readFileSync('package.json', 'utf8')).devDependencies['@stryker-mutator/core'];

/** Of the code alone: a score stands when a comment or a line break changes. */
const codeOf = (file: string): string =>
  transformSync(readFileSync(file, 'utf8'), {
    filename: file,
    minify: true,
    jsc: { parser: { syntax: 'typescript' }, target: 'es2024', minify: { compress: false, mangle: false } },
    module: { type: 'es6' },
  }).code;
const digest = (texts: readonly string[]): string => createHash('sha256').update(JSON.stringify(texts)).digest('hex').slice(0, 16);

/** The hashes of a file and its tests as they are now; a test that is gone has the hash of nothing. */
export const hashesOf = (file: string, tests: readonly string[]): Pick<Score, 'source' | 'tests'> => ({
  source: digest([toolVersion(), codeOf(file)]),
  tests: Object.fromEntries(tests.map((test) => [test, existsSync(test) ? digest([codeOf(test)]) : ''])),
});

/** A score is current while the file and each test that was run for it have the code that they had then. */
export const isCurrent = (score: Score | undefined, hashes: Pick<Score, 'source' | 'tests'>): boolean =>
  score?.source === hashes.source && JSON.stringify(score.tests) === JSON.stringify(hashes.tests);

/** Whether only the tests of a file have changed since its score: the numbers of its mutants are the same, and can be tried again. */
export const hasOtherTests = (score: Score | undefined, hashes: Pick<Score, 'source' | 'tests'>): boolean =>
  score !== undefined && score.source === hashes.source && !isCurrent(score, hashes);

export const readScores = (): Scores => (existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {});
/** Read again before it is written: another run may have added a file. */
export const record = (file: string, score: Score): void => {
  const sorted = Object.entries({ ...readScores(), [file]: score }).sort(([one], [other]) => one.localeCompare(other));
  writeFileSync(path, `${JSON.stringify(Object.fromEntries(sorted), null, 2)}\n`);
};

const percent = (killed: number, of: number): number => (of === 0 ? 100 : Math.floor((killed / of) * 1000) / 10);

const changes = (mutants: readonly Mutant[]): Readonly<Record<string, string>> =>
  Object.fromEntries(mutants.map(({ number, change }) => [number, change]));

export const scoreOf = (mutants: readonly Mutant[], hashes: Pick<Score, 'source' | 'tests'>): Score => {
  const of = (fate: Mutant['fate']): readonly Mutant[] => mutants.filter((mutant) => mutant.fate === fate);
  return {
    score: percent(of('killed').length, mutants.length - of('error').length),
    mutants: mutants.length,
    alive: changes(of('alive')),
    errors: changes(of('error')),
    ...hashes,
  };
};

/** The numbers of the mutants that the ratchet calls killed. */
export const killedIn = ({ mutants, alive, errors }: Score): readonly number[] =>
  Array.from({ length: mutants }, (_, number) => number).filter((number) => !(number in alive) && !(number in errors));

/** Killed of all mutants that count, over all files with a score, in percent. */
export const overall = (scores: readonly Score[]): number => {
  const sum = (one: (score: Score) => number): number => scores.reduce((total, score) => total + one(score), 0);
  return percent(
    sum((score) => killedIn(score).length),
    sum(({ mutants, errors }) => mutants - Object.keys(errors).length),
  );
};

/** `count` killed mutants, by file: the seed alone decides which. Of few files, for each file costs a start. */
export const sampleOf = (scores: Scores, seed: string, count: number): ReadonlyMap<string, readonly number[]> => {
  const shuffled = <T>(all: readonly T[], keyOf: (one: T) => string): readonly T[] =>
    all
      .map((one) => ({ one, key: digest([seed, keyOf(one)]) }))
      .sort((a, b) => (a.key < b.key ? -1 : 1))
      .map(({ one }) => one);
  const files = shuffled(Object.keys(scores), (file) => file).slice(0, Math.max(2, Math.ceil(count / 8)));
  const killed = files.flatMap((file) => killedIn(scores[file] as Score).map((number) => ({ file, number })));
  const chosen = shuffled(killed, ({ file, number }) => `${file} ${number}`).slice(0, count);
  return new Map(files.map((file) => [file, chosen.filter((one) => one.file === file).map(({ number }) => number)]));
};
