/**
 * Freezes a value down to its leaves and returns it: code that changes it throws.
 *
 * @example
 * const state = freeze({ lines: [1, 2] });
 */
export const freeze = <T>(value: T): T => {
  if (value !== null && typeof value === 'object') for (const part of Object.values(value)) freeze(part);
  return Object.freeze(value);
};
