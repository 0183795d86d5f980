import { describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { tally, tallyTotal } from '../../test/support/tally.ts';
import { defineDomain } from './domain.ts';

describe('the owner of documents and streams', () => {
  const domainWith = (change: object) => defineDomain({ deciders: [tally], projections: [{ ...tallyTotal, ...change }] });
  const text = z.object({ sum: z.int(), by: z.string(), of: z.string().optional(), or: z.string().nullable(), is: z.enum(['a', 'b']) });

  test.each(['by', 'of', 'or', 'is'])('may be in a field of text: %s', (owner) => {
    expect(domainWith({ document: text, owner, ownScope: 'tally:own' }).projections[0]).toMatchObject({ owner });
  });

  test.each<[owner: string, document: z.ZodType, fault: string]>([
    ['who', text, 'which is no field of its document'],
    ['constructor', text, 'which is no field of its document'],
    ['by', z.union([text, z.object({ by: z.string() })]), 'which is no field of its document'],
    ['sum', text, 'which is no text: it must name the actor of a token'],
    ['by', z.object({ by: z.array(z.string()) }), 'which is no text: it must name the actor of a token'],
    ['by', z.object({ by: z.union([z.string(), z.int()]) }), 'which is no text: it must name the actor of a token'],
    ['by', z.object({ by: z.null() }), 'which is no text: it must name the actor of a token'],
  ])('is refused in %s', (owner, document, fault) => {
    expect(() => domainWith({ document, owner, indexes: {} })).toThrow(`domain: tally-total: its owner is '${owner}', ${fault}`);
  });

  test('has a scope only where there is one, and not that of operators', () => {
    expect(() => domainWith({ ownScope: 'a:own' })).toThrow("tally-total: it has the scope 'a:own' for what is one's own, but no owner");
    expect(() => domainWith({ owner: 'trail', ownScope: 'operations:own' })).toThrow("the scopes in 'operations:' are those of operators");
    expect(() => domainWith({ owner: 'trail', ownScope: 'a b' })).toThrow("'a b' cannot be a scope");
    const deciders = [{ ...tally, ownScope: 'a:own' }];
    expect(() => defineDomain({ deciders, projections: [] })).toThrow(
      "tally: it has the scope 'a:own' for what is one's own, but no owner",
    );
  });
});
