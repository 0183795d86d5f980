import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from './processes.ts';

/** This machine cannot install the tool. That is no fault of the project, so the check is skipped. */
export class Unobtainable extends Error {}

const local = fileURLToPath(new URL('../../.local/', import.meta.url));

export interface Installation {
  /** The name of a file in `requirements/`, without its extension. */
  readonly of: 'ministack' | 'cfn-lint';
  readonly signal: AbortSignal;
}

/**
 * Makes a virtual environment of Python with the packages of a file of requirements, unless it exists already. Returns its folder.
 * @throws Unobtainable if this machine cannot install the packages; Error if a package is missing or does not match its hash.
 */
export const install = async ({ of, signal }: Installation): Promise<string> => {
  const requirements = fileURLToPath(new URL(`requirements/${of}.txt`, import.meta.url));
  const venv = join(local, 'venv', of);
  const python = join(venv, 'bin/python');
  const stamp = join(venv, 'installed.txt');
  const wanted = readFileSync(requirements, 'utf8');
  if (existsSync(python) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return venv;
  rmSync(venv, { recursive: true, force: true });
  const options = { env: process.env, signal };
  const orElse = (reason: string) => () => {
    signal.throwIfAborted();
    throw new Unobtainable(reason);
  };
  if (process.platform === 'win32') throw new Unobtainable('it was never tried on Windows');
  await run('python3', ['-c', 'import sys; sys.exit(sys.version_info < (3, 10))'], options).catch(
    orElse('there is no Python 3.10 or newer'),
  );
  await run('python3', ['-m', 'venv', venv], options).catch(orElse('python3 -m venv does not work here'));
  const pip = ['-m', 'pip', 'install', '--quiet', '--no-input', '--disable-pip-version-check', '--timeout=15', '--retries=2'];
  try {
    await run(python, [...pip, '--only-binary=:all:', '--require-hashes', '--requirement', requirements], options);
  } catch (error) {
    throw isUnreachable(error as Error) ? new Unobtainable('PyPI cannot be reached') : error;
  }
  writeFileSync(stamp, wanted);
  return venv;
};

/** Whether pip could not reach PyPI. A package that is missing or does not match its hash is a fault of the requirements file. */
const isUnreachable = ({ message }: Error): boolean =>
  /connection broken|from versions: none|timed out|Max retries exceeded/i.test(message);
