import { hash } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';

/** Lines of text in files, parted by a hash of their key: the lines of one key are in one file, in their order. */
export interface Shards {
  write(key: string, line: string): void;
  /** The files that have lines, the largest first. */
  close(): readonly Shard[];
}

export interface Shard {
  readonly file: string;
  /** The part of the hash that its keys share. */
  readonly index: number;
  readonly lines: number;
  /** Characters. */
  readonly size: number;
  /** How often its lines have been parted. */
  readonly depth: number;
}

interface Part {
  readonly file: string;
  text: string;
  lines: number;
  size: number;
}

/** Together the buffers of 256 shards take at most some megabytes. */
const bufferedCharacters = 32 * 1024;

/** `depth` chooses the byte of the hash that parts the lines, so that the lines of one shard can be parted again. */
export const shardsIn = (folder: string, name: string, depth = 0): Shards => {
  const parts = new Map<number, Part>();
  const flush = (part: Part): void => {
    if (part.text !== '') appendFileSync(part.file, part.text);
    part.text = '';
  };
  return {
    write: (key, line) => {
      const index = hash('sha1', key, 'buffer')[depth] as number;
      const part = parts.get(index) ?? { file: join(folder, `${name}-${index}`), text: '', lines: 0, size: 0 };
      parts.set(index, part);
      part.text += `${line}\n`;
      part.lines += 1;
      part.size += line.length + 1;
      if (part.text.length > bufferedCharacters) flush(part);
    },
    close: () => {
      for (const part of parts.values()) flush(part);
      return [...parts]
        .map(([index, { file, lines, size }]) => ({ index, file, lines, size, depth: depth + 1 }))
        .toSorted((a, b) => b.size - a.size);
    },
  };
};

/** A shard of this size is rehearsed in one piece: the memory holds at most the states and documents that it makes. */
export const largestShard = 16 * 1024 * 1024;

/** A larger shard is parted again, unless that was done before: then a few streams are this large, and few states are held for them. */
export const isTooLarge = ({ size, depth }: Shard, largest = largestShard): boolean => size > largest && depth < 3;
