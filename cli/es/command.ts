import type { ParseArgsOptionsConfig } from 'node:util';
import type { EventsTable } from './events-table.ts';
import type { Flags } from './flags.ts';

/** One verb of the command line. */
export interface Command {
  readonly usage: string;
  readonly flags: ParseArgsOptionsConfig;
  /** Answers the exit code. @throws UsageError; anything else ends with 1 and its message. */
  run(call: Call): Promise<number>;
}

export interface Call {
  readonly words: readonly string[];
  readonly flags: Flags;
  readonly open: () => Promise<EventsTable>;
}
