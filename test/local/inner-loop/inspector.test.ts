import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { SourceMap } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, jest, test } from '@jest/globals';
import { startChild } from '../child-system.ts';
import { decider, openShop } from './shop.ts';

// As VS Code and Chrome do it: attach to the process, ask for its threads, and set a breakpoint in a source through the map of a bundle.

jest.setTimeout(900_000);

const shop = openShop();
afterAll(() => shop.delete());

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: Readonly<Record<string, unknown>>;
}

/** A client of the inspector, whose messages go to a thread of the process where one is named. */
const attach = async (url: string) => {
  const socket = new WebSocket(url);
  const seen: { readonly session: string | undefined; readonly message: Message }[] = [];
  await new Promise((opened) => socket.addEventListener('open', opened));
  const receive = (message: Message, session?: string): void => {
    seen.push({ session, message });
    const { sessionId, message: inner } = (message.params ?? {}) as { readonly sessionId?: string; readonly message?: string };
    if (message.method === 'NodeWorker.receivedMessageFromWorker') receive(JSON.parse(inner as string), sessionId);
  };
  socket.addEventListener('message', ({ data }) => receive(JSON.parse(String(data))));
  let ids = 0;
  const send = async (method: string, params: object = {}, session?: string): Promise<Message> => {
    const id = ++ids;
    const message = JSON.stringify({ id, method, params });
    const [outer] = session === undefined ? [message] : [wrapped(message, session)];
    socket.send(outer);
    return (await wait(({ session: from, message }) => from === session && message.id === id)).message;
  };
  const wrapped = (message: string, sessionId: string) =>
    JSON.stringify({ id: ++ids, method: 'NodeWorker.sendMessageToWorker', params: { sessionId, message } });
  const wait = async (isIt: (one: (typeof seen)[number]) => boolean) => {
    for (;;) {
      const found = seen.find(isIt);
      if (found !== undefined) return found;
      await setTimeout(20);
    }
  };
  return { send, wait, seen, close: () => socket.close() };
};

test('a debugger stops at a breakpoint in the source of a decider', async () => {
  const dataFolder = await mkdtemp(join(tmpdir(), 'inspector-'));
  const child = await startChild({ port: 0, dataFolder, domain: shop.domain, inspectPort: 0 });
  const count = async () => {
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"by":50}' };
    return ((await (await fetch(`${child.url}/counter/1/Count`, init)).json()) as { readonly code: string }).code;
  };
  try {
    expect(await count()).toBe('Above10');
    const { send, wait, seen, close } = await attach(child.inspectorUrl);
    await send('NodeWorker.enable', { waitForDebuggerOnStart: false });
    const scriptOf = async () => {
      for (;;) {
        for (const { message } of seen.filter(({ message }) => message.method === 'NodeWorker.attachedToWorker')) {
          const session = (message.params as { readonly sessionId: string }).sessionId;
          if (!seen.some((one) => one.session === session)) await send('Debugger.enable', {}, session);
        }
        for (const { session, message } of seen.filter(({ message }) => message.method === 'Debugger.scriptParsed')) {
          const { url = '' } = message.params as { readonly url?: string };
          if (!/bundles\/.*\.mjs$/.test(url)) continue;
          const map = JSON.parse(await readFile(`${fileURLToPath(url)}.map`, 'utf8').catch(() => '{"sources":[]}'));
          if (map.sources.some((source: string) => source.endsWith('/decider.ts') && source.includes('shop-')))
            return { session, url, map };
        }
        await setTimeout(50);
      }
    };
    const { url, map } = await scriptOf();
    const line = decider(10)
      .split('\n')
      .findIndex((text) => text.includes('ensure(count.by'));
    const generated = generatedLine(map, await readFile(fileURLToPath(url), 'utf8'), line);
    const sessions = [...new Set(seen.flatMap(({ session }) => session ?? []))];
    for (const session of sessions) await send('Debugger.setBreakpointByUrl', { url, lineNumber: generated }, session);
    const answer = count();
    const paused = await wait(({ message }) => message.method === 'Debugger.paused');
    const [frame] = (paused.message.params as { readonly callFrames: readonly { location: { lineNumber: number } }[] }).callFrames;
    expect(frame?.location.lineNumber).toBe(generated);
    await setTimeout(1_000);
    expect(seen.filter(({ message }) => message.method === 'Debugger.resumed')).toEqual([]);
    await send('Debugger.resume', {}, paused.session);
    expect(await answer).toBe('Above10');
    close();
  } finally {
    child.process.kill('SIGTERM');
    await rm(dataFolder, { recursive: true, force: true });
  }
});

/** Where a line of the source begins in the bundle; both count from 0. */
const generatedLine = (map: ConstructorParameters<typeof SourceMap>[0], bundle: string, line: number): number =>
  bundle.split('\n').findIndex((text, index) => {
    const origin = new SourceMap(map).findOrigin(index + 1, text.search(/\S/) + 1);
    return 'fileName' in origin && /shop-.*decider\.ts$/.test(origin.fileName) && origin.lineNumber === line + 1;
  });
