import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { type AttributeValue, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createEventsTable, engineClient } from '../support/dynamo.ts';
import { spoken } from './spawned.ts';
import { filled, storedStream } from './stored-stream.ts';

// The database behind a proxy that fails on request: a walk through a table that does not reach its end must not look like one.

type Fate = 'pass' | 'throttle' | 'drop';
let fate: (operation: string, count: number) => Fate = () => 'pass';
let proxy: Server;
let table: string;
const counts = new Map<string, number>();
const folder = mkdtempSync(join(tmpdir(), 'foldstream-es-faults-'));

beforeAll(async () => {
  table = await createEventsTable();
  const client = engineClient();
  for (const id of ['1', '2', '3'])
    for (const Item of await storedStream([{ events: [filled(1)], state: {} }], { aggregate: 'jar', id }))
      await client.send(new PutItemCommand({ TableName: table, Item: Item as Record<string, AttributeValue> }));
  proxy = createServer(async (incoming, answer) => {
    const operation = String(incoming.headers['x-amz-target']).split('.')[1] ?? '';
    const count = (counts.get(operation) ?? 0) + 1;
    counts.set(operation, count);
    const decided = fate(operation, count);
    if (decided === 'drop') return incoming.socket.destroy();
    if (decided === 'throttle') {
      answer.writeHead(400, { 'content-type': 'application/x-amz-json-1.0' });
      return answer.end('{"__type":"com.amazonaws.dynamodb.v20120810#ThrottlingException","message":"Rate exceeded"}');
    }
    const { method, url, headers } = incoming;
    const passed = request(new URL(url ?? '/', process.env['DYNAMODB_ENDPOINT']), { method, headers }, (reply) => {
      answer.writeHead(reply.statusCode ?? 500, reply.headers);
      reply.pipe(answer);
    });
    return passed.end(await buffer(incoming));
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
});
afterAll(() => {
  proxy.close();
  proxy.closeAllConnections();
  rmSync(folder, { recursive: true });
});

beforeEach(() => counts.clear());
afterEach(() => {
  fate = () => 'pass';
});

const es = (...args: readonly string[]) => {
  const endpoint = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  return spoken([...args, '--segments', '4', '--table', table, '--endpoint', endpoint]);
};

describe.each<Fate>(['throttle', 'drop'])('%s', (fault) => {
  test('twice: the SDK sends the request again, and no event is missing', async () => {
    fate = (_, count) => (count <= 2 ? fault : 'pass');
    expect(await es('verify')).toMatchObject({ code: 0, out: 'verified 3 commits, 3 events of 3 streams: intact\n' });
    expect(counts.get('Scan')).toBe(4 + 2);
  });

  test('for good, in the middle: verify says that it was not finished', async () => {
    fate = (operation, count) => (operation === 'Scan' && count > 2 ? fault : 'pass');
    const { code, out, said } = await es('verify');
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(said).toMatch(/\nNot finished: verified \d commits?, .* when it stopped\.\nDynamoDB does not answer: .*\.\n$/);
  });

  test('for good, in the middle: export leaves no file', async () => {
    fate = (operation, count) => (operation === 'Scan' && count > 2 ? fault : 'pass');
    const file = join(folder, 'events.jsonl');
    const { code, said } = await es('export', '--out', file);
    expect(code).toBe(1);
    expect(said).toMatch(
      /\nNot finished: \d events? of \d commits? when it stopped; the file is not written\.\nDynamoDB does not answer: /,
    );
    expect(existsSync(file)).toBe(false);
  });
});
