import * as z from 'zod';
import { UsageError } from '../command-line.ts';

/** What the command line says, by the flag's name. */
export type Flags = Readonly<Record<string, string | boolean | undefined>>;

/** The usage of the command is shown with it, and the exit code is 2. */
export { UsageError };

export const textOf = (flags: Flags, name: string): string | undefined => {
  const value = flags[name];
  return typeof value === 'string' ? value : undefined;
};

/** @throws UsageError for anything but a whole number from 1 to `most`. */
export const numberOf = (flags: Flags, name: string, most: number): number | undefined => {
  const text = textOf(flags, name);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= most) return value;
  throw new UsageError(`--${name} is a whole number from 1 to ${most}, not '${text}'`);
};

const time = z.union([z.iso.datetime({ offset: true }), z.iso.date()]);

/** ISO 8601, UTC, milliseconds; a date stands for its first moment. @throws UsageError for anything but a time with its zone, or a date. */
export const timeOf = (flags: Flags, name: string): string | undefined => {
  const text = textOf(flags, name);
  if (text === undefined || time.safeParse(text).success) return text === undefined ? undefined : new Date(text).toISOString();
  throw new UsageError(`--${name} is a time in ISO 8601 with its zone, like 2018-04-21T15:10:00Z, not '${text}'`);
};

/** The one word that a command takes, or none. @throws UsageError where there are more. */
export const onlyWord = ([first, ...more]: readonly string[]): string | undefined => {
  if (more.length > 0) throw new UsageError(`one stream at a time: '${more.join(' ')}' is too much`);
  return first;
};
