import { hash as digest } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { Invalid, InvalidEvent } from '../../core/basics/errors.ts';
import { parseStreamName } from '../../core/basics/stream.ts';
import { type Commit, type Decided, type Request, type StoredAnswer, type StoredEvent, undamaged } from '../../core/log/event-store.ts';
import { itemBytes, maxItemBytes as maxBytes, writeUnits } from '../aws/item-size.ts';
import { exactJson } from './exact-json.ts';

/**
 * A commit as it is stored, for ever: one item of the events table. This module alone knows the attributes.
 * Every byte is billed, so an attribute is left out at its default: `correlation` and `causation` where they are the command's id,
 * each of the later ones as docs/decisions/0016-stored-attributes.md says.
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
  /** The process that sent the command, `saga:fulfilment`. Default: none, the command came from outside. */
  readonly by?: string;
  /** How many processes in a row led to the command. Default: 0. */
  readonly depth?: number;
  /** Type of the command. Default: not kept, and the digest alone knows it. */
  readonly commandType?: string;
  /** Schema version of the command's data. Default: 1. */
  readonly commandSchema?: number;
  /** JSON `{ schema, data }` of the answer to the caller; raw DEFLATE of it where that saves a write unit. Default: none. */
  readonly answer?: string | Uint8Array;
  /** Bytes of the JSON that `events` and `answer` are compressed of. Default: neither is, or a release before this attribute wrote it. */
  readonly inflated?: number;
  /** Format number of the sealed values in `events` and `answer`. Default: there are none. */
  readonly sealed?: number;
  /** SHA-256 over the previous commit's hash and all other attributes but `snapshot`. */
  readonly hash: Uint8Array;
  /** The folded state after this commit (`snapshot.ts`); not part of the chain. */
  readonly snapshot?: string | Uint8Array;
};

/** The DynamoDB types that each attribute may have; the optional ones are those that a commit may be without. */
export const attributeTypes: { readonly [A in keyof Required<CommitItem>]: readonly ('S' | 'N' | 'B' | 'L')[] } = {
  ...{ stream: ['S'], version: ['N'], count: ['N'], events: ['S', 'B'], types: ['L'], at: ['S'], command: ['S'], request: ['B'] },
  ...{ correlation: ['S'], causation: ['S'], actor: ['S'], by: ['S'], depth: ['N'], commandType: ['S'], commandSchema: ['N'] },
  ...{ answer: ['S', 'B'], inflated: ['N'], sealed: ['N'], hash: ['B'], snapshot: ['S', 'B'] },
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

/** What a commit holds, apart from why and when. */
export type Content = Pick<Decided, 'events' | 'answer' | 'sealed'>;

/** The item that follows `before`. @throws Invalid (`CommitTooLarge`), InvalidEvent where JSON would alter an event or the answer. */
export const toItem = (before: Predecessor, request: Request, content: Content, at: string): CommitItem => {
  const { commandId, correlationId, causationId, actor } = request;
  const unsealed = {
    stream: before.stream,
    version: before.version + 1,
    count: content.events.length,
    ...textsOf(content, before.stream),
    types: content.events.map(({ type }) => type),
    at: notBefore(before.at, at),
    command: commandId,
    request: digestOf(request),
    ...(correlationId === commandId ? {} : { correlation: correlationId }),
    ...(causationId === commandId ? {} : { causation: causationId }),
    ...(actor === undefined ? {} : { actor }),
    ...laterAttributes(request, content),
  };
  const compact = compressed(unsealed);
  const item = { ...compact, hash: hashOf(before.hash, compact) };
  const sizeBytes = itemBytes(item);
  if (sizeBytes <= maxBytes) return item;
  const details = { stream: before.stream, sizeBytes, maxBytes };
  throw new Invalid('CommitTooLarge', `a commit to ${before.stream} takes ${sizeBytes} bytes, ${maxBytes} are possible`, details);
};

/** Each left out at its default. @throws Error where a value cannot be stored so that it is read back. */
const laterAttributes = ({ by, depth, commandType, commandSchema }: Request, { answer, sealed }: Content) => {
  const given = {
    ...(by === undefined ? {} : { by }),
    ...(depth === undefined || depth === 0 ? {} : { depth }),
    ...(commandType === undefined ? {} : { commandType }),
    ...(commandSchema === undefined || commandSchema === 1 ? {} : { commandSchema }),
    ...(sealed === undefined ? {} : { sealed }),
  };
  demandLaterAttributes(given);
  if (commandType === undefined && (answer ?? given.commandSchema) !== undefined)
    throw new Error('a commit with an answer, or with a command schema, names its commandType: by it they are read');
  return given;
};

type LaterAttributes = Pick<CommitItem, 'by' | 'depth' | 'commandType' | 'commandSchema' | 'inflated' | 'sealed'>;

const demandLaterAttributes = ({ by, depth, commandType, commandSchema, inflated, sealed }: LaterAttributes): void => {
  for (const [name, text] of Object.entries({ by, commandType }))
    if (text !== undefined && (typeof text !== 'string' || text === '')) throw new Error(`'${name}' is no text`);
  for (const [name, count] of Object.entries({ depth, commandSchema, inflated, sealed }))
    if (count !== undefined && !(Number.isSafeInteger(count) && count > 0)) throw new Error(`'${name}' is no number from 1 on`);
};

/** Limit of the JSON of a commit, however well it compresses: each reader has all of it in memory, and in an answer. */
const maxTextBytes = 3_000_000;

const textsOf = ({ events, answer }: Content, stream: string): { readonly events: string; readonly answer?: string } => {
  const texts = { events: exactJson(events), ...(answer === undefined ? {} : { answer: exactJson(answer) }) };
  if (texts.events === undefined) {
    const types = events.filter((event) => exactJson(event) === undefined).map(({ type }) => type);
    throw new InvalidEvent(`${types.join(', ')} of ${stream} would not be read as it was decided: JSON has no such value`);
  }
  if ('answer' in texts && texts.answer === undefined)
    throw new InvalidEvent(`the answer of a commit to ${stream} would not be read as it was decided: JSON has no such value`);
  const textBytes = Buffer.byteLength(texts.events) + Buffer.byteLength(texts.answer ?? '');
  if (textBytes <= maxTextBytes) return texts as { readonly events: string; readonly answer?: string };
  const message = `the events of a commit to ${stream} take ${textBytes} bytes as text, ${maxTextBytes} are possible`;
  throw new Invalid('CommitTooLarge', message, { stream, textBytes, maxBytes: maxTextBytes });
};

/** Clocks of different machines disagree; a stream's time never runs backwards. */
const notBefore = (earlier: string, at: string): string => {
  if (at < earlier) return earlier;
  return at;
};

type Unsealed = Omit<CommitItem, 'hash' | 'snapshot'>;

/** With its events, its answer or both compressed, where that is cheaper to write. */
const compressed = (item: Unsealed & { readonly events: string; readonly answer?: string }): Unsealed => {
  const sealBytes = 'hash'.length + 32;
  const unitsOf = (one: Unsealed): number => writeUnits(itemBytes(one) + sealBytes);
  if (unitsOf(item) === 1) return item;
  const events = { text: item.events, deflated: { events: deflateRawSync(item.events) } };
  const answers = item.answer === undefined ? [] : [{ text: item.answer, deflated: { answer: deflateRawSync(item.answer) } }];
  const choices = [[events], ...answers.flatMap((answer) => [[answer], [events, answer]])].map((parts) => ({
    ...Object.assign({ ...item }, ...parts.map(({ deflated }) => deflated)),
    inflated: parts.reduce((bytes, { text }) => bytes + Buffer.byteLength(text), 0),
  }));
  return choices.reduce<Unsealed>((cheapest, one) => (unitsOf(one) < unitsOf(cheapest) ? one : cheapest), item);
};

/** From the table to the commit it holds. @throws InvalidEvent, naming it, where it cannot be read. */
export const fromItem = (item: CommitItem): Commit => undamaged(readItem(item));

/** The same of an item that may be damaged: it says so then, and has its place in the stream all the same. */
export const readItem = (item: CommitItem): Commit => {
  try {
    return commitOf(item, contentOf(item));
  } catch (error) {
    const count = Number.isInteger(item.count) && item.count > 0 ? item.count : 1;
    const blanks = Array.from({ length: count }, () => blank);
    return { ...commitOf(item, { events: blanks }), damage: error instanceof Error ? error.message : String(error) };
  }
};

/** What stands for an event that cannot be read. No catalogue has it. */
const blank: StoredEvent = { type: '', schema: 0, data: null };

const contentOf = (item: CommitItem): Content => {
  demandLaterAttributes(item);
  const { count, at, command } = item;
  const texts = inflatedTexts(item);
  const events: unknown = JSON.parse(texts.events);
  if (!Array.isArray(events) || !events.every(isStoredEvent)) throw new Error('they are no events');
  if (events.length !== count) throw new Error(`'count' says ${count}, but it holds ${events.length} events`);
  if (typeof at !== 'string' || typeof command !== 'string') throw new Error('it does not say when it was recorded, or by which command');
  if (texts.answer === undefined) return { events };
  const answer: StoredAnswer = JSON.parse(texts.answer);
  if (typeof answer?.schema !== 'number' || !('data' in answer)) throw new Error("'answer' is no answer");
  return { events, answer };
};

/** Bounded before it is in memory: by the size that the commit states, or, where an older release wrote it, by the limit of all. */
const inflatedTexts = ({ events, answer, inflated }: CommitItem): { readonly events: string; readonly answer?: string } => {
  if (inflated !== undefined && inflated > maxTextBytes) throw new Error(`'inflated' says ${inflated} bytes, ${maxTextBytes} are possible`);
  let left = inflated ?? maxTextBytes;
  const textOf = (stored: string | Uint8Array): string => {
    if (typeof stored === 'string') return stored;
    const text = inflate(stored, left);
    left -= text.length;
    return text.toString('utf8');
  };
  const texts = { events: textOf(events), ...(answer === undefined ? {} : { answer: textOf(answer) }) };
  if (inflated !== undefined && left !== 0) throw new Error(`'inflated' says ${inflated} bytes, but ${inflated - left} are there`);
  return texts;
};

const inflate = (deflated: Uint8Array, maxOutputLength: number): Buffer => {
  try {
    return inflateRawSync(deflated, { maxOutputLength: Math.max(1, maxOutputLength) });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_BUFFER_TOO_LARGE') throw error;
    throw new Error(`what is compressed holds more than the ${maxOutputLength} bytes that are stated or possible`, { cause: error });
  }
};

const isStoredEvent = (event: Partial<StoredEvent> | null): boolean => typeof event?.type === 'string' && typeof event.schema === 'number';

/** The commit in an item whose content is at hand. */
export const commitOf = (item: CommitItem, { events, answer }: Content): Commit => {
  const { actor, by, depth, commandType, commandSchema, sealed } = item;
  return {
    stream: parseStreamName(item.stream),
    version: item.version,
    events,
    recordedAt: item.at,
    commandId: item.command,
    correlationId: item.correlation ?? item.command,
    causationId: item.causation ?? item.command,
    ...(actor === undefined ? {} : { actor }),
    ...(by === undefined ? {} : { by }),
    ...(depth === undefined ? {} : { depth }),
    ...(commandType === undefined ? {} : { commandType }),
    ...(commandSchema === undefined ? {} : { commandSchema }),
    ...(answer === undefined ? {} : { answer }),
    ...(sealed === undefined ? {} : { sealed }),
  };
};

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
