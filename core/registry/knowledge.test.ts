import { expect, test } from '@jest/globals';
import * as z from 'zod';
import { versioned } from '../log/upcasting.ts';
import { defineDecider } from '../write/decider.ts';
import { defineDomain } from './domain.ts';
import { knowledgeOf, knownBy } from './knowledge.ts';

const paidV1 = z.object({ euros: z.int() });
const paidV2 = z.object({ cents: z.int() });
const rows = { 1: { from: paidV1, to: ({ euros }: z.output<typeof paidV1>) => ({ cents: euros * 100 }) } };
const till = (Paid: z.ZodType) =>
  defineDomain({
    deciders: [
      defineDecider({ name: 'till', commands: {}, events: { Paid }, initialState: () => ({}), decide: {}, evolve: { Paid: () => ({}) } }),
    ],
    projections: [],
  });
const knows1 = till(paidV1);
const reads2 = till(versioned(paidV2, rows, { writes: 1, back: ({ cents }) => ({ euros: cents / 100 }) }));
const writes2 = till(versioned(paidV2, rows));

test.each<[string, typeof knows1, readonly boolean[]]>([
  ['version 1', knows1, [true, false, false]],
  ['version 2, which it reads and does not record', reads2, [true, true, false]],
  ['version 2', writes2, [true, true, false]],
])('a release knows %s', (_, domain, known) => {
  expect([1, 2, 3].map((schema) => knownBy(domain)({ type: 'Paid', schema }))).toEqual(known);
});

test('a release knows no type that it does not declare, and no sealed values', () => {
  expect(knownBy(writes2)({ type: 'Refunded', schema: 1 })).toBe(false);
  expect(knownBy(writes2)({ sealed: 1 })).toBe(false);
});

test('two releases that read the same versions know the same, whichever of them they record', () => {
  expect(knowledgeOf(reads2)).toBe(knowledgeOf(writes2));
  expect(knowledgeOf(reads2)).not.toBe(knowledgeOf(knows1));
});
