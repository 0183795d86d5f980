import type { Results } from '../measures/all.ts';
import type { Behaviours } from '../measures/behaviours.ts';
import { table } from './markdown.ts';

const titles: Readonly<Record<keyof Behaviours, string>> = {
  lostResponse: 'a lost response',
  gap: 'an event written at version 1005 of a stream at 1',
  middle: 'an event written into the middle of a commit',
  manyEvents: '101 events at once',
  largeCommit: '1,400 events, 450 KB, at once',
  largeEvent: 'an event of 500 KB that hardly compresses',
  longStream: 'a load of 3,000 events, more than 1 MB',
};

export const behaviourTable = ({ behaviours }: Results): string => {
  const rows = Object.entries(titles) as [keyof Behaviours, string][];
  return table(
    ['', ...[...behaviours.keys()].map(({ name }) => name)],
    rows.map(([situation, title]) => [title, ...[...behaviours.values()].map((observed) => observed[situation])]),
  );
};
