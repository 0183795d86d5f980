import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from '@jest/globals';
import { placedCommits } from '../../cli/es/rehearse/placed-commits.ts';
import { splitExport } from '../../cli/es/rehearse/split-export.ts';
import type { BrokenHistory } from '../../core/rehearse/streams.ts';
import { closed, linesOfLog, opened, paid, paidEuros } from './rehearsed/lines.ts';
import { start } from './spawned.ts';

const folder = mkdtempSync(join(tmpdir(), 'rehearse-'));
const temporary = join(folder, 'tmp');
mkdirSync(temporary);
afterAll(() => rmSync(folder, { recursive: true }));

const written = (name: string, content: string | Uint8Array): string => {
  writeFileSync(join(folder, name), content);
  return name;
};

const log = linesOfLog();
const lines: readonly string[] = [
  ...log.commit('a', opened('north')),
  ...log.commit('b', opened('south'), paid('south', 500)),
  ...log.commit('a', paidEuros('north', 7), paid('north', 100)),
  ...log.commit('c', opened('north'), closed),
];
const exported = lines.join('\n');
written('export.jsonl', exported);

const domainOf = (name: string): string => join(import.meta.dirname, 'rehearsed', name);

const begin = (args: readonly string[], domain = 'released', environment: NodeJS.ProcessEnv = {}) => {
  const before = { ...process.env };
  Object.assign(process.env, { TMPDIR: temporary }, environment);
  const child = start(['rehearse', '--domain', domainOf(domain), ...args], folder);
  process.env['TMPDIR'] = before['TMPDIR'];
  if (before['TMPDIR'] === undefined) delete process.env['TMPDIR'];
  return child;
};

const rehearse = async (args: readonly string[], domain?: string, environment?: NodeJS.ProcessEnv, input: string | Uint8Array = '') => {
  const child = begin(args, domain, environment);
  child.stdin.end(input);
  const [out, said, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  expect(readdirSync(temporary)).toEqual([]); // Nothing of the history stays behind.
  return { code, out, said };
};
const fromFile = ['--from', 'export.jsonl'];

test('a release that can take the history: exit code 0, and a table of its members', async () => {
  const { code, out } = await rehearse(fromFile);
  expect(code).toBe(0);
  expect(out).toContain('3 streams, 4 commits, 7 events');
  expect(out).toMatch(/^aggregate account +3 +0$/m);
  expect(out).toMatch(/^projection banks@1 +2 +0$/m);
  expect(out).toContain('The next release can take this history.');
});

test('what fails is named with event and line: exit code 1', async () => {
  const { code, out } = await rehearse(fromFile, 'throws');
  expect(code).toBe(1);
  expect(out).toMatch(/^aggregate account +2 +1$/m);
  expect(out).toMatch(/^ {2}account-a@2 \(line 4\): InvalidEvent: .*the upcaster of Paid from schema version 1 failed: not 7$/m);
  expect(out).toContain('The next release fails or differs.');
});

test('with a released domain in a folder: what both cannot take is no failure, and what differs is shown', async () => {
  expect((await rehearse([...fromFile, '--against', domainOf('throws')], 'throws')).code).toBe(0);
  const { code, out } = await rehearse([...fromFile, '--against', domainOf('released')], 'state');
  expect(code).toBe(1);
  expect(out).toMatch(/^aggregate account +1 +0 +0 +0 +2 +0$/m);
  expect(out).toMatch(/^ {4}cents: 800 → 400$/m);
});

test('--json is one object, with the examples and the verdict', async () => {
  const { code, out } = await rehearse([...fromFile, '--against', domainOf('released'), '--json', '--examples', '1'], 'state');
  expect(code).toBe(1);
  expect(JSON.parse(out)).toMatchObject({
    ...{ isClean: false, streams: 3, commits: 4, events: 7, against: domainOf('released'), removed: [] },
    members: { 'aggregate account': { ok: 1, differs: 2 } },
    examples: [
      { member: 'aggregate account', verdict: 'differs', at: 'account-b@2', changes: [{ path: 'cents', today: '500', next: '300' }] },
    ],
  });
});

test('the released domain of a commit of git is compared; a gzip is read, from a file and from the standard input', async () => {
  const fine = { type: 'AppealResultReceived', schema: 1, data: { on: '2001-01-01' } };
  const line = linesOfLog('acme').commit('a', fine)[0]?.replaceAll('account', 'fine') ?? '';
  const input = gzipSync(line);
  written('fines.jsonl.gz', input);
  const args = ['--domain', join(import.meta.dirname, '../../examples/fines'), '--against', 'HEAD'];
  for (const from of ['-', 'fines.jsonl.gz']) {
    const { code, out, said } = await rehearse(['--from', from, ...args], 'released', {}, input);
    if (code !== 0) throw new Error(said);
    expect(out).toContain('The next release does with this history what HEAD does.');
  }
});

test('the streams of tenants are streams of their own', async () => {
  const both = [
    ...linesOfLog('acme').commit('a', opened('north')),
    ...linesOfLog('globex').commit('a', opened('north'), paidEuros('north', 7)),
  ];
  const { code, out } = await rehearse(['--from', written('tenants.jsonl', both.join('\n'))], 'throws');
  expect(code).toBe(1);
  expect(out).toContain('2 streams');
  expect(out).toContain('globex/account-a@2 (line 3)');
});

test('--only rehearses one member, and --limit the first whole commits', async () => {
  const { out } = await rehearse([...fromFile, '--only', 'banks', '--limit', '2']);
  expect(out).toContain('2 streams, 2 commits, 3 events');
  expect(out.match(/^(aggregate|projection|publication|saga) .*/gm)).toEqual([expect.stringMatching(/^projection banks@1 +1 +0$/)]);
});

describe('an export that is broken:', () => {
  const second = JSON.parse(lines[1] ?? '');
  const without = (index: number): string => lines.filter((_, at) => at !== index).join('\n');
  const lifted = lines.map((line) => JSON.stringify({ ...JSON.parse(line), schema: undefined })).join('\n');
  const future = { ...second, metadata: { ...second.metadata, recordedAt: 'x' } };

  test.each<[string, string | Uint8Array, RegExp]>([
    ['no JSON', `${lines[0]}\n{"type":`, /broken:2: the line is not JSON/],
    ['a missing commit', without(0), /broken:3: account-a goes on with version 2, and version 1 is missing before it/],
    ['a gzip that is cut short', gzipSync(exported).subarray(0, 200), /broken:\d: unexpected end of file/],
  ])('%s ends with 2, and names the line', async (_, content, reason) => {
    const { code, out, said } = await rehearse(['--from', written('broken', content)]);
    expect([code, out]).toEqual([2, '']);
    expect(said).toMatch(reason);
  });

  /** As the command line reads it, in this process: first into shards, then their commits. */
  const read = async (content: string): Promise<void> => {
    const into = mkdtempSync(join(folder, 'shards-'));
    const shards = await splitExport({ file: join(folder, written('broken', content)), folder: into, limit: 100, onRead: () => {} });
    for (const { file } of shards) for await (const { commit } of placedCommits(file)) expect(commit.events.length).toBeGreaterThan(0);
  };
  test('a whole one is read', async () => expect(await read(exported)).toBeUndefined());
  test.each<[string, string, number | undefined, RegExp]>([
    ['JSON that is no event', `${lines[0]}\n{}`, undefined, /broken:2: it is no event of an export/],
    ['no event', '\n', undefined, /broken: the export has no event/],
    ['an event without a time', `${lines[0]}\n${JSON.stringify(future)}`, 2, /recordedAt/],
    ['a missing event of a commit', without(2), 2, /the commit has 2 events, and the file has 1 of them here/],
    ['an export that was lifted', lifted, expect.any(Number) as never, /the event has no schema version: export it without --lifted/],
  ])('%s is named', async (_, content, line, reason) => {
    const error = (await read(content).catch((caught: unknown) => caught)) as BrokenHistory;
    expect(error.message).toMatch(reason);
    expect(error.line).toEqual(line);
  });
});

describe('a rehearsal that cannot be done ends with 2:', () => {
  test('a domain that does not load', async () => {
    const { code, said } = await rehearse(fromFile, 'nowhere');
    expect([code, said]).toEqual([2, expect.stringContaining('index.ts does not load')]);
  });
  test('a domain that ends the process', async () => {
    const { code, said } = await rehearse(fromFile, 'ending');
    expect([code, said]).toEqual([2, expect.stringContaining('a worker ended with code 3')]);
  });
  test('no folder for temporary files', async () => {
    const { code, said } = await rehearse(fromFile, 'released', { TMPDIR: join(folder, 'gone') });
    expect([code, said]).toEqual([2, expect.stringContaining('TMPDIR=FOLDER')]);
  });
  test('a disk that is full', async () => {
    const full = mkdtempSync(join(folder, 'full-'));
    for (let index = 0; index < 256; index++) symlinkSync('/dev/full', join(full, `streams-${index}`));
    const splitting = splitExport({ file: join(folder, 'export.jsonl'), folder: full, limit: 100, onRead: () => {} });
    await expect(splitting).rejects.toMatchObject({ code: 'ENOSPC' });
  });
});

test('an interrupted rehearsal leaves nothing behind', async () => {
  const child = begin(['--from', '-']);
  while (readdirSync(temporary).length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  child.kill('SIGINT');
  const [code] = await once(child, 'close');
  expect([code, readdirSync(temporary)]).toEqual([130, []]);
});
