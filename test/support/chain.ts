import { beginningOf, type CommitItem, hashOf } from '../../adapters/event-log/commit-item.ts';

/** The hash that each item should have, computed from the first one on. */
export const chainOf = (items: readonly CommitItem[]): string[] => {
  let previous = beginningOf('').hash;
  return items.map((item) => {
    previous = hashOf(previous, item);
    return hex(previous);
  });
};

export const hashesOf = (items: readonly CommitItem[]): string[] => items.map(({ hash }) => hex(hash));

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
