import { expect, test } from '@jest/globals';
import { tallyTotal } from '../../test/support/tally.ts';
import { commitsOf } from './commits.ts';
import { foldAll } from './fold-document.ts';

const stream = { aggregate: 'tally', id: '1' };
const added = (amount: number) => ({ type: 'Added', data: { amount } });
const commits = commitsOf(stream, [added(1), added(2)], [added(4)]);

test('commits are folded into the document of their stream, in order', () => {
  expect(foldAll(tallyTotal, commits)).toMatchObject({ document: { sum: 7, parity: 'odd', trail: ' 1@1 2@2 4@3' }, version: 3 });
});

test('the fold goes on from a document that is there', () => {
  const before = foldAll(tallyTotal, commits.slice(0, 1));
  expect(foldAll(tallyTotal, commits.slice(1), before)).toEqual(foldAll(tallyTotal, commits));
});

test('without commits there is no document', () => expect(foldAll(tallyTotal, [])).toMatchObject({ document: null, version: 0 }));
