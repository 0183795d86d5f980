/** A value as JSON; `undefined` where JSON would alter it, so that it would not come back as it was. A field that is undefined may go. */
export const exactJson = (value: unknown): string | undefined => (isJson(value, 0) ? JSON.stringify(value) : undefined);

/** About how much memory a value takes; what is no JSON is taken for the largest. */
export const jsonBytes = (json: string | undefined): number => (json === undefined ? Number.POSITIVE_INFINITY : Buffer.byteLength(json));

const deepest = 500; // What goes deeper may go in circles.

/** Every command passes here: it takes less time than to write the JSON. */
const isJson = (value: unknown, depth: number): boolean => {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || depth > deepest) return false;
  return Array.isArray(value) ? isJsonList(value, depth) : isJsonObject(value as Readonly<Record<string, unknown>>, depth);
};

/** In turn: `every` passes over what a list has no value for. */
const isJsonList = (list: readonly unknown[], depth: number): boolean => {
  for (let index = 0; index < list.length; index++) if (!isJson(list[index], depth + 1)) return false;
  return true;
};

/** An object like `{}`, of whichever realm: nothing that a class made, and nothing without what every object has. */
const isJsonObject = (object: Readonly<Record<string, unknown>>, depth: number): boolean => {
  const prototype = Object.getPrototypeOf(object);
  if (prototype !== Object.prototype && (prototype === null || Object.getPrototypeOf(prototype) !== null)) return false;
  for (const name in object) if (object[name] !== undefined && !isJson(object[name], depth + 1)) return false;
  return true;
};
