import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type RunningSystem, type RunSystemOptions, runSystem as run } from 'foldstream/testing';

export type { RunningSystem };

/** The system of the tests' own domain, unless another is named. */
export const runSystem = (dataFolder: string, options: RunSystemOptions = {}): Promise<RunningSystem> =>
  run({ domain: 'test/domain', dataFolder, ...options });

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
