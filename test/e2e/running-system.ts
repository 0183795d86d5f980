import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** The system in a process of its own, on a free port. */
export interface RunningSystem {
  readonly url: string;
  /** What it has said so far, as `npm start` shows it. */
  readonly said: readonly string[];
  /** Those who stand for third parties, by name. */
  readonly simulators: Readonly<Record<string, string>>;
  /** Ends it as a power cut would. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

const serve = fileURLToPath(new URL('serve.ts', import.meta.url));

/** What is not as `npm start` has it. */
export interface Deviations {
  /** The folder of the domain; that of the tests if absent. */
  readonly domain?: string;
  readonly timeScale?: number;
  /** Where it listens; any free port if absent. */
  readonly port?: number;
  /** An assembly of an earlier start, which knows where the simulators listen: that takes a fifth of the time. */
  readonly assemblyFolder?: string;
  readonly simulators?: boolean;
}

export const runSystem = async (dataFolder: string, deviations: Deviations = {}): Promise<RunningSystem> => {
  const { DYNAMODB_ENDPOINT: _, ...environment } = process.env; // It brings an engine of its own, which keeps its data.
  const child = spawn(process.execPath, [serve, dataFolder, JSON.stringify({ domain: 'test/domain', ...deviations })], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: environment,
  });
  const said: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => said.push(line));
  const url = await Promise.race([firstLine(child), once(child, 'exit').then(() => undefined)]);
  if (url === undefined) throw new Error(`the system did not start:\n${said.join('\n')}`);
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  };
  const { simulators } = JSON.parse(readFileSync(join(dataFolder, 'system.json'), 'utf8'));
  return { url, said, simulators, kill: () => end('SIGKILL'), stop: () => end('SIGTERM') };
};

const firstLine = async ({ stdout }: ChildProcess): Promise<string | undefined> => {
  if (stdout === null) return undefined;
  const [line] = await once(createInterface({ input: stdout }), 'line');
  return line;
};

const replayScript = fileURLToPath(new URL('../../scripts/replay.ts', import.meta.url));

export interface Replay {
  readonly code: number | null;
  readonly output: string;
  /** What it said beside it: how far it was, and what went wrong. */
  readonly complaints: string;
}

/** `npm run replay` against a running system; `child` is its process. */
export const replay = (
  url: string,
  file: string,
  ...options: readonly string[]
): { readonly child: ChildProcess; readonly done: Promise<Replay> } => {
  const child = spawn(process.execPath, [replayScript, file, '--url', url, ...options], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let complaints = '';
  child.stdout.on('data', (text) => {
    output += text;
  });
  child.stderr.on('data', (text) => {
    complaints += text;
  });
  return { child, done: once(child, 'close').then(([code]) => ({ code, output, complaints })) };
};
