import { beginningOf, toItem } from '../../adapters/event-log/commit-item.ts';
import { streamName } from '../../core/basics/stream.ts';
import { type AnyMapping, type Entry, readEntry } from '../../core/import/mapping.ts';
import { toStored } from '../../core/log/stored-events.ts';
import { linesOf, type Position } from './lines.ts';

export interface FileCheck {
  readonly file: string;
  readonly mapping: AnyMapping;
  /** Whose the lines are that do not say it. */
  readonly tenant?: string | undefined;
  readonly from: Position;
  /** Told how many bytes of the file have been read more. */
  readonly onRead?: (bytes: number) => void;
}

export interface Checked {
  /** The number of the last line. */
  readonly lines: number;
  readonly events: number;
  /** Those that the lines are about. */
  readonly aggregates: ReadonlySet<string>;
  /** How many lines cannot be imported, and why, of the first ones. */
  readonly faults: number;
  readonly firstFaults: readonly string[];
}

const shownFaults = 10;

/** Reads every line as the import will, and records nothing: a file with a fault in it is found out before the first event is in. */
export const checkFile = async ({ file, mapping, tenant, from, onRead }: FileCheck): Promise<Checked> => {
  const aggregates = new Set<string>();
  const firstFaults: string[] = [];
  const count = { lines: from.line, events: 0, faults: 0 };
  for await (const { text, end } of linesOf({ file, from, ...(onRead === undefined ? {} : { onRead }) })) {
    count.lines = end.line;
    try {
      const entry = text === '' ? undefined : readEntry(mapping, text, tenant);
      if (entry === undefined) continue;
      demandSize(entry);
      count.events += entry.events.length;
      aggregates.add(entry.decider.name);
    } catch (error) {
      count.faults += 1;
      if (count.faults <= shownFaults) firstFaults.push(`${file}:${end.line}: ${error instanceof Error ? error.message : error}`);
    }
  }
  return { ...count, aggregates, firstFaults };
};

const surelySmall = 64 * 1024;

const demandSize = ({ decider, stream, request, events, answer, sealed, recordedAt }: Entry): void => {
  const content = { events: toStored(decider.events, events), answer, sealed };
  if (JSON.stringify(content).length > surelySmall) toItem(beginningOf(streamName(stream)), request, content, recordedAt);
};
