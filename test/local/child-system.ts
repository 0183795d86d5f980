import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { SystemOptions } from '../../local/system.ts';

/** A system in a process of its own, so that it can be killed. */
export const startChild = async (options: SystemOptions) => {
  const module = new URL('../../local/system.ts', import.meta.url).href;
  const script = `const { startSystem } = await import('${module}'); const { url, inspectorUrl = '' } = await startSystem(${JSON.stringify(options)}); console.log(JSON.stringify({ url, inspectorUrl }));`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, DYNAMODB_ENDPOINT: '' },
  });
  const ended = once(child, 'exit').then(() => {
    throw new Error('the system ended before it listened: see its error above');
  });
  const [line] = await Promise.race([once(createInterface(child.stdout), 'line'), ended]);
  ended.catch(() => {});
  const { url, inspectorUrl } = JSON.parse(line) as { readonly url: string; readonly inspectorUrl: string };
  return { process: child, url, inspectorUrl };
};
