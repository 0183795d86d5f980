// npm run test:deploy: runs the real `cdk deploy` of this app against MiniStack, which simulates AWS on this machine. It uses the deployed
// API, deploys other releases over the first one, and destroys the stack. If MiniStack cannot be installed, it prints SKIPPED and the
// reason.
// It does not test areas in which MiniStack differs from AWS: IAM, the ARN by which a function was invoked (so no acts of operators),
// alarms, retries of streams, bisected and partial batches.
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { colours } from '../../local/log/colours.ts';
import { logForPeople } from '../../local/log/people.ts';
import { stopSignal } from '../../local/stop-signal.ts';
import { startMiniStack } from './ministack.ts';
import { rehearse } from './rehearsal.ts';
import { install, Unobtainable } from './venv.ts';

const minutes = 20;
const local = fileURLToPath(new URL('../../.local/', import.meta.url));
const folder = join(local, 'deploy');
const logFile = join(folder, 'ministack.log');

const step = async <T>(title: string, done: Promise<T>): Promise<T> => {
  logForPeople(console.log, colours()).step(title, done);
  return done.catch((error: Error) => {
    throw error instanceof Unobtainable ? error : new Error(`${title}: ${error.message}`);
  });
};

const main = async (signal: AbortSignal): Promise<void> => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const venv = await step('MiniStack is installed', install({ of: 'ministack', signal }));
  const { url, stop } = await step('MiniStack runs', startMiniStack(venv, logFile, signal));
  try {
    await rehearse({ url, folder, signal, step });
  } catch (error) {
    if (!signal.aborted) console.error(`\nThe end of ${logFile}:\n${readFileSync(logFile, 'utf8').split('\n').slice(-20).join('\n')}`);
    throw error;
  } finally {
    await stop();
  }
};

const stopped = stopSignal();
const tooLate = new AbortController();
setTimeout(() => tooLate.abort(new Error(`it was not done within ${minutes} minutes`)), minutes * 60_000).unref();

try {
  await main(AbortSignal.any([stopped, tooLate.signal]));
} catch (error) {
  if (error instanceof Unobtainable) console.log(`SKIPPED: MiniStack cannot be had, because ${error.message}`);
  else {
    console.error((error as Error).message);
    process.exitCode = stopped.aborted ? 130 : 1;
  }
}
