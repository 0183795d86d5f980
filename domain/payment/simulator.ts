import { defineSimulator, ofTenant, rowOf, type Said, type SimulatorRequest, type Taken } from 'foldstream';
import * as z from 'zod';
import { answersOf, Behaviour, behaviourAt, chanceOf, Shares } from './behaviour.ts';
import { payment } from './decider.ts';
import { paymentProvider } from './provider.ts';

/** Parses `/payments/42/charge`, or with a tenant `/tenants/acme/payments/42/charge`. */
const placeIn = (path: string) => {
  const [, tenant, id = '', verb] = /^(?:\/tenants\/([^/]+))?\/payments\/([^/]+)(?:\/(\w+))?$/.exec(path) ?? [];
  return { payment: { tenant, id, account: ofTenant(tenant, id) }, verb };
};
type Payment = ReturnType<typeof placeIn>['payment'];

/** The money of one payment. After a refund, a charge takes no money. */
interface Account {
  readonly behaviour?: Behaviour;
  readonly amountCents?: number;
  readonly takenCents: number;
  readonly returnedCents: number;
  readonly isReturned: boolean;
}
interface Books {
  readonly shares: Shares;
  /** The behaviours that requests have set for single payments. */
  readonly told: Readonly<Record<string, Behaviour>>;
  readonly always: Behaviour | undefined;
  readonly accounts: Readonly<Record<string, Account>>;
}
type Answered = Taken<Books, typeof payment>;

const none: Account = { takenCents: 0, returnedCents: 0, isReturned: false };

/** Charges a payment, and fixes its behaviour. Behaviours that are set later apply to later payments. */
const charge = (books: Books, { tenant, id, account: name }: Payment, body: unknown): Answered => {
  const { amountCents } = z.object({ amountCents: z.int().nonnegative() }).parse(body);
  const account = accountOf(books, name);
  if (account.amountCents !== undefined)
    return account.amountCents === amountCents ? took(books, name, account) : turnedDown(books, 409, 'it was charged another amount');
  const behaviour = rowOf(books.told, name) ?? books.always ?? behaviourAt(chanceOf(name), books.shares);
  // A provider that does not answer takes the money all the same, because that is the worst case.
  const takenCents = behaviour === 'decline' || account.isReturned ? 0 : amountCents;
  const sends = answersOf[account.isReturned ? 'decline' : behaviour].map((answer) => ({
    ...answer,
    id,
    ...(tenant === undefined ? {} : { tenant }),
  }));
  return { ...took(books, name, { ...account, behaviour, amountCents, takenCents }), sends };
};

const refund = (books: Books, id: string): Answered => {
  const account = accountOf(books, id);
  return took(books, id, { ...account, isReturned: true, returnedCents: account.takenCents });
};

const took = (books: Books, id: string, account: Account): Answered => ({
  state: { ...books, accounts: { ...books.accounts, [id]: account } },
  status: 200,
  body: shown(id, account),
});
const turnedDown = (state: Books, status: number, error: string): Answered => ({ state, status, body: { error } });

const told = (state: Books): Answered => ({ state, status: 200, body: { shares: state.shares, always: state.always } });

const accountOf = ({ accounts }: Books, id: string): Account => rowOf<Account>(accounts, id) ?? none;

const shown = (id: string, { amountCents, behaviour, takenCents, returnedCents }: Account) => ({
  id,
  ...{ behaviour, amountCents, takenCents, returnedCents },
  heldCents: takenCents - returnedCents,
});

const Told = z.union([z.strictObject({ behaviour: Behaviour }), Shares]);

const take = (books: Books, { what, body }: SimulatorRequest): Answered => {
  const [method = '', path = ''] = what.split(' ');
  const { payment, verb } = placeIn(path);
  const asked = `${method} ${verb}`;
  if (asked === 'POST charge') return charge(books, payment, body);
  if (asked === 'POST refund') return refund(books, payment.account);
  if (asked === 'PUT behaviour') {
    const { behaviour } = z.strictObject({ behaviour: Behaviour }).parse(body);
    return told({ ...books, told: { ...books.told, [payment.account]: behaviour } });
  }
  if (what !== 'PUT /behaviour') return turnedDown(books, 404, `the payment provider knows no ${verb ?? what}`);
  const wish = Told.parse(body);
  return told('behaviour' in wish ? { ...books, always: wish.behaviour } : { ...books, always: undefined, shares: wish });
};

const tell = (books: Books, path: string): Said => {
  const { payment, verb } = placeIn(path);
  const name = payment.account;
  if (verb === undefined && Object.hasOwn(books.accounts, name)) return { status: 200, body: shown(name, accountOf(books, name)) };
  if (path !== '/') return { status: 404, body: { error: `the payment provider knows nothing of ${path}` } };
  const all = Object.values(books.accounts);
  const sum = (cents: (account: Account) => number) => all.reduce((total, account) => total + cents(account), 0);
  const [takenCents, returnedCents] = [sum((one) => one.takenCents), sum((one) => one.returnedCents)];
  const { always, shares } = books;
  return { status: 200, body: { payments: all.length, takenCents, returnedCents, heldCents: takenCents - returnedCents, always, shares } };
};

/** Simulates the payment provider on this machine. It accepts every charge, unless a request sets another behaviour. */
export const paymentProviderSimulator = defineSimulator({
  name: paymentProvider.name,
  answers: payment,
  initialState: (): Books => ({ shares: { declined: 0, silent: 0 }, told: {}, always: undefined, accounts: {} }),
  take,
  tell,
  hint: (url) => `curl -X PUT ${url}/behaviour -d '{"declined":0.1,"silent":0.02}'`,
});
