import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { startBench } from './bench.ts';
import { measureAll } from './measures/all.ts';
import { full, quick, withFines } from './plan.ts';
import { documentOf } from './report/document.ts';
import { targetsOf } from './report/targets.ts';
import { allStores } from './stores/all.ts';

// npm run bench            everything, some minutes; writes docs/benchmarks.md
// npm run bench -- --quick less of everything, under a minute; writes nothing
// … -- --fines FILE        the read models with the register of fines of examples/fines/README.md: a part of it, or --all-fines
// The exit code is 1 if a count is not as promised. A ratio never fails a run.

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    fines: { type: 'string' },
    'all-fines': { type: 'boolean', default: false },
  },
});
const basis = values.quick ? quick : full;
const plan = values.fines === undefined ? basis : withFines(basis, values.fines, values['all-fines']);
const begun = performance.now();

const progress = (text: string): void => console.error(`${((performance.now() - begun) / 1000).toFixed(0).padStart(4)} s  ${text}`);

setTimeout(() => {
  progress(`stopped: more than ${plan.limitSeconds} s`);
  process.exit(2); // The engine ends with this process.
}, plan.limitSeconds * 1000).unref();

const bench = await startBench(allStores);
try {
  const results = await measureAll(bench, plan, progress);
  const targets = targetsOf(results);
  const text = documentOf(results, targets, new Date());
  console.log(text);
  if (!plan.isQuick) await writeFile(new URL('../docs/benchmarks.md', import.meta.url), text);
  const missed = targets.filter(({ isMet }) => !isMet);
  for (const { promise, measured } of missed) progress(`missed: ${promise}: ${measured}`);
  if (missed.some(({ isExact }) => isExact)) process.exitCode = 1;
} finally {
  await bench.stop();
}
