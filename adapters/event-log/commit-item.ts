import { hash as digest } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { Invalid, InvalidEvent } from '../../core/basics/errors.ts';
import { parseStreamName } from '../../core/basics/stream.ts';
import { type Commit, type Request, type StoredEvent, undamaged } from '../../core/log/event-store.ts';
import { itemBytes, maxItemBytes as maxBytes, writeUnits } from '../aws/item-size.ts';
import { exactJson } from './exact-json.ts';

/**
 * A commit as it is stored, for ever: one item of the events table. This module alone knows the attributes.
 * What equals its default is left out, for every byte is billed: `correlation` and `causation` where they are the command's id.
 */
export type CommitItem = {
  /** `order-42`, the partition key. */
  readonly stream: string;
  /** Version of the first event, the sort key. */
  readonly version: number;
  readonly count: number;
  /** JSON array of `{ type, schema, data }`; raw DEFLATE of it where that saves a write unit. */
  readonly events: string | Uint8Array;
  readonly types: readonly string[];
  readonly at: string;
  readonly command: string;
  /** Digest of the command's type and data. */
  readonly request: Uint8Array;
  readonly correlation?: string;
  readonly causation?: string;
  readonly actor?: string;
  /** SHA-256 over the previous commit's hash and all other attributes but `snapshot`. */
  readonly hash: Uint8Array;
  /** The folded state after this commit (`snapshot.ts`); not part of the chain. */
  readonly snapshot?: string | Uint8Array;
};

/** What the next commit must know of the one before it. */
export interface Predecessor {
  readonly stream: string;
  readonly version: number;
  readonly at: string;
  readonly hash: Uint8Array;
}

/** What stands before the first commit. */
export const beginningOf = (stream: string): Predecessor => ({ stream, version: 0, at: '', hash: new Uint8Array(32) });

/** The item that follows `before`. @throws Invalid (`CommitTooLarge`), InvalidEvent where JSON would alter an event. */
export const toItem = (before: Predecessor, request: Request, events: readonly StoredEvent[], at: string): CommitItem => {
  const { commandId, correlationId, causationId, actor } = request;
  const unsealed = {
    stream: before.stream,
    version: before.version + 1,
    count: events.length,
    events: textOf(events, before.stream),
    types: events.map(({ type }) => type),
    at: notBefore(before.at, at),
    command: commandId,
    request: digestOf(request),
    ...(correlationId === commandId ? {} : { correlation: correlationId }),
    ...(causationId === commandId ? {} : { causation: causationId }),
    ...(actor === undefined ? {} : { actor }),
  };
  const compact = compressed(unsealed);
  const item = { ...compact, hash: hashOf(before.hash, compact) };
  const sizeBytes = itemBytes(item);
  if (sizeBytes <= maxBytes) return item;
  const details = { stream: before.stream, sizeBytes, maxBytes };
  throw new Invalid('CommitTooLarge', `a commit to ${before.stream} takes ${sizeBytes} bytes, ${maxBytes} are possible`, details);
};

/** However well it compresses: who reads it has all of it in memory, and in an answer. */
const maxTextBytes = 3_000_000;

const textOf = (events: readonly StoredEvent[], stream: string): string => {
  const text = exactJson(events);
  if (text === undefined) {
    const types = events.filter((event) => exactJson(event) === undefined).map(({ type }) => type);
    throw new InvalidEvent(`${types.join(', ')} of ${stream} would not be read as it was decided: JSON has no such value`);
  }
  const textBytes = Buffer.byteLength(text);
  if (textBytes <= maxTextBytes) return text;
  const message = `the events of a commit to ${stream} take ${textBytes} bytes as text, ${maxTextBytes} are possible`;
  throw new Invalid('CommitTooLarge', message, { stream, textBytes, maxBytes: maxTextBytes });
};

/** Clocks of different machines disagree; a stream's time never runs backwards. */
const notBefore = (earlier: string, at: string): string => {
  if (at < earlier) return earlier;
  return at;
};

/** With its events compressed, where that is cheaper to write. */
const compressed = <I extends Omit<CommitItem, 'hash' | 'events'> & { readonly events: string }>(
  item: I,
): I | (Omit<I, 'events'> & { events: Uint8Array }) => {
  const sealBytes = 'hash'.length + 32;
  const plainUnits = writeUnits(itemBytes(item) + sealBytes);
  if (plainUnits === 1) return item;
  const smaller = { ...item, events: deflateRawSync(item.events) };
  return writeUnits(itemBytes(smaller) + sealBytes) < plainUnits ? smaller : item;
};

/** From the table to the commit it holds. @throws InvalidEvent, naming it, where it cannot be read. */
export const fromItem = (item: CommitItem): Commit => undamaged(readItem(item));

/** The same of an item that may be damaged: it says so then, and has its place in the stream all the same. */
export const readItem = (item: CommitItem): Commit => {
  try {
    return commitOf(item, eventsIn(item));
  } catch (error) {
    const count = Number.isInteger(item.count) && item.count > 0 ? item.count : 1;
    const blanks = Array.from({ length: count }, () => blank);
    return { ...commitOf(item, blanks), damage: error instanceof Error ? error.message : String(error) };
  }
};

/** What stands for an event that cannot be read. No catalogue has it. */
const blank: StoredEvent = { type: '', schema: 0, data: null };

const eventsIn = ({ events, count, at, command }: CommitItem): readonly StoredEvent[] => {
  const found: unknown = JSON.parse(typeof events === 'string' ? events : inflateRawSync(events).toString('utf8'));
  if (!Array.isArray(found) || !found.every(isStoredEvent)) throw new Error('they are no events');
  if (found.length !== count) throw new Error(`'count' says ${count}, but it holds ${found.length} events`);
  if (typeof at !== 'string' || typeof command !== 'string') throw new Error('it does not say when it was recorded, or by which command');
  return found;
};

const isStoredEvent = (event: Partial<StoredEvent> | null): boolean => typeof event?.type === 'string' && typeof event.schema === 'number';

/** The commit in an item whose events are at hand. */
export const commitOf = (item: CommitItem, events: readonly StoredEvent[]): Commit => ({
  stream: parseStreamName(item.stream),
  version: item.version,
  events,
  recordedAt: item.at,
  commandId: item.command,
  correlationId: item.correlation ?? item.command,
  causationId: item.causation ?? item.command,
  ...(item.actor === undefined ? {} : { actor: item.actor }),
});

/** The stream's version once the item is in it. */
export const versionAfter = ({ version, count }: CommitItem): number => version + count - 1;

/** The link of the chain: SHA-256 over the previous hash and every stored attribute but `hash` itself and `snapshot`. */
export const hashOf = (previous: Uint8Array, item: Omit<CommitItem, 'hash'>): Uint8Array => {
  const { hash: _, snapshot: __, ...chained } = item as CommitItem;
  const parts: unknown[] = [base64(previous)];
  for (const name of Object.keys(chained).sort() as (keyof typeof chained)[]) {
    const value = chained[name];
    parts.push([name, value instanceof Uint8Array ? { base64: base64(value) } : value]);
  }
  return sha256(JSON.stringify(parts));
};

/** Tells a repeated request from another one under the same id: a digest of type and data as JSON, whatever the order of the keys. */
export const digestOf = ({ command: { type, data } }: Request): Uint8Array => sha256(JSON.stringify([type, inOrder(data)])).subarray(0, 16);

/** The same JSON, its keys sorted at every depth. */
const inOrder = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(inOrder);
  if (value === null || typeof value !== 'object' || 'toJSON' in value) return value;
  const entries = Object.entries(value).map(([name, part]): [string, unknown] => [name, inOrder(part)]);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
};

const sha256 = (text: string): Uint8Array => new Uint8Array(digest('sha256', text, 'buffer'));
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
