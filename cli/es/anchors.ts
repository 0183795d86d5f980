import { resolve } from 'node:path';
import * as z from 'zod';
import { readAnchorText } from '../../adapters/outbound/anchor-text.ts';
import { completePrefix } from '../../adapters/outbound/s3-anchors.ts';
import type { Head } from '../../core/audit/anchor-steps.ts';
import { readAnchor } from './anchor.ts';
import { type Bucket, bucketAt, keysIn, objectIn } from './bucket.ts';
import { baseFolder, type EventsTable } from './events-table.ts';
import { UsageError } from './flags.ts';

/** An anchor that the log is compared with. */
export interface KnownAnchor {
  /** For people: `the anchor of 2026-11-23T03:00:00.000Z`. */
  readonly name: string;
  readonly heads: AsyncIterable<Head>;
}

/**
 * The anchors that `--anchor` names: `latest` or `all` of the service's bucket, or a file. Without `--anchor`, the latest of the bucket, or
 * no anchor if there is none.
 * @throws UsageError if the bucket is not known; Error if an anchor is missing or damaged.
 */
export const anchorsSaid = async ({ place }: EventsTable, said: string | undefined): Promise<readonly KnownAnchor[]> => {
  if (said !== undefined && said !== 'latest' && said !== 'all') return [{ name: 'the anchor', heads: eachOf(await readFrom(said)) }];
  const { anchors } = place;
  if (anchors === undefined && said === undefined) return [];
  if (anchors === undefined) throw new UsageError('the bucket of the anchors is not known: add --outputs FILE, or --anchor FILE');
  const bucket = bucketAt(place, anchors.bucket, anchors.endpoint);
  const names = await completeIn(bucket);
  if (names.length === 0 && said !== undefined) throw new Error(`There is no anchor in ${bucket.name} yet: one is made each day.`);
  if (names.length === 0) console.error(`There is no anchor in ${bucket.name} yet: a stream that was cut off or rewritten is not found.`);
  const seen = new Map<string, string>();
  const wanted = said === 'all' ? names : names.slice(-1);
  return wanted.map((name) => ({ name: `the anchor of ${name}`, heads: onlyNew(headsOf(bucket, name), seen) }));
};

const readFrom = (file: string): Promise<readonly Head[]> => readAnchor(resolve(baseFolder(), file));

async function* eachOf<T>(all: readonly T[]): AsyncGenerator<T> {
  yield* all;
}

/** The names of the complete anchors, the oldest first. */
const completeIn = async (bucket: Bucket): Promise<readonly string[]> => {
  const names: string[] = [];
  for await (const keys of keysIn(bucket, completePrefix)) names.push(...keys.map((key) => key.slice(completePrefix.length)));
  return names.sort();
};

const Manifest = z.object({ anchor: z.string(), streams: z.int(), parts: z.array(z.string()) });

/** The heads of an anchor, from the last part of each segment back to its first. @throws Error if a part is missing or was altered. */
async function* headsOf(bucket: Bucket, name: string): AsyncGenerator<Head> {
  const where = `s3://${bucket.name}/${completePrefix}${name}`;
  const { success, data } = Manifest.safeParse(jsonIn(await objectIn(bucket, `${completePrefix}${name}`)));
  if (!success || data.anchor !== name) throw new Error(`${where} is not an anchor as it was written`);
  let streams = 0;
  for (const last of data.parts)
    for (let key: string | undefined = last; key !== undefined; ) {
      const part = readAnchorText(`s3://${bucket.name}/${key}`, await objectIn(bucket, key), key.split('/').at(-1) ?? '');
      yield* part.heads;
      streams += part.heads.length;
      key = part.before;
    }
  if (streams !== data.streams) throw new Error(`${where} is not whole: it says ${data.streams} streams, and its parts hold ${streams}`);
}

const jsonIn = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** Leaves out each head that an older anchor already had, so that it is looked up only once. */
async function* onlyNew(heads: AsyncIterable<Head>, seen: Map<string, string>): AsyncGenerator<Head> {
  for await (const head of heads) {
    const mark = `${head.version} ${head.hash}`;
    if (seen.get(head.stream) === mark) continue;
    seen.set(head.stream, mark);
    yield head;
  }
}
