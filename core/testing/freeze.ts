/** Frozen to its leaves: whoever changes it throws. */
export const freeze = <T>(value: T): T => {
  if (value !== null && typeof value === 'object') for (const part of Object.values(value)) freeze(part);
  return Object.freeze(value);
};
