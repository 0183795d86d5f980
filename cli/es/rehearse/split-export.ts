import { parseJson } from '../../../core/import/mapping.ts';
import { beginning, linesOf } from '../../import/lines.ts';
import { type Shard, shardsIn } from './shards.ts';

export interface SplitExport {
  /** The export; `-` is the standard input. */
  readonly file: string;
  /** Where the shards are written. */
  readonly folder: string;
  /** About how many lines to take; the last commit is taken whole. */
  readonly limit: number;
  /** Told how many bytes of the file have been read more. */
  readonly onRead: (bytes: number) => void;
}

/** A line of an export as far as it must be read here. */
interface Line {
  readonly metadata?: { readonly tenant?: string; readonly aggregate?: string; readonly id?: string };
  readonly commit?: object;
}

/**
 * Parts an export into shards of whole streams. Each line of a shard is the number of the line, a tab, and the line.
 * @throws Error, naming file and line, if the file cannot be read on or a line is no event.
 */
export const splitExport = async ({ file, folder, limit, onRead }: SplitExport): Promise<readonly Shard[]> => {
  const shards = shardsIn(folder, 'streams');
  let lines = 0;
  for await (const { text, end } of linesOf({ file, from: beginning, onRead })) {
    if (text === '') continue;
    const { stream, isFirst } = at(file, end.line, () => placeOf(text));
    if (lines >= limit && isFirst) break;
    shards.write(stream, `${end.line}\t${text}`);
    lines += 1;
  }
  if (lines === 0) throw new Error(`${file}: the export has no event`);
  return shards.close();
};

const placeOf = (text: string): { readonly stream: string; readonly isFirst: boolean } => {
  const { metadata, commit } = (parseJson(text) ?? {}) as Line;
  const { tenant = '', aggregate, id } = metadata ?? {};
  if (typeof aggregate !== 'string' || typeof id !== 'string')
    throw new Error('it is no event of an export: npm run es -- export writes them');
  return { stream: `${tenant}/${aggregate}-${id}`, isFirst: commit !== undefined };
};

const at = <T>(file: string, line: number, work: () => T): T => {
  try {
    return work();
  } catch (error) {
    throw new Error(`${file}:${line}: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
};
