import { beginningOf, toItem } from '../../adapters/event-log/commit-item.ts';
import { streamName } from '../../core/basics/stream.ts';
import type { Entry, LineFormat } from '../../core/import/mapping.ts';
import { clocksDifferMilliseconds } from '../../core/log/event-store.ts';
import { entriesOf, type Found } from './entries.ts';
import { linesOf, type Position } from './lines.ts';
import { repetitions } from './repetitions.ts';

export interface FileCheck {
  readonly file: string;
  readonly format: LineFormat;
  readonly from: Position;
  readonly now: Date;
  /** Accepts lines that are equal to an earlier line, because the import records only the first of them. */
  readonly acceptsRepeated?: boolean;
  /** Told how many bytes of the file have been read more. */
  readonly onRead?: (bytes: number) => void;
}

export interface Checked {
  /** The number of the last line. */
  readonly lines: number;
  readonly events: number;
  /** Lines that are equal to an earlier one, if these are accepted. */
  readonly repeated: number;
  /** Those that the lines are about. */
  readonly aggregates: ReadonlySet<string>;
  /** How many lines cannot be imported, and why, of the first ones. */
  readonly faults: number;
  readonly firstFaults: readonly string[];
}

const shownFaults = 10;

/** Reads every line as the import will, and records nothing: a file with a fault in it is found out before the first event is in. */
export const checkFile = async ({ file, format, from, now, acceptsRepeated = false, onRead }: FileCheck): Promise<Checked> => {
  const aggregates = new Set<string>();
  const firstFaults: string[] = [];
  const count = { lines: from.line, events: 0, repeated: 0, faults: 0 };
  const { look } = repetitions(from.line === 0);
  const check = ({ read, line }: Found): void => {
    const entry = read();
    if (entry === undefined) return;
    demandPast(entry, now);
    demandSize(entry);
    const earlier = look(entry, line);
    if (earlier !== undefined && !acceptsRepeated)
      throw new Error(`it is equal to line ${earlier}, so only one of them would be recorded: give each a commandId of its own`);
    count.repeated += earlier === undefined ? 0 : 1;
    count.events += earlier === undefined ? entry.events.length : 0;
    aggregates.add(entry.decider.name);
  };
  for await (const found of entriesOf(linesOf({ file, from, ...(onRead === undefined ? {} : { onRead }) }), format)) {
    count.lines = found.end.line;
    try {
      check(found);
    } catch (error) {
      count.faults += 1;
      if (count.faults <= shownFaults) firstFaults.push(`${file}:${found.line}: ${error instanceof Error ? error.message : error}`);
    }
  }
  return { ...count, aggregates, firstFaults };
};

/** A stream's times never run backwards, so every later event of the stream would get the time of this one. */
const demandPast = ({ recordedAt }: Entry, now: Date): void => {
  if (Date.parse(recordedAt) > now.getTime() + clocksDifferMilliseconds) throw new Error(`recordedAt: ${recordedAt} is in the future`);
};

const surelySmall = 64 * 1024;

const demandSize = ({ stream, request, stored: events, answer, sealed, recordedAt }: Entry): void => {
  const content = { events, answer, sealed };
  if (JSON.stringify(content).length > surelySmall) toItem(beginningOf(streamName(stream)), request, content, recordedAt);
};
