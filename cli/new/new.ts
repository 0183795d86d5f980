import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { basename, relative, resolve } from 'node:path';
import { parseCommand, UsageError } from '../command-line.ts';
import { writeFiles } from './files.ts';
import { run } from './processes.ts';
import { foldstreamFor } from './source.ts';

const flags = { from: { type: 'string' }, 'no-install': { type: 'boolean' } } as const;

/** `foldstream new FOLDER`. Answers the exit code. @throws Error that says what to do. */
export const newService = async (args: readonly string[]): Promise<number> => {
  const { values, positionals } = parseCommand('foldstream new', args, flags);
  const [given, ...more] = positionals;
  if (given === undefined || more.length > 0) throw new UsageError('Say one FOLDER: foldstream new --help says more.');
  const folder = resolve(given);
  const name = nameFor(folder);
  if (existsSync(folder) && readdirSync(folder).length > 0)
    throw new Error(`${folder} is not empty: give a new folder, or empty this one. Nothing was written.`);

  console.log(`Writing ${name} into ${folder} …`);
  mkdirSync(folder, { recursive: true });
  const foldstream = foldstreamFor(folder, values.from, process.cwd());
  writeFiles(folder, name, foldstream);
  if (values['no-install'] === true) return done(folder, ['npm install', 'npm start']);

  console.log(`Installing ${foldstream} and what it needs (npm install) …`);
  run(folder, 'npm', 'install', '--no-audit', '--no-fund', '--loglevel=error', '--prefer-offline');
  run(folder, 'npm', 'run', '--silent', 'format');
  console.log('Testing it (npm test) …');
  run(folder, 'npm', 'test', '--silent');
  commit(folder);
  return done(folder, ['npm start']);
};

/** The name of the folder is that of the package and of the stack. */
const nameFor = (folder: string): string => {
  const name = basename(folder).toLowerCase();
  if (/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name) && name.length <= 40) return name;
  throw new Error(
    `'${basename(folder)}' cannot be the name of a service: small letters and digits, with - between, 40 characters at most; it names the stack.`,
  );
};

/** A failed commit does not fail the command: the service works without it. */
const commit = (folder: string): void => {
  try {
    run(folder, 'git', 'init', '--quiet', '--initial-branch=main');
    run(folder, 'git', 'add', '--all');
    const isKnown = spawnSync('git', ['config', 'user.email'], { cwd: folder }).status === 0;
    const identity = isKnown ? [] : ['-c', 'user.name=foldstream new', '-c', 'user.email=foldstream@localhost'];
    run(folder, 'git', ...identity, 'commit', '--quiet', '--message', 'A new service, as foldstream new writes it');
  } catch (error) {
    console.error(`It is not committed: ${(error as Error).message}`);
  }
};

const done = (folder: string, next: readonly string[]): number => {
  console.log(`
${basename(folder)} is ready. Next:

  cd ${relative(process.cwd(), folder) || '.'}
${next.map((command) => `  ${command}`).join('\n')}                                  # runs the whole system, and prints a first curl
  npx foldstream add aggregate order         # the next aggregate; then edit its events.ts and decider.ts
  npx foldstream --help                      # everything else
`);
  return 0;
};
