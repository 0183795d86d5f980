import { spawnSync } from 'node:child_process';

const ofThisRun = /^npm_(command|lifecycle_|package_|execpath|node_execpath)|^npm_config_(local_prefix|package|call|prefix)$|^INIT_CWD$/i;

/** For commands in another repository: without what npm, npx and this package's launcher have said about this one. */
export const childEnvironment = (): NodeJS.ProcessEnv => {
  const { NODE_OPTIONS: options = '', ...others } = process.env;
  const kept = Object.entries(others).filter(([name]) => !ofThisRun.test(name));
  return { ...Object.fromEntries(kept), NODE_OPTIONS: options.replace('--conditions=foldstream-source', '').trim() };
};

/** Runs a command in a folder. @throws Error with everything that it said, where it fails. */
export const run = (folder: string, command: string, ...args: readonly string[]): string => {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: folder,
    env: childEnvironment(),
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    shell: process.platform === 'win32',
  });
  if (status !== 0) throw new Error(`${[command, ...args].join(' ')} failed in ${folder}:\n${error?.message ?? `${stdout}${stderr}`}`);
  return stdout;
};
