import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TemporaryFolder {
  readonly path: string;
  remove(): void;
}

const interrupted = 130;

/**
 * A folder that only its owner can read, and that is gone when this program ends, also when it is interrupted. `stop` ends what still writes
 * into it.
 */
export const temporaryFolder = (stop: () => Promise<void>): TemporaryFolder => {
  const path = mkdtempSync(join(tmpdir(), 'foldstream-rehearsal-'));
  const remove = () => rmSync(path, { recursive: true, force: true, maxRetries: 5 });
  const end = () => void stop().finally(() => process.exit(interrupted));
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  process.on('exit', remove);
  for (const signal of signals) process.once(signal, end);
  return {
    path,
    remove: () => {
      process.off('exit', remove);
      for (const signal of signals) process.off(signal, end);
      remove();
    },
  };
};
