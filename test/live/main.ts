// npm run test:live -- FILE: the orders of a file, fulfilled by a system that is killed three times meanwhile.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { killedRun } from './killed-run.ts';

const usage = `npm run test:live -- FILE     FILE has an order a line, as npm run replay takes it

Runs the system in a process of its own, ten times as fast, with a payment provider that declines one payment in ten and says nothing to
one in fifty; kills it three times while npm run replay -- FILE --live goes on, and then runs that once more. Exit code 1 if anything does
not balance, or if the second run did something. About ten minutes for a thousand orders; TMPDIR says where its data are meanwhile.`;

const main = async (): Promise<number> => {
  const [, , given, ...more] = process.argv;
  if (given === undefined || given.startsWith('-') || more.length > 0) {
    (given === '--help' ? console.log : console.error)(usage);
    return given === '--help' ? 0 : 2;
  }
  const file = resolve(process.env['INIT_CWD'] ?? '.', given);
  const count = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '').length;
  const folder = mkdtempSync(join(tmpdir(), 'foldstream-live-'));
  const begun = performance.now();
  const say = (line: string) => console.log(`${Math.round((performance.now() - begun) / 1000)} s: ${line}`);
  try {
    const { first, second } = await killedRun({
      file,
      count,
      dataFolder: join(folder, 'data'),
      domain: 'domain',
      timeScale: 0.1,
      killedAt: [0.1, 0.5, 0.9],
      shares: { declined: 0.1, silent: 0.02 },
      say,
    });
    for (const [title, { code, output, complaints }] of Object.entries({ first, second })) {
      say(`the ${title} run ended with ${code}\n${output}`);
      if (code !== 0) console.error(complaints);
    }
    const isSame = second.output.includes('new: 0 orders placed, 0 products received');
    if (!isSame) console.error('The second run has done something.');
    return first.code === 0 && second.code === 0 && isSame ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

process.exitCode = await main();
