import { appendFileSync, mkdirSync, readFileSync, truncateSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Definition } from './definition.ts';
import type { Happening, Json } from './happening.ts';

/** What a task came to. */
export type Answer = { readonly output: Json } | { readonly error: string; readonly cause: string };

export type Status = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

/** How an execution ended. */
export interface Ending {
  readonly status: Exclude<Status, 'RUNNING'>;
  readonly at: string;
  readonly output?: Json;
  readonly error?: string;
  readonly cause?: string;
}

export interface Beginning {
  readonly name: string;
  readonly arn: string;
  readonly at: string;
  readonly input: Json;
  /** As it was when the execution began: a new deployment does not change what is under way. */
  readonly definition: Definition;
}

/** One line of an execution's journal. A task goes by its `place` in the machine, which is the same at every replay. */
export type Entry =
  | ({ readonly type: 'began' } & Beginning)
  | { readonly type: 'entered'; readonly place: string; readonly at: string }
  | { readonly type: 'asked'; readonly place: string }
  | { readonly type: 'answered'; readonly place: string; readonly state: string; readonly answer: Answer }
  | { readonly type: 'happened'; readonly happening: Happening }
  | ({ readonly type: 'ended' } & Ending)
  | { readonly type: 'redriven'; readonly at: string; readonly forgets: readonly string[] };

export interface Answered {
  readonly state: string;
  readonly answer: Answer;
}

/** What is on record of one execution. */
export interface Journal {
  readonly beginning: Beginning;
  readonly ending: Ending | undefined;
  readonly redrives: readonly string[];
  /** When a task that takes time was begun, by place. */
  readonly entered: ReadonlyMap<string, string>;
  /** The tasks whose function was told the token, by place. */
  readonly asked: ReadonlySet<string>;
  readonly answers: ReadonlyMap<string, Answered>;
  readonly happenings: readonly Happening[];
  /** On record when this returns. */
  write(entry: Entry): void;
}

/** Begins a journal. @throws Error with code EEXIST */
export const beginJournal = (file: string, beginning: Beginning): Journal => {
  mkdirSync(dirname(file), { recursive: true });
  const entry: Entry = { type: 'began', ...beginning };
  appendFileSync(file, line(entry), { flag: 'ax' });
  return folded(file, beginning, []);
};

/** Reads a journal; nothing if the process ended before its first line was written. A torn last line is cut off. */
export const readJournal = (file: string): Journal | undefined => {
  const bytes = readFileSync(file);
  const end = bytes.lastIndexOf(0x0a) + 1;
  if (end < bytes.length) truncateSync(file, end);
  const [first, ...rest] = bytes
    .subarray(0, end)
    .toString()
    .split('\n')
    .slice(0, -1)
    .map((text) => JSON.parse(text) as Entry);
  return first?.type === 'began' ? folded(file, first, rest) : undefined;
};

const line = (entry: Entry): string => `${JSON.stringify(entry)}\n`;

const folded = (file: string, beginning: Beginning, entries: readonly Entry[]): Journal => {
  const entered = new Map<string, string>();
  const asked = new Set<string>();
  const answers = new Map<string, Answered>();
  const happenings: Happening[] = [];
  const redrives: string[] = [];
  let ending: Ending | undefined;
  const fold = (entry: Entry): void => {
    if (entry.type === 'entered') entered.set(entry.place, entry.at);
    if (entry.type === 'asked') asked.add(entry.place);
    if (entry.type === 'answered') answers.set(entry.place, { state: entry.state, answer: entry.answer });
    if (entry.type === 'happened') happenings.push(entry.happening);
    if (entry.type === 'ended') ending = entry;
    if (entry.type !== 'redriven') return;
    redrives.push(entry.at);
    ending = undefined;
    for (const place of entry.forgets) for (const known of [entered, asked, answers]) known.delete(place);
  };
  for (const entry of entries) fold(entry);
  return {
    beginning,
    get ending() {
      return ending;
    },
    redrives,
    entered,
    asked,
    answers,
    happenings,
    write: (entry) => {
      appendFileSync(file, line(entry));
      fold(entry);
    },
  };
};
