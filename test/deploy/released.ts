import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { environment } from './ministack.ts';
import { run } from './processes.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** The release that the test deploys first and then updates. */
export const released = { version: '0.1.0', commit: 'e1a1a9b165ef8ee99563802e31d2fa2097ef0463' } as const;

/**
 * Writes the files of the release into a folder, with the packages of this checkout beside them.
 * @throws Error with the command that fetches the commit, if this clone does not have it.
 */
export const checkOutReleased = async (folder: string, signal: AbortSignal): Promise<void> => {
  const { version, commit } = released;
  const options = { env: environment(), signal };
  const git = (...args: readonly string[]) => run('git', ['-C', root, ...args], options);
  await git('cat-file', '-e', `${commit}^{commit}`).catch(() => {
    signal.throwIfAborted();
    throw new Error(`this clone does not have the commit of release ${version}. Fetch it: git fetch origin ${commit}`);
  });
  mkdirSync(folder, { recursive: true });
  const archive = join(folder, 'released.tar');
  await git('archive', '--format=tar', `--output=${archive}`, commit);
  await run('tar', ['-xf', archive, '-C', folder], options);
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'dir');
};
