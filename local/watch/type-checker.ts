import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants, setPriority } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { ofService } from '../../lib/folders.ts';
import type { Reports } from './reports.ts';

export interface TypeChecker {
  /** Checks all types; a check that is under way is given up for this one. */
  check(files: ReadonlySet<string>): void;
  stop(): void;
}

const options = ['--noEmit', '--pretty', 'false', '--incremental', '--tsBuildInfoFile'];

/** Checks the service's types beside the system, where the service has TypeScript and a `tsconfig.json`; nothing otherwise. */
export const typeChecker = (report: Pick<Reports, 'types'>): TypeChecker | undefined => {
  const compiler = compilerOf();
  if (compiler === undefined || !existsSync(ofService('tsconfig.json'))) return undefined;
  let running: ChildProcess | undefined;
  let hadErrors = false;
  const run = async (): Promise<void> => {
    end(running);
    const child = spawn(process.execPath, [compiler, ...options, ofService('.local/types.tsbuildinfo')], {
      cwd: ofService(),
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    running = child;
    yieldTo(child.pid);
    const [said, [code]] = await Promise.all([text(child.stdout), once(child, 'close')]);
    if (running !== child || code === null) return;
    const errors = said.split('\n').filter((line) => /error TS\d+:/.test(line));
    report.types(errors.map(readable), hadErrors);
    hadErrors = errors.length > 0;
  };
  return {
    check: (files) => {
      if ([...files].some((file) => /\.[cm]?tsx?$|tsconfig\.json$/.test(file))) run().catch(() => {});
    },
    stop: () => {
      const child = running;
      running = undefined;
      end(child);
    },
  };
};

const compilerOf = (): string | undefined => {
  try {
    return join(createRequire(ofService('package.json')).resolve('typescript/package.json'), '..', 'bin/tsc');
  } catch {
    return undefined;
  }
};

/** By SIGKILL, because the native compiler goes on to its end after a SIGTERM. */
const end = (child: ChildProcess | undefined): void => void child?.kill('SIGKILL');

/** The new code is served first. */
const yieldTo = (pid: number | undefined): void => {
  try {
    if (pid !== undefined) setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // It has ended already, or may not be asked to wait.
  }
};

/** `domain/booking/decider.ts(12,5): error …` → `domain/booking/decider.ts:12:5: error …`, which terminals make a link of. */
const readable = (error: string): string => error.replace(/^(.*?)\((\d+),(\d+)\)/, '$1:$2:$3');
