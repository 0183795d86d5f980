import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

export interface RunOptions {
  readonly env: NodeJS.ProcessEnv;
  /** The folder that it runs in; this process's own where there is none. */
  readonly cwd?: string;
  /** Ends it, with everything that it has started. */
  readonly signal: AbortSignal;
}

/** However this process ends, nothing that it started goes on. */
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) signalGroup(child, 'SIGKILL');
});

/** Starts a program in a process group of its own, so that it ends with all that it starts in turn. */
export const start = (program: string, args: readonly string[], env: NodeJS.ProcessEnv, cwd?: string): ChildProcess => {
  const child = spawn(program, args, { env, cwd, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  running.add(child);
  // Where there is no such program, both come.
  child.once('error', () => running.delete(child));
  child.once('close', () => running.delete(child));
  return child;
};

/** Asks politely, and after some seconds not any more. Resolves when the whole group is gone. */
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
    // It has ended by itself.
  }
};

/** Runs a program to its end, and answers what it printed. @throws Error with all that it said, unless it succeeds; what the signal says. */
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
