import { hash as digest } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { Invalid, InvalidEvent } from '../../core/basics/errors.ts';
import { parseStreamName } from '../../core/basics/stream.ts';
import { type Commit, type Decided, type Request, type StoredAnswer, type StoredEvent, undamaged } from '../../core/log/event-store.ts';
import { itemBytes, maxItemBytes as maxBytes, writeUnits } from '../aws/item-size.ts';
import { exactJson } from './exact-json.ts';
import { commandIdOf, digestOf, storedId } from './same-request.ts';

/**
 * The stored form of a commit, which never changes: one item of the events table. Only this module knows the attributes. Every byte is
 * billed, so an attribute is absent at its default: `correlation` and `causation` if they equal the command's id, and the later attributes
 * as docs/decisions/0016-stored-attributes.md says.
 */
export type CommitItem = {
  /** The stream's name, `order-42`: the partition key. */
  readonly stream: string;
  /** Version of the first event, the sort key. */
  readonly version: number;
  readonly count: number;
  /** JSON array of `{ type, schema, data }`; compressed with raw DEFLATE if that saves a write unit. */
  readonly events: string | Uint8Array;
  readonly types: readonly string[];
  readonly at: string;
  /** Id of the command; after a comma, the key of a client (`same-request.ts`). */
  readonly command: string;
  /** Digest of the command's type and of its data as received (`same-request.ts`). */
  readonly request: Uint8Array;
  readonly correlation?: string;
  readonly causation?: string;
  readonly actor?: string;
  /** The process that sent the command, `saga:fulfilment`. Default: none, the command came from outside. */
  readonly by?: string;
  /** How many processes in a row led to the command. Default: 0. */
  readonly depth?: number;
  /** Type of the command. Default: not stored; then only the digest contains it. */
  readonly commandType?: string;
  /** Schema version of the command's data. Default: 1. */
  readonly commandSchema?: number;
  /** JSON `{ schema, data }` of the answer to the caller; compressed with raw DEFLATE if that saves a write unit. Default: no answer. */
  readonly answer?: string | Uint8Array;
  /** Bytes of JSON in compressed `events` and `answer`. Default: neither is compressed, or an older release wrote the commit. */
  readonly inflated?: number;
  /** Format number of the sealed values in `events` and `answer`. Default: there are none. */
  readonly sealed?: number;
  /** SHA-256 over the previous commit's hash and all other attributes but `snapshot`. */
  readonly hash: Uint8Array;
  /** The folded state after this commit (`snapshot.ts`). The chain does not cover it. */
  readonly snapshot?: string | Uint8Array;
};

/** The DynamoDB types that each attribute may have. */
export const attributeTypes: { readonly [A in keyof Required<CommitItem>]: readonly ('S' | 'N' | 'B' | 'L')[] } = {
  ...{ stream: ['S'], version: ['N'], count: ['N'], events: ['S', 'B'], types: ['L'], at: ['S'], command: ['S'], request: ['B'] },
  ...{ correlation: ['S'], causation: ['S'], actor: ['S'], by: ['S'], depth: ['N'], commandType: ['S'], commandSchema: ['N'] },
  ...{ answer: ['S', 'B'], inflated: ['N'], sealed: ['N'], hash: ['B'], snapshot: ['S', 'B'] },
};

/** What the next commit needs from the previous one. */
export interface Predecessor {
  readonly stream: string;
  readonly version: number;
  readonly at: string;
  readonly hash: Uint8Array;
}

/** The predecessor of a stream's first commit. */
export const beginningOf = (stream: string): Predecessor => ({ stream, version: 0, at: '', hash: new Uint8Array(32) });

/** The content of a commit, without its cause and its time. */
export type Content = Pick<Decided, 'events' | 'answer' | 'sealed'>;

/** The item of the commit after `before`. @throws Invalid (`CommitTooLarge`); InvalidEvent if JSON would alter an event or the answer. */
export const toItem = (before: Predecessor, request: Request, content: Content, at: string): CommitItem => {
  const { commandId, correlationId, causationId, actor } = request;
  const unsealed = {
    stream: before.stream,
    version: before.version + 1,
    count: content.events.length,
    ...textsOf(content, before.stream),
    types: content.events.map(({ type }) => type),
    at: notBefore(before.at, at),
    command: storedId(request),
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

/** The later attributes, each absent at its default. @throws Error if a value could not be read back. */
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
    throw new Error('a commit with an answer or a command schema must have a commandType, because readers need it');
  return given;
};

type LaterAttributes = Pick<CommitItem, 'by' | 'depth' | 'commandType' | 'commandSchema' | 'inflated' | 'sealed'>;

const demandLaterAttributes = ({ by, depth, commandType, commandSchema, inflated, sealed }: LaterAttributes): void => {
  for (const [name, text] of Object.entries({ by, commandType }))
    if (text !== undefined && (typeof text !== 'string' || text === '')) throw new Error(`'${name}' is not a text`);
  for (const [name, count] of Object.entries({ depth, commandSchema, inflated, sealed }))
    if (count !== undefined && !(Number.isSafeInteger(count) && count > 0)) throw new Error(`'${name}' is not a whole number from 1`);
};

/** The largest JSON of a commit, before compression: every reader holds it in memory, and an answer of the API may contain it. */
const maxTextBytes = 3_000_000;

const textsOf = ({ events, answer }: Content, stream: string): { readonly events: string; readonly answer?: string } => {
  const texts = { events: exactJson(events), ...(answer === undefined ? {} : { answer: exactJson(answer) }) };
  if (texts.events === undefined) {
    const types = events.filter((event) => exactJson(event) === undefined).map(({ type }) => type);
    throw new InvalidEvent(`${types.join(', ')} of ${stream} could not be read back: JSON has no such value`);
  }
  if ('answer' in texts && texts.answer === undefined)
    throw new InvalidEvent(`the answer of a commit to ${stream} could not be read back: JSON has no such value`);
  const textBytes = Buffer.byteLength(texts.events) + Buffer.byteLength(texts.answer ?? '');
  if (textBytes <= maxTextBytes) return texts as { readonly events: string; readonly answer?: string };
  const message = `the events of a commit to ${stream} take ${textBytes} bytes as text, ${maxTextBytes} are possible`;
  throw new Invalid('CommitTooLarge', message, { stream, textBytes, maxBytes: maxTextBytes });
};

/** The later of two times. Clocks of different machines disagree, and a stream's time must not run backwards. */
export const notBefore = (earlier: string, at: string): string => {
  if (at < earlier) return earlier;
  return at;
};

type Unsealed = Omit<CommitItem, 'hash' | 'snapshot'>;

/** The item with its events, its answer, or both compressed, if that is cheaper to write. */
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

/** The commit in an item. @throws InvalidEvent, naming the commit, if it is damaged. */
export const fromItem = (item: CommitItem): Commit => undamaged(readItem(item));

/** The commit in an item that may be damaged. A damaged commit has `damage`, and keeps its versions in the stream. */
export const readItem = (item: CommitItem): Commit => {
  try {
    return commitOf(item, contentOf(item));
  } catch (error) {
    const count = Number.isInteger(item.count) && item.count > 0 ? item.count : 1;
    const blanks = Array.from({ length: count }, () => blank);
    return { ...commitOf(item, { events: blanks }), damage: error instanceof Error ? error.message : String(error) };
  }
};

/** The event in place of one that cannot be read. No catalogue has its type. */
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

/** Inflates events and answer up to a limit: the size that the commit states, or the general limit if an older release wrote it. */
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

/**
 * The bytes of JSON in `events` and `answer`, before a reader inflates them. A commit that an earlier release compressed does not state its
 * size, so it is measured. At most the largest size of a commit: a reader rejects a commit that is or claims to be larger.
 */
export const textBytes = ({ events, answer = '', inflated }: Pick<CommitItem, 'events' | 'answer' | 'inflated'>): number => {
  let [bytes, isStated] = [0, false];
  for (const stored of [events, answer]) {
    if (typeof stored === 'string') bytes += Buffer.byteLength(stored);
    else if (inflated === undefined) bytes += measured(stored);
    else isStated = true;
  }
  return Math.min(maxTextBytes, isStated && inflated !== undefined && inflated > 0 ? bytes + inflated : bytes);
};

const measured = (deflated: Uint8Array): number => {
  try {
    return inflate(deflated, maxTextBytes).length;
  } catch {
    return maxTextBytes;
  }
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

/** The commit of an item, with content that is already read. */
export const commitOf = (item: CommitItem, { events, answer }: Content): Commit => {
  const { actor, by, depth, commandType, commandSchema, sealed } = item;
  const { commandId, commandFrom } = commandIdOf(item);
  return {
    stream: parseStreamName(item.stream),
    version: item.version,
    events,
    recordedAt: item.at,
    commandId,
    correlationId: item.correlation ?? commandId,
    causationId: item.causation ?? commandId,
    ...(commandFrom === undefined ? {} : { commandFrom }),
    ...(actor === undefined ? {} : { actor }),
    ...(by === undefined ? {} : { by }),
    ...(depth === undefined ? {} : { depth }),
    ...(commandType === undefined ? {} : { commandType }),
    ...(commandSchema === undefined ? {} : { commandSchema }),
    ...(answer === undefined ? {} : { answer }),
    ...(sealed === undefined ? {} : { sealed }),
  };
};

/** The stream's version after this item. */
export const versionAfter = ({ version, count }: CommitItem): number => version + count - 1;

/** The hash of a commit: SHA-256 over the previous hash and every stored attribute except `hash` and `snapshot`. */
export const hashOf = (previous: Uint8Array, item: Omit<CommitItem, 'hash'>): Uint8Array => {
  const { hash: _, snapshot: __, ...chained } = item as CommitItem;
  const parts: unknown[] = [base64(previous)];
  for (const name of Object.keys(chained).sort() as (keyof typeof chained)[]) {
    const value = chained[name];
    parts.push([name, value instanceof Uint8Array ? { base64: base64(value) } : value]);
  }
  return sha256(JSON.stringify(parts));
};

const sha256 = (text: string): Uint8Array => new Uint8Array(digest('sha256', text, 'buffer'));
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
