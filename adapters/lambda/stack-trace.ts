import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';

// Node's own option (`--enable-source-maps`) reads every map at each cold start: a sixth of the command function's import. This module
// reads a map only when there is a stack to log.

const position = /(file:\/\/[^\s()]+):(\d+):(\d+)/g;

/** A stack with its positions in the sources of the bundle. Unchanged, if the bundle has no map beside it. */
export const inSources = (stack: string): string =>
  stack.replace(position, (place, bundle: string, line: string, column: string) => {
    const origin = mapOf(bundle)?.findOrigin(Number(line), Number(column));
    if (origin === undefined || !('fileName' in origin)) return place;
    return `${origin.fileName.replace(/^(\.\.\/)+/, '')}:${origin.lineNumber}:${origin.columnNumber}`;
  });

const maps = new Map<string, SourceMap | undefined>();

const mapOf = (bundle: string): SourceMap | undefined => {
  if (!maps.has(bundle)) maps.set(bundle, read(bundle));
  return maps.get(bundle);
};

const read = (bundle: string): SourceMap | undefined => {
  try {
    return new SourceMap(JSON.parse(readFileSync(new URL(`${bundle}.map`), 'utf8')));
  } catch {
    return undefined; // A missing or damaged map must not hide the error that is logged.
  }
};

/** A JSON replacer for a logger: maps the value of each key `stack`. */
export const withSources = (key: string, value: unknown): unknown =>
  key === 'stack' && typeof value === 'string' ? inSources(value) : value;
