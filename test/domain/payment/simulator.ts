import { defineSimulator, ofTenant, rowOf, type Said, type SimulatorRequest, type Taken } from 'foldstream';
import * as z from 'zod';
import { answersOf, Behaviour, behaviourAt, chanceOf, Shares } from './behaviour.ts';
import { payment } from './decider.ts';
import { paymentProvider } from './provider.ts';

/** `/payments/42/charge`, and of a tenant `/tenants/acme/payments/42/charge`. */
const placeIn = (path: string) => {
  const [, tenant, id = '', verb] = /^(?:\/tenants\/([^/]+))?\/payments\/([^/]+)(?:\/(\w+))?$/.exec(path) ?? [];
  return { payment: { tenant, id, account: ofTenant(tenant, id) }, verb };
};
type Payment = ReturnType<typeof placeIn>['payment'];

/** The money of one payment. After a refund no money comes in. */
interface Account {
  readonly amountCents?: number;
  readonly takenCents: number;
  readonly returnedCents: number;
  readonly isReturned: boolean;
}
interface Books {
  readonly shares: Shares;
  readonly always: Behaviour | undefined;
  readonly accounts: Readonly<Record<string, Account>>;
}
type Answered = Taken<Books, typeof payment>;

const charge = (books: Books, { tenant, id, account: name }: Payment, body: unknown): Answered => {
  const { amountCents } = z.object({ amountCents: z.int().nonnegative() }).parse(body);
  const account = accountOf(books, name);
  if (account.amountCents !== undefined)
    return account.amountCents === amountCents ? took(books, name, account) : turnedDown(books, 409, 'it was charged another amount');
  const behaviour = books.always ?? behaviourAt(chanceOf(name), books.shares);
  // A provider that never answers takes the money all the same: that is the worst case for its caller.
  const takenCents = behaviour === 'decline' || account.isReturned ? 0 : amountCents;
  const sends = answersOf[account.isReturned ? 'decline' : behaviour].map((answer) => ({
    ...answer,
    id,
    ...(tenant === undefined ? {} : { tenant }),
  }));
  return { ...took(books, name, { ...account, amountCents, takenCents }), sends };
};

const refund = (books: Books, id: string): Answered => {
  const account = accountOf(books, id);
  return took(books, id, { ...account, isReturned: true, returnedCents: account.takenCents });
};

const took = (books: Books, id: string, account: Account): Answered => ({
  state: { ...books, accounts: { ...books.accounts, [id]: account } },
  status: 200,
  body: shown(account),
});
const turnedDown = (state: Books, status: number, error: string): Answered => ({ state, status, body: { error } });

const accountOf = ({ accounts }: Books, id: string): Account =>
  rowOf<Account>(accounts, id) ?? { takenCents: 0, returnedCents: 0, isReturned: false };

const shown = ({ amountCents, takenCents, returnedCents }: Account) => ({
  ...{ amountCents, takenCents, returnedCents },
  heldCents: takenCents - returnedCents,
});

const take = (books: Books, { what, body }: SimulatorRequest): Answered => {
  const [method = '', path = ''] = what.split(' ');
  const { payment, verb } = placeIn(path);
  if (`${method} ${verb}` === 'POST charge') return charge(books, payment, body);
  if (`${method} ${verb}` === 'POST refund') return refund(books, payment.account);
  if (what !== 'PUT /behaviour') return turnedDown(books, 404, `the payment provider does not serve ${what}`);
  const told = z.union([z.strictObject({ behaviour: Behaviour }), Shares]).parse(body);
  const state = 'behaviour' in told ? { ...books, always: told.behaviour } : { ...books, always: undefined, shares: told };
  return { state, status: 200, body: {} };
};

const tell = (books: Books, path: string): Said => {
  const { payment, verb } = placeIn(path);
  if (verb === undefined && Object.hasOwn(books.accounts, payment.account))
    return { status: 200, body: shown(accountOf(books, payment.account)) };
  if (path !== '/') return { status: 404, body: { error: `the payment provider has nothing at ${path}` } };
  const all = Object.values(books.accounts);
  const sum = (cents: (account: Account) => number) => all.reduce((total, account) => total + cents(account), 0);
  const [takenCents, returnedCents] = [sum((one) => one.takenCents), sum((one) => one.returnedCents)];
  return { status: 200, body: { payments: all.length, takenCents, returnedCents, heldCents: takenCents - returnedCents } };
};

/** A payment provider that accepts every payment until a test tells it otherwise. */
export const paymentProviderSimulator = defineSimulator({
  name: paymentProvider.name,
  answers: payment,
  initialState: (): Books => ({ shares: { declined: 0, silent: 0 }, always: undefined, accounts: {} }),
  take,
  tell,
  hint: (url) => `curl -X PUT ${url}/behaviour -d '{"declined":0.1,"silent":0.02}'`,
});
