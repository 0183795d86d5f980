import { type ExportedLine, exportedCommit, goesOnFrom, readExportedLine } from '../../../core/import/exported.ts';
import { parseJson } from '../../../core/import/mapping.ts';
import type { PlacedCommit } from '../../../core/rehearse/stream-run.ts';
import { BrokenHistory } from '../../../core/rehearse/streams.ts';
import { beginning, linesOf } from '../../import/lines.ts';

interface Begun {
  readonly line: number;
  readonly lines: [ExportedLine, ...ExportedLine[]];
}

/** The commits of a shard, in the order of the export. @throws BrokenHistory, with the line of the export. */
export async function* placedCommits(file: string): AsyncGenerator<PlacedCommit> {
  let begun: Begun | undefined;
  for await (const { text } of linesOf({ file, from: beginning })) {
    const tab = text.indexOf('\t');
    const line = Number(text.slice(0, tab));
    const next = at(line, () => readExportedLine(parseJson(text.slice(tab + 1))));
    if (begun !== undefined && goesOnFrom(begun.lines.at(-1) as ExportedLine, next)) begun.lines.push(next);
    else {
      if (begun !== undefined) yield placed(begun);
      begun = { line, lines: [next] };
    }
  }
  if (begun !== undefined) yield placed(begun);
}

const placed = ({ line, lines }: Begun): PlacedCommit => ({ line, commit: at(line, () => exportedCommit(lines)) });

const at = <T>(line: number, work: () => T): T => {
  try {
    return work();
  } catch (error) {
    throw new BrokenHistory(line, error instanceof Error ? error.message : String(error));
  }
};
