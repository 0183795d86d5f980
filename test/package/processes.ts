import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { childEnvironment } from '../../cli/new/processes.ts';

/** As in a terminal of the team's: nothing here says that Foldstream's sources are near, nor where an engine runs. */
const environment = (): NodeJS.ProcessEnv => {
  const { DYNAMODB_ENDPOINT: _, ...others } = childEnvironment();
  return { ...others, npm_config_audit: 'false', npm_config_fund: 'false', npm_config_update_notifier: 'false' };
};

const running = new Set<ChildProcess>();

/** Each command has a process group of its own, so that all that it has started ends with it. */
const start = (folder: string, command: string, args: readonly string[], more: NodeJS.ProcessEnv = {}) => {
  const child = spawn(command, args, {
    cwd: folder,
    env: { ...environment(), ...more },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
};

const signal = (child: ChildProcess, name: NodeJS.Signals): void => {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, name);
  } catch {
    // It has ended by itself.
  }
};

export const endAll = (): void => {
  for (const child of running) signal(child, 'SIGKILL');
};

export interface Ended {
  readonly code: number | null;
  readonly output: string;
}

export const outcomeOf = async (folder: string, command: string, ...args: readonly string[]): Promise<Ended> => {
  const child = start(folder, command, args);
  const ended = once(child, 'exit');
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { code, output: `${stdout}${stderr}` };
};

/** @throws Error with all that the command said, where its exit code is another one. */
export const run = async (folder: string, command: string, ...args: readonly string[]): Promise<string> => {
  const { code, output } = await outcomeOf(folder, command, ...args);
  if (code !== 0) throw new Error(`${[command, ...args].join(' ')} ended with ${code}:\n${output}`);
  return output;
};

export interface Running {
  readonly url: string;
  /** Resolves when the system has said this. */
  says(text: string): Promise<void>;
  stop(): Promise<void>;
}

/** `npm start`, until it says where it listens. */
export const npmStart = async (folder: string): Promise<Running> => {
  const port = await freePort();
  const child = start(folder, 'npm', ['start', '--silent'], { PORT: String(port) });
  const ended = once(child, 'exit');
  let said = '';
  const listens = new Promise<string>((resolve, reject) => {
    const hear = (chunk: Buffer): void => {
      said += chunk;
      const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(said.slice(Math.max(0, said.indexOf('listens on')))) ?? [];
      if (said.includes('listens on') && url !== undefined) resolve(url);
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    ended.then(() => reject(new Error(`npm start ended:\n${said}`)));
  });
  const url = await listens;
  const stop = async (): Promise<void> => {
    signal(child, 'SIGTERM');
    await ended;
  };
  const says = async (text: string): Promise<void> => {
    const deadline = Date.now() + 120_000;
    while (!said.includes(text)) {
      if (child.exitCode !== null || Date.now() > deadline) throw new Error(`npm start did not say '${text}':\n${said}`);
      await setTimeout(100);
    }
  };
  return { url, says, stop };
};

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address !== null ? address.port : 0;
};
