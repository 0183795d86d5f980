import { expect } from '@jest/globals';
import { operatorScope, scopesOf } from '../../core/registry/access.ts';
import { domain } from '../domain/index.ts';
import { type Answer, type AttackedSystem, openAttackedSystem, tokenOf, until } from './attacked-system.ts';

/** A running service with data of the tenant acme, and the tokens of those who attack it. */
export interface World {
  readonly system: AttackedSystem;
  /** Of acme, with every scope. */
  readonly alice: string;
  /** Of acme, with some scopes. */
  readonly mallory: string;
  /** Of another tenant, with every scope. */
  readonly eve: string;
  /** An operator of acme. */
  readonly operator: string;
}

/** Stands in the data of acme. No answer to another tenant may have it. */
export const secret = 'a-secret-of-acme';
export const line = { productId: 'tea', sellerId: 'bo', priceCents: 450, freightCents: 120 };
export const placement = { customerId: 'alice', lines: [line] };
export const everything = scopesOf(domain);

export const openWorld = async (): Promise<World> => {
  const system = await openAttackedSystem();
  const of = (subject: string, tenant: string, scopes: readonly string[]) =>
    tokenOf(system.issuer, { subject, scopes, claims: { tenant } });
  const alice = await of('alice', 'acme', everything);
  const ordinary = ['order:write', 'order:read', 'order-summary:read', 'stock:write'];
  const registration = { name: secret, email: `${secret}@example.org` };
  const order = { ...placement, customerId: secret };
  expect(await system.send('/customer/alice/RegisterCustomer', { token: alice, body: registration })).toMatchObject({ status: 200 });
  for (const id of ['1', '2', '3'])
    expect(await system.send(`/order/${id}/PlaceOrder`, { token: alice, body: order })).toMatchObject({ status: 200 });
  const listed = () => system.send(`/order-summary?customerId=${secret}&limit=1`, { token: alice });
  await until(listed, ({ body }) => body?.items?.length === 1 && body.cursor !== undefined);
  return {
    ...{ system, alice },
    mallory: await of('mallory', 'acme', ordinary),
    eve: await of('eve', 'other', everything),
    operator: await of('oscar', 'acme', [operatorScope]),
  };
};

/** Whatever the request was: the service answers, and shows nothing of acme. */
export const expectHarmless = ({ status, text }: Answer): void => {
  expect(status).toBeLessThan(500);
  expect(text).not.toContain(secret);
};

/** Nothing of acme is parked, and no function has failed: no alarm would ring. */
export const expectSilence = async ({ system, operator }: World): Promise<void> => {
  for (const follower of ['order-summary', 'customer-totals', 'relay'])
    expect((await system.send(`/parked/${follower}`, { token: operator })).body).toMatchObject({ items: [] });
  expect(system.log.filter((one) => / failed: /.test(one))).toEqual([]);
};
