import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { Bench } from '../bench.ts';
import type { Store } from '../stores/store.ts';
import { streamOf } from './loads.ts';

const child = fileURLToPath(new URL('./memory-child.ts', import.meta.url));

/** The peak of live megabytes while a stream is loaded, less those before the load. Each load has a process of its own. */
export const measureMemory = async (bench: Bench, store: Store, events: number): Promise<number> => {
  const { endpoint } = bench.connection;
  const run = spawn(process.execPath, ['--expose-gc', '--no-warnings', child, store.name, endpoint, streamOf(events)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [answer] = await Promise.all([text(run.stdout), new Promise((ended) => run.on('close', ended))]);
  const bytes = Number(answer);
  if (answer === '' || Number.isNaN(bytes)) throw new Error(`the memory of ${store.name} could not be measured`);
  return Math.max(0, bytes / 1024 / 1024);
};
