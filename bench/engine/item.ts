import type { IndexShape, Keys } from './tables.ts';

/** An attribute value in the form of the wire: bytes are base64 text. */
export type WireValue = { readonly [kind: string]: unknown };
export type WireItem = Readonly<Record<string, WireValue>>;

/** The bytes that DynamoDB counts for an item. Source: "DynamoDB item sizes and formats" of the Developer Guide. */
export const sizeOf = (item: WireItem): number =>
  Object.entries(item).reduce((bytes, [name, value]) => bytes + Buffer.byteLength(name) + valueSize(value), 0);

const valueSize = (value: WireValue): number => {
  const [[kind, content] = ['', undefined]] = Object.entries(value);
  if (kind === 'S') return Buffer.byteLength(content as string);
  if (kind === 'N') return Math.ceil(significantDigits(content as string) / 2) + 1;
  if (kind === 'B') return typeof content === 'string' ? Buffer.byteLength(content, 'base64') : (content as Uint8Array).byteLength;
  if (kind === 'BOOL' || kind === 'NULL') return 1;
  if (kind === 'L') return (content as WireValue[]).reduce((bytes, part) => bytes + 1 + valueSize(part), 3);
  if (kind === 'M')
    return Object.entries(content as WireItem).reduce((bytes, [name, part]) => bytes + 1 + Buffer.byteLength(name) + valueSize(part), 3);
  throw new Error(`no size is known for ${kind}`);
};

const significantDigits = (number: string): number => Math.max(1, number.replace(/\D/g, '').replace(/^0+|0+$/g, '').length);

export const writeUnits = (bytes: number): number => Math.max(1, Math.ceil(bytes / 1024));

/** The entry that an index keeps of an item. Undefined, if the item lacks one of the index's keys. */
export const projected = (item: WireItem | undefined, { keys, projection }: IndexShape, tableKeys: Keys): WireItem | undefined => {
  if (item === undefined || keys.some(([name]) => item[name] === undefined)) return undefined;
  return projection === 'ALL' ? item : pick(item, [...keys, ...tableKeys]);
};

export const pick = (item: WireItem, keys: Keys): WireItem =>
  Object.fromEntries(keys.flatMap(([name]) => (item[name] === undefined ? [] : [[name, item[name]]])));
