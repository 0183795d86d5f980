import { isSameJson } from '../basics/same-json.ts';

/** A field with one value in the released result and another in the next one, as JSON text; absent where the result has no such field. */
export interface Change {
  /** `lines.0.quantity`; empty for the whole result. */
  readonly path: string;
  readonly today?: string;
  readonly next?: string;
}

const mostChanges = 20;
const longestValue = 200;

/** The fields in which two results differ, the first 20; empty if they are the same JSON. */
export const changesBetween = (today: unknown, next: unknown): readonly Change[] =>
  isSameJson(today, next) ? [] : within(today, next, '').slice(0, mostChanges);

const within = (today: unknown, next: unknown, path: string): readonly Change[] => {
  if (isSameJson(today, next)) return [];
  if (!isObject(today) || !isObject(next) || Array.isArray(today) !== Array.isArray(next)) return [changeOf(path, today, next)];
  const changes: Change[] = [];
  for (const name of new Set([...Object.keys(today), ...Object.keys(next)])) {
    changes.push(...within(today[name], next[name], path === '' ? name : `${path}.${name}`));
    if (changes.length >= mostChanges) break;
  }
  return changes;
};

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null;

const changeOf = (path: string, today: unknown, next: unknown): Change => ({
  path,
  ...(today === undefined ? {} : { today: shortened(today) }),
  ...(next === undefined ? {} : { next: shortened(next) }),
});

const shortened = (value: unknown): string => {
  const text = JSON.stringify(value);
  return text.length <= longestValue ? text : `${text.slice(0, longestValue).toWellFormed()}…`;
};
