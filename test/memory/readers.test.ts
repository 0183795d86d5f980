import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { beforeAll, expect, test } from '@jest/globals';
import { dynamoEventStore } from '../../adapters/event-log/dynamo-event-store.ts';
import type { StoredEvent, Tail } from '../../core/log/event-store.ts';
import { createEventsTable, engineClient } from '../support/dynamo.ts';
import { append } from '../support/requests.ts';
import { fewer } from '../support/runs.ts';

// A client that sends text which compresses to a thousandth must not fill the memory of a reader of the log. Every reader gets a process
// of its own with a small heap. All commits together are several times as large.

const commits = fewer(180, 700);
const heapMegabytes = fewer(128, 256);
/** The memory of a function of a dev stage, for all that the process holds. */
const functionMegabytes = 512;

let table: string;
beforeAll(async () => {
  table = await createEventsTable();
  const store = dynamoEventStore({ client: engineClient(), table, names: '', now: () => new Date('2020-01-01') });
  // Every third note has a character that makes it two bytes a character in memory.
  const noted = (index: number): StoredEvent[] => [
    { type: 'Added', schema: 1, data: { amount: 1, note: `${index % 3 === 0 ? '€' : ''}${'x'.repeat(1_000_000)}` } },
  ];
  const long = async (): Promise<void> => {
    let tail: Tail = store.begin({ aggregate: 'tally', id: 'long' });
    for (let index = 0; index < commits / 2; index++) ({ tail } = await append(store, tail, noted(index)));
  };
  const short = async (): Promise<void> => {
    for (let index = 0; index < commits / 2; index++)
      await append(store, store.begin({ aggregate: 'tally', id: `s${index}` }), noted(index));
  };
  await Promise.all([long(), short()]);
}, 120_000);

const inLittleMemory = async (...args: readonly string[]) => {
  const child = spawn(process.execPath, [`--max-old-space-size=${heapMegabytes}`, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const characters = (async () => {
    let [count, end] = [0, ''];
    for await (const chunk of child.stdout) {
      count += chunk.length;
      end = (end + chunk.toString('latin1')).slice(-300);
    }
    return { count, end };
  })();
  const [out, said, [code]] = await Promise.all([characters, text(child.stderr), once(child, 'close')]);
  return { code, said: said.slice(-2000), ...out };
};
const read = async (work: string) => {
  const { code, said, end } = await inLittleMemory('test/memory/readers.ts', work, table);
  if (code !== 0) throw new Error(`it ended with ${code}: ${said}`);
  const { megabytes, ...result } = JSON.parse(end) as { readonly megabytes: number };
  expect(megabytes).toBeLessThan(functionMegabytes);
  return result;
};
const streams = commits / 2 + 1;

test('an audit', async () => expect(await read('audit')).toEqual({ streams, missing: streams }), 300_000);
test('an audit that repairs', async () => expect(await read('repair')).toEqual({ streams, missing: 0 }), 300_000);
test('a rebuild', async () => expect(await read('rebuild')).toEqual({ isComplete: true, streams }), 300_000);
test('the projector', async () => expect(await read('projector')).toEqual({ streams, missing: 0 }), 300_000);
test('GET /streams', async () => expect(await read('stream')).toEqual({ events: commits / 2 }), 300_000);

test.each([
  ['an export', ['export']],
  ['tail', ['tail', '-n', '3']],
  ['tail of a stream', ['tail', 'tally-long', '-n', String(commits)]],
  ['verify', ['verify']],
])(
  '%s',
  async (_, args) => {
    const { code, said, count } = await inLittleMemory(
      'cli/es.ts',
      ...args,
      '--table',
      table,
      '--endpoint',
      process.env['DYNAMODB_ENDPOINT'] ?? '',
    );
    if (code !== 0) throw new Error(`it ended with ${code}: ${said}`);
    expect(count).toBeGreaterThan(args[0] === 'export' ? commits * 1_000_000 : 0);
  },
  300_000,
);
