import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { type Address, isStreamName, parseStreamName } from '../../core/basics/stream.ts';
import { type Bucket, keysIn, objectIn } from './bucket.ts';
import { progressOf } from './progress.ts';

/** What Lambda puts into the failure destination of a stream's listener: the whole event is in it, as text. */
const Discarded = z.object({ payload: z.string() });
const Payload = z.object({
  Records: z.array(z.object({ dynamodb: z.object({ Keys: z.object({ stream: z.object({ S: z.string() }) }) }) })),
});

export interface DiscardedBatches {
  readonly batches: number;
  readonly records: number;
  readonly streams: readonly Address[];
}

/** A batch, and where it was found. */
type Found = readonly [where: string, text: string];

/** The streams of all batches in some folders, or in folders of them. @throws Error, naming a file that is none. */
export const discardedInFolders = (folders: readonly string[]): Promise<DiscardedBatches> => streamsOfAll(filesIn(folders));

/** The streams of all batches in some buckets. @throws Error, naming an object that is none. */
export const discardedInBuckets = async (buckets: readonly Bucket[]): Promise<DiscardedBatches> => {
  const progress = progressOf('reading', 0, 'batches');
  try {
    return await streamsOfAll(objectsIn(buckets, progress.add));
  } finally {
    progress.stop();
  }
};

async function* filesIn(folders: readonly string[]): AsyncGenerator<Found> {
  for (const folder of folders) {
    const files = await readdir(folder, { recursive: true, withFileTypes: true }).catch(notThere(folder));
    for (const { parentPath, name } of files.filter((file) => file.isFile()))
      yield [join(parentPath, name), await readFile(join(parentPath, name), 'utf8')];
  }
}

const objectsAtATime = 16;

async function* objectsIn(buckets: readonly Bucket[], onRead: (count: number) => void): AsyncGenerator<Found> {
  for (const bucket of buckets)
    for await (const keys of keysIn(bucket))
      for (let rest = keys; rest.length > 0; rest = rest.slice(objectsAtATime)) {
        const some = rest.slice(0, objectsAtATime);
        yield* await Promise.all(some.map(async (key) => [`s3://${bucket.name}/${key}`, await objectIn(bucket, key)] as const));
        onRead(some.length);
      }
}

const streamsOfAll = async (batches: AsyncIterable<Found>): Promise<DiscardedBatches> => {
  const names = new Set<string>();
  const counts = { batches: 0, records: 0 };
  for await (const [where, text] of batches) {
    const streams = streamsOf(where, text);
    for (const stream of streams) names.add(stream);
    counts.batches += 1;
    counts.records += streams.length;
  }
  return { ...counts, streams: [...names].filter(isStreamName).map(parseStreamName) };
};

const streamsOf = (where: string, text: string): readonly string[] => {
  try {
    const { payload } = Discarded.parse(JSON.parse(text));
    return Payload.parse(JSON.parse(payload)).Records.map(({ dynamodb }) => dynamodb.Keys.stream.S);
  } catch {
    throw new Error(`${where} is not a batch of the events table that was given up.`);
  }
};

const notThere = (folder: string) => (): never => {
  throw new Error(`There is no folder ${folder}.`);
};
