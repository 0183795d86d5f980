import { expect, test } from '@jest/globals';
import type { Entry } from '../../core/import/mapping.ts';
import type { Recorded } from './recorder.ts';
import { counting } from './tally.ts';

const recordedAt = '2020-01-01T00:00:00.000Z';
const line = (id: string, version: number, isNew: boolean): [Entry, Recorded] => {
  const entry = { stream: { aggregate: 'order', id }, events: [{ type: 'OrderPlaced' }], recordedAt };
  return [entry as unknown as Entry, { commit: { ...entry, version }, isNew } as unknown as Recorded];
};

test('a stream begins once, although its first line comes again', () => {
  const { add, tally } = counting();
  for (const [entry, recorded] of [line('1', 1, true), line('1', 1, false), line('1', 2, true), line('2', 1, false)])
    add(entry, recorded, 1);
  expect(tally()).toMatchObject({ streams: 2, lines: 4, recorded: 2, wereThere: 2 });
});
