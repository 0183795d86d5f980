/** Whether two values have the same JSON, whatever the order of their keys. */
export const isSameJson = (one: unknown, other: unknown): boolean => inOrder(one) === inOrder(other);

/** JSON with the keys of objects in order. */
export const inOrder = (value: unknown): string | undefined =>
  JSON.stringify(value, (_, part) =>
    typeof part !== 'object' || part === null || Array.isArray(part)
      ? part
      : Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1))),
  );
