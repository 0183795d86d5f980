import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';

// Node does the same by itself (`--enable-source-maps`), but reads every map at each cold start: a sixth of the command function's
// import. Here it is read where there is a stack to be told.

const position = /(file:\/\/[^\s()]+):(\d+):(\d+)/g;

/** A stack with its positions in the files that a bundle was made of; as it is where the bundle has no map beside it. */
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
    return undefined; // An error is told as it is, and not the one that there is no map for it.
  }
};

/** For a logger: what is called `stack` is one. */
export const withSources = (key: string, value: unknown): unknown =>
  key === 'stack' && typeof value === 'string' ? inSources(value) : value;
