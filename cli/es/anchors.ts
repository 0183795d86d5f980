import { resolve } from 'node:path';
import * as z from 'zod';
import { readAnchorText } from '../../adapters/outbound/anchor-text.ts';
import { completePrefix } from '../../adapters/outbound/s3-anchors.ts';
import type { Head } from '../../core/audit/anchor-steps.ts';
import { readAnchor } from './anchor.ts';
import { type Bucket, bucketAt, keysIn, objectIn } from './bucket.ts';
import { baseFolder, type EventsTable } from './events-table.ts';
import { UsageError } from './flags.ts';

/** What the log is compared with. */
export interface KnownAnchor {
  /** For people: `the anchor of 2026-11-23T03:00:00.000Z`. */
  readonly name: string;
  readonly heads: AsyncIterable<Head>;
}

/** A file, or those that the service has put on record: `latest`, `all`; where nothing is said the latest, if there is any. @throws UsageError, Error. */
export const anchorsSaid = async ({ place }: EventsTable, said: string | undefined): Promise<readonly KnownAnchor[]> => {
  if (said !== undefined && said !== 'latest' && said !== 'all') return [{ name: 'the anchor', heads: eachOf(await readFrom(said)) }];
  const { anchors } = place;
  if (anchors === undefined && said === undefined) return [];
  if (anchors === undefined) throw new UsageError('it is not known where the anchors are: say --outputs FILE, or --anchor FILE');
  const bucket = bucketAt(place, anchors.bucket, anchors.endpoint);
  const names = await completeIn(bucket);
  if (names.length === 0 && said !== undefined) throw new Error(`There is no anchor in ${bucket.name} yet: one is made each day.`);
  if (names.length === 0) console.error(`There is no anchor in ${bucket.name} yet: what was cut off or written anew is not found.`);
  const seen = new Map<string, string>();
  const wanted = said === 'all' ? names : names.slice(-1);
  return wanted.map((name) => ({ name: `the anchor of ${name}`, heads: onlyNew(headsOf(bucket, name), seen) }));
};

const readFrom = (file: string): Promise<readonly Head[]> => readAnchor(resolve(baseFolder(), file));

async function* eachOf<T>(all: readonly T[]): AsyncGenerator<T> {
  yield* all;
}

/** The whole ones, the oldest first. */
const completeIn = async (bucket: Bucket): Promise<readonly string[]> => {
  const names: string[] = [];
  for await (const keys of keysIn(bucket, completePrefix)) names.push(...keys.map((key) => key.slice(completePrefix.length)));
  return names.sort();
};

const Manifest = z.object({ anchor: z.string(), streams: z.int(), parts: z.array(z.string()) });

/** From the last part of each segment back to its first. @throws Error where a part is gone, or is another. */
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

/** What an older anchor has said already is not asked again. */
async function* onlyNew(heads: AsyncIterable<Head>, seen: Map<string, string>): AsyncGenerator<Head> {
  for await (const head of heads) {
    const mark = `${head.version} ${head.hash}`;
    if (seen.get(head.stream) === mark) continue;
    seen.set(head.stream, mark);
    yield head;
  }
}
