import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { SourceMap } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { startChild } from '../child-system.ts';
import { openDebugger, type Script } from './debugger.ts';
import { openShop, type Shop } from './shop.ts';

jest.setTimeout(300_000);

let shop: Shop;
let dataFolder: string;
let system: Awaited<ReturnType<typeof startChild>>;
beforeEach(async () => {
  shop = openShop();
  dataFolder = await mkdtemp(join(tmpdir(), 'inspected-'));
  system = await startChild({ port: 0, dataFolder, domain: shop.domain, inspectPort: 0 });
});
afterEach(async () => {
  system.process.kill('SIGKILL');
  await once(system.process, 'exit');
  shop.delete();
  await rm(dataFolder, { recursive: true, force: true });
});

const count = (by: number): Promise<Response> =>
  fetch(`${system.url}/counter/1/Count`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ by }),
  });

/** Where a line of a source is in the code that runs, as a debugger finds it: by the map of the script. Both begin at 0. */
const placeOf = async ({ url, sourceMapURL }: Script, source: string, line: number): Promise<number | undefined> => {
  const map = new SourceMap(JSON.parse(await readFile(new URL(sourceMapURL, url), 'utf8')));
  const lines = (await readFile(fileURLToPath(url), 'utf8')).split('\n').length;
  for (let generated = 0; generated < lines; generated++) {
    const entry = map.findEntry(generated, 4);
    if ('originalSource' in entry && entry.originalLine === line && new URL(entry.originalSource, url).pathname === source)
      return generated;
  }
  return undefined;
};

test('a debugger stops in a decider, reads the command and continues', async () => {
  expect((await count(1)).status).toBe(200); // From now on the function's thread is there, with its code.
  const source = join(shop.folder, 'decider.ts');
  const text = await readFile(source, 'utf8');
  const line = text.split('\n').findIndex((one) => one.includes('ensure(count.by'));

  const debug = await openDebugger(system.inspectorUrl);
  try {
    let stops = 0;
    for (const script of await debug.scripts()) {
      if (script.sourceMapURL === '' || !script.url.startsWith('file:') || script.url.includes('node_modules')) continue;
      const place = await placeOf(script, source, line).catch(() => undefined);
      if (place !== undefined) stops += await debug.breakAt(script, place);
    }
    expect(stops).toBeGreaterThan(0);

    const answer = count(7);
    const paused = await debug.paused();
    expect(paused.functionName).toBe('Count');
    expect(await paused.evaluate('count.by')).toBe(7);
    // The command waits as long as the person looks: no time limit holds.
    expect(await Promise.race([answer, setTimeout(1_000, 'waits')])).toBe('waits');
    paused.resume();
    expect((await answer).status).toBe(200);
  } finally {
    debug.close();
  }
});
