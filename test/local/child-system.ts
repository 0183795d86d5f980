import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { SystemOptions } from '../../local/system.ts';

/** A system in a process of its own, so that it can be killed. */
export const startChild = async (options: SystemOptions) => {
  const module = new URL('../../local/system.ts', import.meta.url).href;
  const script = `const { startSystem } = await import('${module}'); console.log((await startSystem(${JSON.stringify(options)})).url);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, DYNAMODB_ENDPOINT: '' },
  });
  const [url] = await once(createInterface(child.stdout), 'line');
  return { process: child, url: String(url) };
};
