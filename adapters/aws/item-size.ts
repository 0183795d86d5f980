/** What DynamoDB takes for one item. */
export const maxItemBytes = 400 * 1024;

/** Bytes that DynamoDB counts for an item: names and values in UTF-8; a number is rounded up to its largest form. */
export const itemBytes = (item: Readonly<Record<string, unknown>>): number => {
  let bytes = 0;
  for (const name in item) bytes += attributeBytes(name, item[name]); // Every command passes here, more than once.
  return bytes;
};

/** Bytes of one attribute, its name in ASCII. */
export const attributeBytes = (name: string, value: unknown): number => name.length + valueBytes(value);

/** Write units that a plain put of so many bytes is billed. */
export const writeUnits = (bytes: number): number => Math.max(1, Math.ceil(bytes / 1024));

const valueBytes = (value: unknown): number => {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (typeof value === 'number') return Math.ceil(String(value).replace(/\D/g, '').length / 2) + 2;
  if (value instanceof Uint8Array) return value.byteLength;
  if (Array.isArray(value)) return value.reduce<number>((bytes, part) => bytes + 1 + valueBytes(part), 3);
  throw new Error(`no size is known for ${typeof value}`);
};
