import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { answersOf, behaviourAt, chanceOf } from './behaviour.ts';
import { paymentProviderSimulator as provider } from './simulator.ts';

type Books = ReturnType<typeof provider.initialState>;
interface Account {
  readonly takenCents: number;
  readonly returnedCents: number;
  readonly heldCents: number;
}

const told = (books: Books, ...requests: readonly (readonly [what: string, body?: object])[]) =>
  requests.reduce(
    ({ state, said }, [what, body = {}]) => {
      const { state: next, ...taken } = provider.take(state, { what, body });
      return { state: next, said: [...said, taken] };
    },
    { state: books, said: [] as Omit<ReturnType<typeof provider.take>, 'state'>[] },
  );
const accountOf = (books: Books, id = '42') => provider.tell(books, `/payments/${id}`).body as Account;
const charge = ['POST /payments/42/charge', { amountCents: 700 }] as const;
const refund = ['POST /payments/42/refund'] as const;
const be = (behaviour: string) => ['PUT /payments/42/behaviour', { behaviour }] as const;

describe('the simulator of the payment provider', () => {
  test('accepts by default', () => {
    const { state, said } = told(provider.initialState(), charge);
    expect(said).toEqual([{ status: 200, body: expect.anything(), sends: [{ id: '42', ...answersOf.accept[0] }] }]);
    expect(accountOf(state)).toMatchObject({ takenCents: 700, heldCents: 700 });
  });

  test('has an account for each tenant, and answers the tenant of the charge', () => {
    const at = (tenant: string, amountCents: number) => [`POST /tenants/${tenant}/payments/42/charge`, { amountCents }] as const;
    const { state, said } = told(provider.initialState(), charge, at('acme', 5), at('bolt', 6), ['POST /tenants/bolt/payments/42/refund']);
    expect(said.map(({ status, sends = [] }) => [status, ...sends.map(({ id, tenant }) => [id, tenant])])).toEqual([
      [200, ['42', undefined]],
      [200, ['42', 'acme']],
      [200, ['42', 'bolt']],
      [200],
    ]);
    const held = (path: string) => (provider.tell(state, path).body as Account).heldCents;
    expect(['', '/tenants/acme', '/tenants/bolt'].map((whose) => held(`${whose}/payments/42`))).toEqual([700, 5, 0]);
    expect(provider.tell(state, '/tenants/other/payments/42').status).toBe(404);
  });

  test.each(['accept', 'decline', 'answer late', 'answer twice', 'never answer'] as const)('told to %s, it does', (behaviour) => {
    const { state, said } = told(provider.initialState(), be(behaviour), charge);
    expect(said[1]?.sends).toEqual(answersOf[behaviour].map((answer) => ({ id: '42', ...answer })));
    expect(accountOf(state).heldCents).toBe(behaviour === 'decline' ? 0 : 700);
    expect(accountOf(told(state, refund).state)).toMatchObject({ heldCents: 0 });
  });

  test('takes a behaviour for all payments, or shares, which select the same payments each time', () => {
    const ids = Array.from({ length: 200 }, (_, index) => `order${index}`);
    const charges = ids.map((id) => [`POST /payments/${id}/charge`, { amountCents: 1 }] as const);
    const behavioursOf = (...wishes: readonly object[]) => {
      const books = told(provider.initialState(), ...wishes.map((wish) => ['PUT /behaviour', wish] as const), ...charges).state;
      return ids.map((id) => (accountOf(books, id) as Account & { readonly behaviour: string }).behaviour);
    };
    const shares = { declined: 0.1, silent: 0.02 };
    expect(behavioursOf({ behaviour: 'answer late' })).toEqual(ids.map(() => 'answer late'));
    expect(behavioursOf({ behaviour: 'answer late' }, shares)).toEqual(ids.map((id) => behaviourAt(chanceOf(id), shares)));
  });

  test('declines a charge that arrives after its refund, and keeps no money', () => {
    const { state, said } = told(provider.initialState(), refund, charge);
    expect(said[1]?.sends).toMatchObject([{ command: { type: 'DeclinePayment' } }]);
    expect(accountOf(state)).toMatchObject({ takenCents: 0, heldCents: 0 });
  });

  test('takes a payment once, and not for another amount', () => {
    const { said } = told(provider.initialState(), charge, charge, [charge[0], { amountCents: 701 }]);
    expect(said.map(({ status, sends = [] }) => [status, sends.length])).toEqual([
      [200, 1],
      [200, 0],
      [409, 0],
    ]);
  });

  test('shows the sum over all payments', () => {
    const { state } = told(provider.initialState(), charge, ['POST /payments/7/charge', { amountCents: 5 }], refund);
    expect(provider.tell(state, '/').body).toMatchObject({ payments: 2, takenCents: 705, returnedCents: 700, heldCents: 5 });
    expect(provider.tell(state, '/payments/8').status).toBe(404);
    expect(provider.tell(state, '/payments/constructor').status).toBe(404);
  });

  test.each<readonly [string, object]>([
    ['PUT /behaviour', { behaviour: 'explode' }],
    ['PUT /behaviour', { declined: 2, silent: 0 }],
    ['PUT /behaviour', { declined: 0.1, silent: 0, declines: 1 }],
    ['PUT /payments/42/behaviour', { declined: 0.1, silent: 0 }],
    ['POST /payments/42/charge', { amountCents: -1 }],
    ['POST /payments/42/charge', {}],
  ])('%s %j is no request', (what, body) =>
    expect(() => provider.take(provider.initialState(), { what, body })).toThrow(expect.objectContaining({ name: 'ZodError' })),
  );

  test.each(['POST /payments/42', 'POST /payments/42/steal', 'PUT /payments/42/charge', 'DELETE /'])('%s is not known', (what) =>
    expect(provider.take(provider.initialState(), { what, body: {} }).status).toBe(404),
  );
});

test('law: it takes at most the charge, returns at most what it took, and holds no money after a refund', () => {
  const request = fc.constantFrom(charge, refund, be('decline'), be('never answer'), be('answer late'));
  fc.assert(
    fc.property(fc.array(request, { maxLength: 10 }), (requests) => {
      const { takenCents, returnedCents, heldCents } = accountOf(told(provider.initialState(), charge, ...requests).state);
      expect([0, 700]).toContain(takenCents);
      expect(heldCents).toBe(takenCents - returnedCents);
      expect(heldCents).toBe(requests.includes(refund) ? 0 : takenCents);
    }),
  );
});
