/** `npm run mutate`: changes the code in small ways and looks whether a test notices. docs/ci.md says how to use it. */
import { parseArgs } from 'node:util';
import { measure } from './measure.ts';
import { hashesOf, hasOtherTests, isCurrent, overall, readScores, record, type Score, sampleOf, scoreOf } from './scores.ts';
import { targets, testsOfFiles } from './tests-of.ts';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    check: { type: 'boolean', default: false },
    sample: { type: 'string' },
    lower: { type: 'boolean', default: false },
    minutes: { type: 'string', default: '3' },
  },
});

const testsOf = testsOfFiles();
const failures: string[] = [];
const began = Date.now();
const recordedTests = (file: string): readonly string[] => Object.keys(readScores()[file]?.tests ?? {});
const isCurrentNow = (file: string): boolean => isCurrent(readScores()[file], hashesOf(file, recordedTests(file)));
const isTestedAnew = (file: string): boolean => hasOtherTests(readScores()[file], hashesOf(file, recordedTests(file)));

const measured = async (file: string): Promise<Score | undefined> => {
  const tests = testsOf(file);
  if (tests.length === 0) {
    console.log(`${file}: no test without an engine is near it`);
    return undefined;
  }
  const hashes = hashesOf(file, tests);
  const startedAt = Date.now();
  try {
    const score = scoreOf(await measure(file, tests), hashes);
    const seconds = Math.round((Date.now() - startedAt) / 1000);
    console.log(
      `${file}: ${score.score} % of ${score.mutants - Object.keys(score.errors).length} mutants killed by ${tests.join(', ')} (${seconds} s)`,
    );
    for (const change of Object.values(score.alive)) console.log(`  alive ${file}:${change}`);
    return score;
  } catch (error) {
    failures.push(`${file}: its tests do not run without a mutant: ${error}`);
    return undefined;
  }
};

/** Fails where the score is lower than the recorded one. */
const holds = (file: string, score: Score): boolean => {
  const before = readScores()[file]?.score ?? 0;
  if (score.score >= before) return true;
  failures.push(`${file}: the score fell from ${before} % to ${score.score} %. Write a test for the mutants listed above.`);
  return false;
};

const runSample = async (seed: string, count: number, files: (file: string) => boolean): Promise<void> => {
  const scores = Object.fromEntries(Object.entries(readScores()).filter(([file]) => files(file)));
  for (const [file, numbers] of sampleOf(scores, seed, count)) {
    if (numbers.length === 0) continue;
    const survivors = (await measure(file, recordedTests(file), numbers)).filter(({ fate }) => fate === 'alive');
    console.log(`${file}: ${numbers.length - survivors.length} of ${numbers.length} sampled mutants are killed again`);
    for (const { change } of survivors) failures.push(`${file}:${change}: scores.json calls this mutant killed, and it survives.`);
  }
};

const check = async (): Promise<void> => {
  const files = targets().filter((file) => file in readScores());
  const tested = files.filter(isTestedAnew);
  const changed = files.filter((file) => !isCurrentNow(file) && !tested.includes(file));
  const [seed, count] = [options.sample ?? new Date().toISOString().slice(0, 10), Number(positionals[0] ?? 12)];
  console.log(`A sample with the seed ${seed}:`);
  await runSample(seed, count, (file) => !changed.includes(file) && !tested.includes(file));
  if (tested.length > 0) console.log(`A sample of the ${tested.length} files whose tests have changed:`);
  await runSample(seed, tested.length === 0 ? 0 : 2 * count, (file) => tested.includes(file));
  console.log(`Changed since their score: ${changed.join(', ') || 'no file'}`);
  const bySize = changed.sort((one, other) => (readScores()[one]?.mutants ?? 0) - (readScores()[other]?.mutants ?? 0));
  for (const file of bySize) {
    if (Date.now() - began > Number(options.minutes) * 60_000)
      failures.push(`${file} changed since its score, and ${options.minutes} minutes are over: run npm run mutate -- ${file}.`);
    else {
      const score = await measured(file);
      if (score !== undefined) holds(file, score);
    }
  }
  for (const file of Object.keys(readScores())) if (!targets().includes(file)) failures.push(`${file} is gone: remove its score.`);
};

const recordAll = async (files: readonly string[]): Promise<void> => {
  for (const file of files) {
    const score = await measured(file);
    if (score !== undefined && (options.lower || holds(file, score))) record(file, score);
  }
};

if (options.check) await check();
else if (options.sample !== undefined) await runSample(options.sample, Number(positionals[0] ?? 12), () => true);
else if (positionals.length > 0) await recordAll(positionals);
else await recordAll(targets().filter((file) => !isCurrentNow(file)));

const scores = readScores();
const without = targets().filter((file) => !(file in scores));
console.log(`Without a score (${without.length}): ${without.join(', ') || 'no file'}`);
console.log(`${overall(Object.values(scores))} % of all mutants are killed, in ${Object.keys(scores).length} files.`);
for (const failure of failures) console.error(failure);
if (failures.length > 0) process.exitCode = 1;
