/** The largest item that DynamoDB accepts. */
export const maxItemBytes = 400 * 1024;

/** The bytes that DynamoDB counts for an item: names and values in UTF-8. The size of a number is rounded up to its largest form. */
export const itemBytes = (item: Readonly<Record<string, unknown>>): number => {
  let bytes = 0;
  for (const name in item) bytes += attributeBytes(name, item[name]); // Every command runs this loop more than once.
  return bytes;
};

/** The bytes of one attribute whose name is ASCII. */
export const attributeBytes = (name: string, value: unknown): number => name.length + valueBytes(value);

/** The write units that DynamoDB bills for a plain put of this many bytes. */
export const writeUnits = (bytes: number): number => Math.max(1, Math.ceil(bytes / 1024));

const valueBytes = (value: unknown): number => {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (typeof value === 'number') return Math.ceil(String(value).replace(/\D/g, '').length / 2) + 2;
  if (value instanceof Uint8Array) return value.byteLength;
  if (Array.isArray(value)) return value.reduce<number>((bytes, part) => bytes + 1 + valueBytes(part), 3);
  throw new Error(`no size is known for ${typeof value}`);
};
