import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request as forward } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { createObjectStore } from '../../local/http/object-store.ts';

/** What becomes of the nth request: `lost` is done, and its answer does not arrive. */
export type Fate = 'pass' | 'throttle' | 'drop' | 'lost';

/** The S3 of the local system over folders of its own, behind a port where requests fail as told. */
export const objectStore = async (...names: readonly string[]) => {
  const root = mkdtempSync(join(tmpdir(), 'foldstream-objects-'));
  const folders = new Map(names.map((name) => [`arn:aws:s3:::${name}`, join(root, name)]));
  for (const folder of folders.values()) mkdirSync(folder);
  const store = await createObjectStore(folders);
  let fate: (nth: number, method: string) => Fate = () => 'pass';
  let seen = 0;
  const proxy = createServer(async (incoming, outgoing) => {
    const { method = '', url = '/', headers } = incoming;
    const body = await buffer(incoming);
    seen += 1;
    const decided = fate(seen, method);
    if (decided === 'drop') return incoming.socket.destroy();
    if (decided === 'throttle')
      return outgoing
        .writeHead(503, { 'content-type': 'application/xml' })
        .end('<Error><Code>SlowDown</Code><Message>Slow down</Message></Error>');
    const passed = forward(new URL(url, store.url), { method, headers }, (reply) => {
      if (decided === 'lost') return reply.resume().on('end', () => incoming.socket.destroy());
      outgoing.writeHead(reply.statusCode ?? 500, reply.headers);
      return reply.pipe(outgoing);
    });
    return passed.end(body);
  });
  await once(proxy.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    /** An object that is there. */
    write: (bucket: string, key: string, content: unknown): void => {
      const file = join(root, bucket, key);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
    },
    folder: (bucket: string) => join(root, bucket),
    /** From the next request on, which is the first. */
    restart: (decide: typeof fate = () => 'pass'): void => {
      fate = decide;
      seen = 0;
    },
    requests: () => seen,
    close: async (): Promise<void> => {
      proxy.close();
      proxy.closeAllConnections();
      await store.close();
      rmSync(root, { recursive: true });
    },
  };
};
