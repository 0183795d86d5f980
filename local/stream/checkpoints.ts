import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** How far a shard is done. */
export interface Checkpoint {
  /** Sequence number of the last record that is done; absent: none is. */
  readonly after?: string;
  /** The shard is closed and everything in it is done. */
  readonly isFinished: boolean;
}

/** The checkpoints of one event source mapping on one stream. */
export interface Checkpoints {
  read(shard: string): Promise<Checkpoint>;
  write(shard: string, checkpoint: Checkpoint): Promise<void>;
  /** Forgets the shards that the stream does not have any more; answers those that were not finished. */
  keepOnly(shards: readonly string[]): Promise<readonly string[]>;
}

const none: Checkpoint = { isFinished: false };

/** One file a shard. It is replaced as a whole, so that it is the old one or the new one whenever the process ends. */
export const fileCheckpoints = (folder: string): Checkpoints => {
  const fileOf = (shard: string) => join(folder, `${shard}.json`);
  const read = async (shard: string): Promise<Checkpoint> => {
    try {
      return JSON.parse(await readFile(fileOf(shard), 'utf8')) as Checkpoint;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return none;
      throw error;
    }
  };
  return {
    read,
    write: async (shard, checkpoint) => {
      await mkdir(folder, { recursive: true });
      await writeFile(`${fileOf(shard)}.new`, JSON.stringify(checkpoint));
      await rename(`${fileOf(shard)}.new`, fileOf(shard));
    },
    keepOnly: async (shards) => {
      const files = await readdir(folder).catch(() => []);
      const kept = files.flatMap((file) => (file.endsWith('.json') ? [file.slice(0, -'.json'.length)] : []));
      const gone = kept.filter((shard) => !shards.includes(shard));
      const unfinished = (await Promise.all(gone.map(async (shard) => ((await read(shard)).isFinished ? [] : [shard])))).flat();
      await Promise.all(gone.map((shard) => rm(fileOf(shard), { force: true })));
      return unfinished;
    },
  };
};
