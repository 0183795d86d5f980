/** A value as JSON; `undefined` if reading the JSON would give another value. Fields that are undefined do not count. */
export const exactJson = (value: unknown): string | undefined => (isJson(value, 0) ? JSON.stringify(value) : undefined);

/** Estimated memory of a value, in bytes; infinite without JSON. */
export const jsonBytes = (json: string | undefined): number => (json === undefined ? Number.POSITIVE_INFINITY : Buffer.byteLength(json));

const deepest = 500; // A deeper value may contain itself.

/** Whether JSON keeps a value as it is. Every command needs this check, so it is written to take less time than `JSON.stringify`. */
const isJson = (value: unknown, depth: number): boolean => {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || depth > deepest) return false;
  return Array.isArray(value) ? isJsonList(value, depth) : isJsonObject(value as Readonly<Record<string, unknown>>, depth);
};

/** By index, because `every` skips the holes of a list. */
const isJsonList = (list: readonly unknown[], depth: number): boolean => {
  for (let index = 0; index < list.length; index++) if (!isJson(list[index], depth + 1)) return false;
  return true;
};

/** A plain object such as `{}`, of any realm: not an instance of a class, and not an object without a prototype. */
const isJsonObject = (object: Readonly<Record<string, unknown>>, depth: number): boolean => {
  const prototype = Object.getPrototypeOf(object);
  if (prototype !== Object.prototype && (prototype === null || Object.getPrototypeOf(prototype) !== null)) return false;
  for (const name in object) if (object[name] !== undefined && !isJson(object[name], depth + 1)) return false;
  return true;
};
