import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, expect, test } from '@jest/globals';
import { beginning, type Line, linesOf, type Position } from '../../cli/import/lines.ts';

const folder = mkdtempSync(join(tmpdir(), 'foldstream-'));
afterAll(() => rmSync(folder, { recursive: true }));

const write = (name: string, content: string | Uint8Array): string => {
  const file = join(folder, name);
  writeFileSync(file, content);
  return file;
};
const read = async (file: string, from: Position = beginning): Promise<Line[]> => {
  const lines: Line[] = [];
  for await (const line of linesOf({ file, from })) lines.push(line);
  return lines;
};
const textsOf = (lines: readonly Line[]): string[] => lines.map(({ text }) => text);

const long = Array.from({ length: 20_000 }, (_, index) => `{"line":${index + 1},"text":"${'é'.repeat(index % 90)}"}`);

const contents: Readonly<Record<string, { content: string; texts: readonly string[] }>> = {
  'an empty file has no lines': { content: '', texts: [] },
  'the last line may end without a line end': { content: 'a\nb', texts: ['a', 'b'] },
  'blank lines count': { content: 'a\n\n \nb\n', texts: ['a', '', '', 'b'] },
  'line ends may be those of Windows': { content: 'a\r\nb\r\n', texts: ['a', 'b'] },
  'a byte order mark is none of the text': { content: '\uFEFFa\n', texts: ['a'] },
  'lines and letters run across the blocks of a file': { content: long.join('\n'), texts: long },
};

test.each(Object.entries(contents))('%s', async (_, { content, texts }) => {
  const [plain, packed] = [write('plain', content), write('packed', gzipSync(content))];
  const lines = await read(plain);
  expect(textsOf(lines)).toEqual(texts);
  expect(lines.map(({ end }) => end.line)).toEqual(texts.map((_, index) => index + 1));
  expect(await read(packed)).toEqual(lines);
});

test.each(['plain', 'packed'])('reading continues at the end of a line (%s)', async (name) => {
  const content = ['one', 'zwei', 'drëi', '', 'five'].join('\n');
  const file = write(name, name === 'plain' ? content : gzipSync(content));
  const all = await read(file);
  for (const [index, { end }] of all.entries()) expect(await read(file, end)).toEqual(all.slice(index + 1));
});

test('files that were packed one by one and put together are one', async () => {
  const file = write('members', Buffer.concat([gzipSync('a\nb\n'), gzipSync('c\n')]));
  expect(textsOf(await read(file))).toEqual(['a', 'b', 'c']);
});

test('the read lines are reported', async () => {
  const file = write('told', long.join('\n'));
  let bytes = 0;
  for await (const _ of linesOf({ file, from: beginning, onRead: (more) => (bytes += more) }));
  expect(bytes).toBe(Buffer.byteLength(long.join('\n')));
});

const broken: Readonly<Record<string, { content: Uint8Array; says: string }>> = {
  'not UTF-8': { content: Buffer.from([0x61, 0x0a, 0xff, 0x0a]), says: ':2: ' },
  'cut short': { content: gzipSync(long.join('\n')).subarray(0, -2000), says: 'unexpected end of file' },
  'a line too long': { content: Buffer.from(`a\n${'b'.repeat(9 * 1024 * 1024)}`), says: ':2: the line is longer than 8388608 bytes' },
};
test.each(Object.entries(broken))('%s: the error names the place', async (name, { content, says }) => {
  const file = write(name, content);
  await expect(read(file)).rejects.toThrow(says);
  await expect(read(file)).rejects.toThrow(`${file}:`);
});

test('a missing file is named', async () => {
  await expect(read(join(folder, 'none'))).rejects.toThrow('none');
});
