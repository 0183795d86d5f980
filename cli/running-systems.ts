import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRunning } from '../local/leftovers.ts';

/** What a system on this machine says about itself, in a file of the state folder. */
export interface RunningSystem {
  readonly file: string;
  readonly facts: unknown;
}

/**
 * The systems that run on this machine. The system of `domain/` describes itself in the state folder, others in a folder of it. Systems that
 * keep nothing (`npm start -- --memory`) count only if no other system runs, or if they are asked for: they may run beside another one.
 */
export const runningSystems = (stateFolder: string, { memory = false }: { readonly memory?: boolean } = {}): readonly RunningSystem[] => {
  const all = globSync(['system.json', '*/system.json'], { cwd: stateFolder }).flatMap((file): RunningSystem[] => {
    const text = readIfThere(join(stateFolder, file));
    return text === undefined ? [] : [{ file, facts: JSON.parse(text) }];
  });
  const running = all.filter(({ facts }) => isAlive((facts as Facts | null)?.process));
  const [passing, kept] = [running.filter(({ facts }) => isPassing(facts)), running.filter(({ facts }) => !isPassing(facts))];
  return memory || kept.length === 0 ? passing : kept;
};

interface Facts {
  /** The id of its process. */
  readonly process?: unknown;
  readonly isKept?: unknown;
}

const isPassing = (facts: unknown): boolean => (facts as Facts | null)?.isKept === false;

/** A system that stops takes its file away. A system that was killed leaves it. A release up to 0.2 does not say its process. */
const isAlive = (id: unknown): boolean => typeof id !== 'number' || isRunning(id);

const readIfThere = (file: string): string | undefined => {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
};
