import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { link, rm, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { type AttributeValue, BatchGetItemCommand } from '@aws-sdk/client-dynamodb';
import { orUnavailable } from '../../adapters/aws/unavailable.ts';
import { anchorText, endMark, headIn } from '../../adapters/outbound/anchor-text.ts';
import type { Head } from '../../core/audit/anchor-steps.ts';
import { isStreamName } from '../../core/basics/stream.ts';
import type { Call, Command } from './command.ts';
import { baseFolder, type EventsTable } from './events-table.ts';
import { numberOf, UsageError } from './flags.ts';
import { counted, progressOf } from './progress.ts';
import { type StoredItem, scan } from './scan.ts';

export const anchor: Command = {
  usage: `npm run es -- anchor FILE [--segments 8]
  Writes the last commit of every stream, with its hash, to FILE, which must not be there yet. Kept where it cannot be changed, it
  proves what no chain can: \`verify --anchor FILE\` finds a stream that was cut off or written anew since.
  The file ends with a digest of itself. The whole table is read, strongly consistent: one read unit for 4 KB.`,
  flags: { segments: { type: 'string' } },
  run: async ({ words: [path, ...more], flags, open }: Call): Promise<number> => {
    if (path === undefined || more.length > 0) throw new UsageError('anchor takes one file');
    const segments = numberOf(flags, 'segments', 1000) ?? 8;
    const table = await open();
    const file = resolve(baseFolder(), path);
    const { heads, digest } = await write(file, await headsOf(table, segments));
    console.log(`anchored ${counted(heads, 'stream')} in ${path}, SHA-256 ${digest}`);
    return 0;
  },
};

const headsOf = async (table: EventsTable, segments: number): Promise<readonly Head[]> => {
  const heads = new Map<string, Head>();
  const progress = progressOf('anchoring', table.commitCount);
  try {
    await scan(table, segments, () => async (page) => {
      for (const head of page.map(headOf).filter(({ stream }) => isStreamName(stream))) {
        if (head.version > (heads.get(head.stream)?.version ?? 0)) heads.set(head.stream, head);
      }
      progress.add(page.length);
    });
  } finally {
    progress.stop();
  }
  return [...heads.values()].sort((a, b) => (a.stream < b.stream ? -1 : 1));
};

const headOf = (item: StoredItem): Head => ({
  stream: item['stream']?.S ?? '',
  version: Number(item['version']?.N),
  hash: Buffer.from(item['hash']?.B ?? []).toString('base64'),
});

/** Complete, or not there; and never in place of another. */
const write = async (file: string, heads: readonly Head[]): Promise<{ heads: number; digest: string }> => {
  const { text, digest } = anchorText(heads);
  const partial = `${file}.partial-${process.pid}`;
  try {
    await writeFile(partial, text, { flag: 'wx', flush: true });
    await link(partial, file);
  } finally {
    await rm(partial, { force: true });
  }
  return { heads: heads.length, digest };
};

/** What an anchor says. @throws Error where it is not complete, or not as it was written. */
export const readAnchor = async (file: string): Promise<readonly Head[]> => {
  const heads: Head[] = [];
  const hash = createHash('sha256');
  let end: string | undefined;
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
    if (end !== undefined) throw new Error(`${file} goes on after its end`);
    if (line.startsWith(endMark)) end = line.slice(endMark.length);
    else {
      hash.update(`${line}\n`);
      heads.push(headIn(line));
    }
  }
  if (end === hash.digest('hex')) return heads;
  throw new Error(`${file} is not an anchor as it was written: ${end === undefined ? 'it has no end' : 'it does not match its digest'}`);
};

const perRequest = 100;

/** The heads of an anchor that are no longer in the table as they were: of each, what is wrong. */
export async function* missingHeads(
  { client, name }: Pick<EventsTable, 'client' | 'name'>,
  heads: AsyncIterable<Head>,
): AsyncGenerator<string> {
  for await (const batch of batchesOf(heads, perRequest)) {
    const found = new Map<string, string>();
    let Keys: Record<string, AttributeValue>[] = batch.map(({ stream, version }) => ({
      stream: { S: stream },
      version: { N: String(version) },
    }));
    while (Keys.length > 0) {
      const request = { Keys, ConsistentRead: true, ProjectionExpression: '#s, #v, #h', ExpressionAttributeNames: names };
      const { Responses, UnprocessedKeys } = await orUnavailable(
        client.send(new BatchGetItemCommand({ RequestItems: { [name]: request } })),
      );
      for (const item of Responses?.[name] ?? []) {
        const { stream, version, hash } = headOf(item);
        found.set(`${stream}@${version}`, hash);
      }
      Keys = UnprocessedKeys?.[name]?.Keys ?? [];
    }
    for (const { stream, version, hash } of batch) {
      const now = found.get(`${stream}@${version}`);
      if (now === undefined) yield `${stream}@${version}: was there when the anchor was made, and is gone: the stream was cut off`;
      else if (now !== hash) yield `${stream}@${version}: is not the commit that the anchor has: the stream was written anew`;
    }
  }
}

const names = { '#s': 'stream', '#v': 'version', '#h': 'hash' };

async function* batchesOf<T>(all: AsyncIterable<T>, size: number): AsyncGenerator<readonly T[]> {
  let batch: T[] = [];
  for await (const one of all) {
    batch.push(one);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
