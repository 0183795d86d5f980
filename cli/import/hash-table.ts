import { hash } from 'node:crypto';

/** Two numbers for each text, kept under 64 bits of the text's hash: 32 bytes an entry, so that a file of any length can be checked. */
export interface HashTable {
  get(text: string): readonly [number, number] | undefined;
  set(text: string, values: readonly [number, number]): void;
}

/** The numbers of a slot: two of the hash, and the two values. */
const width = 4;

/** The values are whole numbers from 0 to 2^32 - 1, and the first one is not 0. */
export const hashTable = (): HashTable => {
  let slots = new Uint32Array(width * 1024);
  let used = 0;

  /** The place of a hash, or the free place where it belongs. */
  const placeOf = (high: number, low: number): number => {
    let place = (low * width) % slots.length;
    while (slots[place + 2] !== 0 && (slots[place] !== high || slots[place + 1] !== low)) place = (place + width) % slots.length;
    return place;
  };
  const grow = (): void => {
    const before = slots;
    slots = new Uint32Array(before.length * 2);
    for (let from = 0; from < before.length; from += width)
      if (before[from + 2] !== 0)
        slots.set(before.subarray(from, from + width), placeOf(before[from] as number, before[from + 1] as number));
  };
  return {
    get: (text) => {
      const place = placeOf(...hashOf(text));
      return slots[place + 2] === 0 ? undefined : [slots[place + 2] as number, slots[place + 3] as number];
    },
    set: (text, values) => {
      if (used * width * 2 >= slots.length) grow();
      const key = hashOf(text);
      const place = placeOf(...key);
      if (slots[place + 2] === 0) used += 1;
      slots.set([...key, ...values], place);
    },
  };
};

const hashOf = (text: string): [number, number] => {
  const bytes = hash('sha1', text, 'buffer');
  return [bytes.readUInt32LE(0), bytes.readUInt32LE(4)];
};

/** 32 bits of the hash of a text. */
export const shortHash = (text: string): number => hashOf(text)[0];
