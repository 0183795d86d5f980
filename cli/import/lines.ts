import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';

/** How far a file has been read. */
export interface Position {
  /** Lines. */
  readonly line: number;
  /** Bytes, of the text where the file is compressed. */
  readonly offset: number;
}

export const beginning: Position = { line: 0, offset: 0 };

export interface Line {
  /** Without blanks at either end; empty for a blank line. */
  readonly text: string;
  /** Where the line behind it begins; `line` is the number of this one. */
  readonly end: Position;
}

export interface LineReader {
  /** `-` is the standard input. It is read from its beginning. */
  readonly file: string;
  readonly from: Position;
  /** Told how many bytes of the file have been read more. */
  readonly onRead?: (bytes: number) => void;
}

const newline = 0x0a;
const maxLineBytes = 8 * 1024 * 1024;

/**
 * The lines of a text file, or of a gzip of one: read as a stream, so that the file may have any size.
 * @throws Error, with file and line, where it cannot be read on: cut short, not UTF-8, or a line too long.
 */
export async function* linesOf(reading: LineReader): AsyncGenerator<Line> {
  const utf8 = new TextDecoder('utf-8', { fatal: true }); // No byte is to become a question mark without a word.
  let end = reading.from;
  try {
    for await (const bytes of splitLines(await textOf(reading))) {
      const text = utf8.decode(bytes).trim();
      end = { line: end.line + 1, offset: end.offset + bytes.length };
      yield { text, end };
    }
  } catch (error) {
    throw new Error(`${reading.file}:${end.line + 1}: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}

/** Each with its line end, which the last one may lack. */
async function* splitLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let begun: Buffer[] = [];
  let begunBytes = 0;
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      const rest = chunk.subarray(start, end + 1);
      yield begun.length === 0 ? rest : Buffer.concat([...begun, rest]);
      begun = [];
      begunBytes = 0;
      start = end + 1;
    }
    begun.push(chunk.subarray(start));
    begunBytes += chunk.length - start;
    if (begunBytes > maxLineBytes) throw new Error(`the line is longer than ${maxLineBytes} bytes`);
  }
  if (begunBytes > 0) yield Buffer.concat(begun);
}

/** The text from the position on. A gzip cannot be entered in the middle: what is ahead of the position is read and dropped. */
const textOf = async ({ file, from: { offset }, onRead = () => {} }: LineReader): Promise<AsyncIterable<Buffer>> => {
  if (file === '-') return textOfInput(counted(process.stdin, onRead));
  if (!(await isGzip(file))) return counted(createReadStream(file, { start: offset, highWaterMark: chunkBytes }), onRead);
  return skipped(inflated(counted(createReadStream(file, { highWaterMark: chunkBytes }), onRead)), offset);
};

const chunkBytes = 256 * 1024;

/** The reader of the text gets an error of the source, too. */
const inflated = (chunks: AsyncIterable<Buffer>): AsyncIterable<Buffer> => pipeline(chunks, createGunzip(), () => {});

const isGzip = async (file: string): Promise<boolean> => {
  await using handle = await open(file);
  const { buffer } = await handle.read({ buffer: Buffer.alloc(2), position: 0 });
  return beginsLikeGzip(buffer);
};

const beginsLikeGzip = (bytes: Buffer): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

const textOfInput = async (chunks: AsyncGenerator<Buffer>): Promise<AsyncIterable<Buffer>> => {
  let first = Buffer.alloc(0);
  let next = await chunks.next();
  for (; next.done !== true; next = await chunks.next()) {
    first = Buffer.concat([first, next.value]);
    if (first.length >= 2) break;
  }
  const all = followedBy(first, chunks);
  return beginsLikeGzip(first) ? inflated(all) : all;
};

async function* followedBy(first: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  yield* rest;
}

async function* counted(chunks: AsyncIterable<Buffer>, onRead: (bytes: number) => void): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    onRead(chunk.length);
    yield chunk;
  }
}

async function* skipped(chunks: AsyncIterable<Buffer>, bytes: number): AsyncGenerator<Buffer> {
  let left = bytes;
  for await (const chunk of chunks) {
    if (chunk.length > left) yield chunk.subarray(left);
    left = Math.max(0, left - chunk.length);
  }
}
