import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

export interface RunOptions {
  readonly env: NodeJS.ProcessEnv;
  /** The folder that the program runs in. Default: the folder of this process. */
  readonly cwd?: string;
  /** Ends the program and all processes that it has started. */
  readonly signal: AbortSignal;
}

/** The programs that run. When this process exits, it kills them. */
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) signalGroup(child, 'SIGKILL');
});

/** Starts a program in a process group of its own, so that a signal also ends the processes that the program starts. */
export const start = (program: string, args: readonly string[], env: NodeJS.ProcessEnv, cwd?: string): ChildProcess => {
  const child = spawn(program, args, { env, cwd, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  running.add(child);
  // If the program does not exist, both events occur.
  child.once('error', () => running.delete(child));
  child.once('close', () => running.delete(child));
  return child;
};

/** Sends SIGTERM to the group, and SIGKILL after five seconds. Resolves when the whole group has ended. */
export const end = async (child: ChildProcess): Promise<void> => {
  if (!running.has(child)) return;
  const closed = once(child, 'close');
  const insist = setTimeout(() => signalGroup(child, 'SIGKILL'), 5_000);
  signalGroup(child, 'SIGTERM');
  await closed;
  clearTimeout(insist);
};

const signalGroup = ({ pid }: ChildProcess, signal: NodeJS.Signals): void => {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch {
    // The group has already ended.
  }
};

/** Runs a program to its end. Returns its output. @throws Error with its output if it fails; the signal's reason if it is aborted. */
export const run = async (program: string, args: readonly string[], { env, cwd, signal }: RunOptions): Promise<string> => {
  signal.throwIfAborted();
  const child = start(program, args, env, cwd);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (text) => (said += text));
  const stop = () => end(child);
  signal.addEventListener('abort', stop);
  const [code] = await once(child, 'close').finally(() => signal.removeEventListener('abort', stop));
  signal.throwIfAborted();
  if (code !== 0) throw new Error(`${[program, ...args].join(' ')} ended with ${code}:\n${said.trim()}`);
  return said;
};
