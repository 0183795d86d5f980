import { expect, test } from '@jest/globals';
import { hashTable, shortHash } from '../../cli/import/hash-table.ts';

test('a table of any size has the numbers that were set last, and no others', () => {
  const table = hashTable();
  const count = 50_000; // More than its first size, several times over.
  for (let index = 0; index < count; index++) table.set(`text ${index}`, [index + 1, index * 2]);
  for (let index = 0; index < count; index += 7) table.set(`text ${index}`, [index + 1, 4_294_967_295]);
  for (let index = 0; index < count; index++)
    expect(table.get(`text ${index}`)).toEqual([index + 1, index % 7 === 0 ? 4_294_967_295 : index * 2]);
  for (let index = 0; index < 1000; index++) expect(table.get(`other ${index}`)).toBeUndefined();
});

test('an empty table has nothing', () => expect(hashTable().get('')).toBeUndefined());

test('the short hash of a text is a whole number of 32 bits', () => {
  const hashes = Array.from({ length: 1000 }, (_, index) => shortHash(String(index)));
  expect(new Set(hashes).size).toBe(1000);
  for (const hash of hashes) expect(hash >>> 0).toBe(hash);
});
