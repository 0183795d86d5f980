import { expect, test } from '@jest/globals';
import { tally } from '../../test/support/tally.ts';
import type { Metadata } from '../basics/messages.ts';
import { commitsOf } from '../testing/commits.ts';
import { noticeOf, noticesFor } from './notices.ts';
import { integrationEvents } from './publication.ts';

const commits = commitsOf({ aggregate: 'tally', id: '7' }, [
  { type: 'Added', data: { amount: 3 } },
  { type: 'Cleared', data: {} },
  { type: 'Added', data: { amount: 4 } },
  { type: 'Closed', data: {} },
]);
const sent = (publication: ReturnType<typeof noticesFor>) =>
  commits.flatMap(integrationEvents([publication])).map(({ source, id, type, data }) => [source, id, type, data]);

test('the notice of an event has its type, in version 1', () => expect(noticeOf('OrderPlaced')).toBe('OrderPlaced.v1'));

test('notices are of the types that the process listens to, and carry no data', () => {
  const publication = noticesFor({ name: 'sagas', events: tally.events, types: ['Added', 'Closed'] });
  expect(Object.keys(publication.publishes)).toEqual(['Added.v1', 'Closed.v1']);
  expect(sent(publication)).toEqual([
    ['sagas', 'tally-7@1', 'Added.v1', {}],
    ['sagas', 'tally-7@3', 'Added.v1', {}],
    ['sagas', 'tally-7@4', 'Closed.v1', {}],
  ]);
});

test('the process may choose by the data and the metadata of an event', () => {
  const isTold = (type: string, data: unknown, { version }: Metadata) =>
    type === 'Closed' || ((data as { amount: number }).amount === 4 && version === 3);
  expect(sent(noticesFor({ name: 'sagas', events: tally.events, types: ['Added', 'Closed'], isTold }))).toEqual([
    ['sagas', 'tally-7@3', 'Added.v1', {}],
    ['sagas', 'tally-7@4', 'Closed.v1', {}],
  ]);
});
