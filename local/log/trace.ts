import { existsSync, readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { ofService, ownFile } from '../../lib/folders.ts';

/** The frames of a stack, in the order of the stack. */
export interface Frames {
  /** Of the team's own code, with the place in the source: `    at decide (domain/booking/decider.ts:12:5)`. */
  readonly own: readonly string[];
  /** Of the framework, of dependencies and of Node. */
  readonly foreign: readonly string[];
}

/** The frames of a stack of bundled code, each with its place in the sources. */
export const framesOf = (stack: string): Frames => {
  const frames = stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .map(inSource);
  return { own: frames.filter(isOwn), foreign: frames.filter((frame) => !isOwn(frame)) };
};

const place = /(?:file:\/\/)?([^\s():]+\.[cm]?[jt]s):(\d+):(\d+)/;

const inSource = (frame: string): string =>
  frame.trimEnd().replace(place, (_, file: string, line: string, column: string) => {
    const origin = originOf(decodeURI(file), Number(line), Number(column));
    return `${shownAs(origin.file)}:${origin.line}:${origin.column}`;
  });

interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** A bundle has a map beside it; a place in a source is taken as it is. */
const originOf = (file: string, line: number, column: number): Place => {
  const origin = mapOf(file)?.findOrigin(line, column);
  if (origin === undefined || !('fileName' in origin)) return { file: found(file), line, column };
  return { file: resolve(dirname(file), origin.fileName), line: origin.lineNumber, column: origin.columnNumber };
};

const mapOf = (file: string): SourceMap | undefined => {
  try {
    return new SourceMap(JSON.parse(readFileSync(`${file}.map`, 'utf8')));
  } catch {
    return undefined;
  }
};

/** The functions name a source by the end of its path, from the service's folder or from the root. */
const found = (file: string): string => [ofService(file), join('/', file)].find(existsSync) ?? file;

const shownAs = (file: string): string => {
  const short = relative(ofService(), file);
  return short.startsWith('..') ? file : short;
};

const rooms = ['core', 'adapters', 'lambdas', 'lib', 'local'].map((room) => ownFile(`${room}/`));

/** The team's own code is in the service's folder, and neither in a dependency nor in a room of the framework. */
const isOwn = (frame: string): boolean => {
  const [, file] = place.exec(frame) ?? [];
  if (file === undefined || frame.includes('node:') || /(^|[/\\])node_modules[/\\]/.test(file)) return false;
  const path = resolve(ofService(), file);
  return existsSync(path) && !rooms.some((room) => path.startsWith(room));
};
