import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { colours } from '../../local/log/colours.ts';
import { logForPeople } from '../../local/log/people.ts';
import { stopSignal } from '../../local/stop-signal.ts';
import { startMiniStack } from './ministack.ts';
import { install, Unobtainable } from './venv.ts';

/** A running MiniStack, and what a rehearsal on it needs. */
export interface Emulator {
  /** The endpoint of AWS. */
  readonly url: string;
  /** The folder for the files that the CDK writes. */
  readonly folder: string;
  readonly signal: AbortSignal;
  /** Shows the progress of a step. */
  readonly step: <T>(title: string, done: Promise<T>) => Promise<T>;
}

export interface Rehearsal {
  /** The name of the folder in `.local/`, which is made anew and stays after a failure. */
  readonly name: string;
  readonly minutes: number;
  readonly does: (emulator: Emulator) => Promise<void>;
}

/**
 * Starts MiniStack, rehearses on it, and stops it. Sets the exit code: 1 after a failure, 130 if the user stopped it. If MiniStack cannot be
 * installed, prints SKIPPED and the reason.
 */
export const onEmulator = async ({ name, minutes, does }: Rehearsal): Promise<void> => {
  const stopped = stopSignal();
  const tooLate = new AbortController();
  setTimeout(() => tooLate.abort(new Error(`it was not done within ${minutes} minutes`)), minutes * 60_000).unref();
  const folder = fileURLToPath(new URL(`../../.local/${name}`, import.meta.url));
  try {
    await rehearse(folder, AbortSignal.any([stopped, tooLate.signal]), does);
    rmSync(folder, { recursive: true, force: true });
  } catch (error) {
    if (error instanceof Unobtainable) console.log(`SKIPPED: MiniStack cannot be had, because ${error.message}`);
    else {
      console.error((error as Error).message);
      process.exitCode = stopped.aborted ? 130 : 1;
    }
  }
};

const rehearse = async (folder: string, signal: AbortSignal, does: Rehearsal['does']): Promise<void> => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const logFile = join(folder, 'ministack.log');
  const venv = await step('MiniStack is installed', install({ of: 'ministack', signal }));
  const { url, stop } = await step('MiniStack runs', startMiniStack(venv, logFile, signal));
  try {
    await does({ url, folder, signal, step });
  } catch (error) {
    if (!signal.aborted) console.error(`\nThe end of ${logFile}:\n${readFileSync(logFile, 'utf8').split('\n').slice(-20).join('\n')}`);
    throw error;
  } finally {
    await stop();
  }
};

const step = async <T>(title: string, done: Promise<T>): Promise<T> => {
  logForPeople(console.log, colours()).step(title, done);
  return done.catch((error: Error) => {
    throw error instanceof Unobtainable ? error : new Error(`${title}: ${error.message}`);
  });
};
