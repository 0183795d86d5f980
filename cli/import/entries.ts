import { type Entry, type LineFormat, parseJson } from '../../core/import/mapping.ts';
import type { Line, Position } from './lines.ts';

/** The lines of one commit. */
export interface Found {
  /** The number of the first line. */
  readonly line: number;
  readonly lines: number;
  /** The position after the last line. */
  readonly end: Position;
  /** The entry of the lines; undefined if they are skipped. @throws an error that says what is wrong with them. */
  readonly read: () => Entry | undefined;
}

/** The largest commit has fewer events. More lines that seem to belong together are a fault of the file. */
const maxLines = 100_000;

/** Reads the lines of a file commit by commit, in their order. */
export async function* entriesOf(lines: AsyncIterable<Line>, format: LineFormat): AsyncGenerator<Found> {
  let commit: { readonly line: number; readonly values: unknown[]; end: Position } | undefined;
  const found = (): readonly Found[] => {
    if (commit === undefined) return [];
    const { line, values, end } = commit;
    commit = undefined;
    return [{ line, lines: values.length, end, read: () => format.read(values) }];
  };
  for await (const { text, end } of lines) {
    const value = jsonOf(text);
    if ('json' in value && commit !== undefined && commit.values.length < maxLines && format.goesOn(value.json, commit.values.at(-1))) {
      commit.values.push(value.json);
      commit.end = end;
      continue;
    }
    yield* found();
    if ('json' in value) commit = { line: end.line, values: [value.json], end };
    else yield { line: end.line, lines: 1, end, read: value.fails };
  }
  yield* found();
}

/** The JSON of a line. A blank line has none, and is skipped. */
const jsonOf = (text: string): { readonly json: unknown } | { readonly fails: () => undefined } => {
  if (text === '') return { fails: () => undefined };
  try {
    return { json: parseJson(text) };
  } catch (error) {
    return {
      fails: () => {
        throw error;
      },
    };
  }
};
