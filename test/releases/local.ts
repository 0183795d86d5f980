import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { type System, startSystem } from '../../local/system.ts';
import { everyRelease, runChain, writeDomain } from './chain.ts';
import { levels } from './domain.ts';

const minutes = 6;

/** Runs every release on a local system, which reloads the domain at each. Sets the exit code. */
export const releaseLocally = async (seed: number): Promise<void> => {
  mkdirSync('.local', { recursive: true });
  // Beside each other: `es` looks for running systems in the folders of .local/.
  const dataFolder = mkdtempSync(join(process.cwd(), '.local/releases-'));
  const domain = `${dataFolder}-domain`;
  const lines: string[] = [];
  const late = setTimeout(() => {
    console.error(`It is not over after ${minutes} minutes.\n${lines.slice(-30).join('\n')}`);
    process.exit(1);
  }, minutes * 60_000);
  let system: System | undefined;
  try {
    writeDomain(domain, levels.first);
    const log = (line: string): void => void (line.includes('"WARN"') || lines.push(line)); // Refusals are part of the traffic.
    const serving = relative(process.cwd(), domain);
    system = await startSystem({ port: 0, dataFolder, domain: serving, watch: true, timeScale: 0.02, log });
    await runChain(
      {
        service: { url: system.url },
        deploy: async (level) => writeDomain(domain, level),
        es: (command) => es(domain, command),
        ordersPerRelease: 8,
        settleSeconds: 60,
        signal: new AbortController().signal,
      },
      everyRelease,
      seed,
    );
  } catch (error) {
    console.error(`The last lines of the system:\n${lines.slice(-40).join('\n')}\n\n${error instanceof Error ? error.message : error}`);
    process.exitCode = 1;
  } finally {
    clearTimeout(late);
    await system?.stop();
    for (const folder of [dataFolder, domain]) rmSync(folder, { recursive: true, force: true });
  }
};

/** A process beside the system, which this process serves: it must not wait for it in one piece. */
const es = async (domain: string, command: string): Promise<string> => {
  const env = { ...process.env, INIT_CWD: process.cwd() };
  const { stdout } = await promisify(execFile)(process.execPath, ['cli/es.ts', command, '--domain', domain], { env, timeout: 60_000 });
  return stdout;
};
