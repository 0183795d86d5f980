import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { linesOfLog, paid } from '../es/rehearsed/lines.ts';
import { fewer } from '../support/runs.ts';

// A history may have any length. Each worker gets a heap that holds neither the text of this one nor the states of all its streams.

const heapMegabytes = 64;
const large = fewer(100, 400);
const streams = fewer(30_000, 200_000);
const folder = mkdtempSync(join(tmpdir(), 'foldstream-rehearse-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'export.jsonl');

beforeAll(async () => {
  const log = linesOfLog();
  const out = createWriteStream(file);
  const write = async (lines: readonly string[]): Promise<void> => {
    if (!out.write(`${lines.join('\n')}\n`)) await once(out, 'drain');
  };
  // The large commits stand between those of other streams, as pages of a scan bring them.
  for (let index = 0; index < streams; index++) {
    await write(log.commit(`s${index}`, paid(`bank-${index}`, 1)));
    if (index % Math.floor(streams / large) === 0) await write(log.commit('long', { ...paid('north', 1), data: large1MB }));
  }
  out.end();
  await once(out, 'close');
}, 120_000);
const large1MB = { bank: 'north', cents: 1, note: 'x'.repeat(1_000_000) };

test('a rehearsal of a long history, in two releases', async () => {
  const domain = 'test/es/rehearsed/released';
  const args = ['rehearse', '--from', file, '--domain', domain, '--against', domain, '--workers', '2', '--json'];
  const child = spawn(process.execPath, [`--max-old-space-size=${heapMegabytes}`, 'cli/es.ts', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, said, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  if (code !== 0) throw new Error(`it ended with ${code}: ${said.slice(-2000)}`);
  const { heapBytes, members, ...report } = JSON.parse(out);
  expect(report.streams).toBe(streams + 1);
  expect(members['projection banks@1'].ok).toBe(streams + 1);
  expect(heapBytes).toBeLessThan(heapMegabytes * 1024 * 1024);
}, 600_000);
