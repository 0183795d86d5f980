import { appendFileSync, mkdirSync, readFileSync, truncateSync } from 'node:fs';
import { dirname } from 'node:path';
import type { SimulatorRequest } from '../../core/calls/simulator.ts';

/** What a simulator took, and which of the commands that follow from it have come to their end: the nth of the request with that number. */
export type Entry =
  | { readonly type: 'took'; readonly at: string; readonly key?: string; readonly request: SimulatorRequest }
  | { readonly type: 'sent'; readonly request: number; readonly command: number };

export interface Journal {
  readonly entries: readonly Entry[];
  /** On record when this returns. */
  append(entry: Entry): void;
}

/** One line of JSON for each entry. Half a line is from a process that was killed, and no caller has got an answer for it. */
export const openJournal = (file: string): Journal => {
  mkdirSync(dirname(file), { recursive: true });
  const text = contentOf(file);
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  if (whole !== text) truncateSync(file, Buffer.byteLength(whole));
  return {
    entries: whole
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Entry),
    append: (entry) => appendFileSync(file, `${JSON.stringify(entry)}\n`),
  };
};

const contentOf = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
};
