import type { Registry } from '../bundles/registry.ts';
import type { Tell } from '../say.ts';

/** Where a running system says what it does. */
export interface Log {
  /** A line of a function or of the runner: `Projector │ text`. */
  readonly line: (line: string) => void;
  readonly tell: Tell;
  /** One line a step of the start, once it is done. */
  readonly step: (title: string, done: Promise<unknown>) => void;
  /** The system listens. `text` is for people, `facts` for programs. */
  readonly welcome: (text: string, facts: Readonly<Record<string, unknown>>) => void;
  readonly stopping: (reason: string) => void;
  /** The names of what the domain is made of. */
  readonly onRegistry: (registry: Registry) => void;
}

export type Print = (text: string) => void;

/** `Projector │ text` → both. */
export const parted = (line: string): { readonly source: string; readonly text: string } => {
  const [source = '', ...text] = line.split(' │ ');
  return { source, text: text.join(' │ ') };
};

/** What a function has written with its logger; nothing, where a line is no such thing. */
export const recordIn = (text: string): Readonly<Record<string, unknown>> | undefined => {
  if (!text.startsWith('{')) return undefined;
  try {
    return JSON.parse(text) as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
};

/** Milliseconds since a moment, as `1.2 s`. */
export const secondsSince = (began: number): string => `${((performance.now() - began) / 1000).toFixed(1)} s`;
