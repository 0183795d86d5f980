import { expect, test } from '@jest/globals';
import * as z from 'zod';
import { hut } from '../../test/support/hut.ts';
import type { AnyDecider } from '../write/decider.ts';
import { clientCommands } from './access.ts';
import { defineDomain } from './domain.ts';
import { knowledgeOf } from './knowledge.ts';

const domainOf = (over: object) => defineDomain({ deciders: [{ ...hut, ...over } as unknown as AnyDecider], projections: [] });

test.each([
  [{ scopes: { Burn: 'x' } }, "hut: a scope for 'Burn', which is no command"],
  [{ answers: { Burn: z.string() } }, "hut: an answer to 'Burn', which is no command"],
  [{ allow: { Burn: () => true } }, "hut: a rule of `allow` for 'Burn', which is no command"],
  [{ internal: ['Burn'] }, "hut: the internal command 'Burn', which is no command"],
  [{ reads: { Burn: {} } }, "hut: a row of `reads` for 'Burn', which is no command"],
  [{ reads: { Book: {} } }, "hut: the row of `reads` for 'Book' reads nothing: leave it out"],
  [{ reads: { Book: { other: { of: () => hut, id: () => 'x' } } } }, "hut: Book reads 'other' of 'hut', which is no aggregate here"],
  [{ scopes: { Close: 'x' } }, "hut: a scope for 'Close', which is internal: no client sends it"],
  [{ internal: ['Leave'] }, "hut: a rule of `allow` for 'Leave', which is internal: no client sends it"],
  [{ answers: { Book: z.date() } }, 'answer to Book of hut: the data is a Date, which JSON has no type for: use z.iso.datetime()'],
  [
    { answers: { Book: z.number().default(() => Date.now()) } },
    'answer to Book of hut: the data has a default that differs from call to call, so a repeated request would get another answer: ' +
      'put the value into the answer in decide',
  ],
])('a domain refuses %j', (over, rule) => {
  expect(() => domainOf(over)).toThrow(`domain: ${rule}`);
});

test('the tables of a decider may name any of its commands', () => {
  expect(domainOf({ scopes: { Book: 'x' } }).deciders).toHaveLength(1);
  expect(clientCommands(hut)).toEqual(['Book', 'Leave']);
});

test('a release that knows another answer is another release', () => {
  const [, commands] = JSON.parse(knowledgeOf(domainOf({})));
  expect(commands).toEqual([['hut', ['Book', 'Leave', 'Close'], [['Book', 1]]]]);
  const [, without] = JSON.parse(knowledgeOf(domainOf({ answers: undefined })));
  expect(without).toEqual([['hut', ['Book', 'Leave', 'Close']]]);
});
