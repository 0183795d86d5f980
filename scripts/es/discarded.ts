import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { type Address, parseStreamName } from '../../core/stream.ts';

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

/** The streams of all batches in a folder, or in folders of it. @throws Error, naming a file that is none. */
export const discardedStreams = async (folder: string): Promise<DiscardedBatches> => {
  const files = (await readdir(folder, { recursive: true, withFileTypes: true }).catch(notThere(folder)))
    .filter((file) => file.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  const names = new Set<string>();
  let records = 0;
  for (const file of files)
    for (const stream of streamsOf(file, await readFile(file, 'utf8'))) {
      names.add(stream);
      records += 1;
    }
  return { batches: files.length, records, streams: [...names].map(parseStreamName) };
};

const streamsOf = (file: string, text: string): readonly string[] => {
  try {
    const { payload } = Discarded.parse(JSON.parse(text));
    return Payload.parse(JSON.parse(payload)).Records.map(({ dynamodb }) => dynamodb.Keys.stream.S);
  } catch {
    throw new Error(`${file} is not a batch of the events table that was given up.`);
  }
};

const notThere = (folder: string) => (): never => {
  throw new Error(`There is no folder ${folder}.`);
};
