/** The workload, the same for every store: an account whose balance reveals each lost or doubled event. Pure, without any store. */
export interface Account {
  readonly balanceCents: number;
  readonly movements: number;
  readonly isClosed: boolean;
}

export interface Entry {
  readonly amountCents: number;
  readonly bookedOn: string;
  readonly reference: string;
  readonly counterparty: string;
  readonly purpose: string;
}

export interface MoneyMoved {
  readonly type: 'MoneyMoved';
  readonly data: Entry;
}
export interface AccountClosed {
  readonly type: 'AccountClosed';
  readonly data: Readonly<Record<string, never>>;
}
export type AccountEvent = MoneyMoved | AccountClosed;

export const opened = (): Account => ({ balanceCents: 0, movements: 0, isClosed: false });

export const evolve = (account: Account, event: AccountEvent): Account =>
  event.type === 'AccountClosed'
    ? { ...account, isClosed: true }
    : { ...account, balanceCents: account.balanceCents + event.data.amountCents, movements: account.movements + 1 };

/** The domain's refusal, for a store that has no error of its own for it. */
export class Refused extends Error {
  override readonly name = 'Refused';
}

/** One event for each entry. @throws Refused, if the account is closed. */
export const move = ({ isClosed }: Account, entries: readonly Entry[]): MoneyMoved[] => {
  if (isClosed) throw new Refused('AccountClosed');
  return entries.map((data) => ({ type: 'MoneyMoved', data }));
};

export const close = ({ isClosed }: Account): AccountClosed[] => (isClosed ? [] : [{ type: 'AccountClosed', data: {} }]);

const words = 'transfer rent invoice refund salary monthly order payment service fee insurance travel account card market book'.split(' ');

/** The nth entry of an endless sequence. Each entry is different, has about 300 bytes as JSON, and is 100 cents. */
export const entry = (n: number): Entry => {
  const dice = scrambled(n);
  return {
    amountCents: 100,
    bookedOn: new Date(Date.UTC(2026, 0, 1) + (n % 365) * 86_400_000).toISOString().slice(0, 10),
    reference: dice(4).toString(16).padStart(8, '0') + dice(5).toString(16).padStart(8, '0'),
    counterparty: `DE${dice(6)}${dice(7)}`.padEnd(22, '0').slice(0, 22),
    purpose: Array.from({ length: 22 }, (_, index) => words[dice(index + 10) % words.length])
      .join(' ')
      .padEnd(160, '.')
      .slice(0, 160),
  };
};

export const entries = (count: number, from = 0): Entry[] => Array.from({ length: count }, (_, index) => entry(from + index));

/** Numbers that look random and are the same in every run. */
const scrambled =
  (seed: number) =>
  (index: number): number => {
    let x = Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(index, 0x85ebca6b);
    x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
    x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
    return (x ^ (x >>> 16)) >>> 0;
  };
