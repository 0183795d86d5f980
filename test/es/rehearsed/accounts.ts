import * as z from 'zod';
import { versioned } from '../../../core/log/upcasting.ts';
import { definePublication } from '../../../core/publish/publication.ts';
import { defineProjection } from '../../../core/read/projection.ts';
import { type Domain, defineDomain } from '../../../core/registry/domain.ts';
import { defineSaga } from '../../../core/sagas/saga.ts';
import { defineDecider } from '../../../core/write/decider.ts';

/** What a release does otherwise than the released one. */
export interface Otherwise {
  readonly lift?: (euros: number) => number;
  readonly knowsClosed?: boolean;
  readonly sum?: (sum: number, cents: number) => unknown;
  readonly deciderRevision?: number;
  readonly balanceRevision?: number;
  readonly alsoBefore?: boolean;
  readonly balance?: (cents: number) => number;
  readonly label?: string;
  readonly bankOf?: (bank: string) => string;
  readonly bankTotal?: (cents: number) => number;
  readonly published?: (cents: number) => unknown;
  readonly context?: (bank: string) => unknown;
}

/** A service of accounts, in any release: an aggregate, a projection of one stream and one of many, a publication, a saga. */
export const accounts = (otherwise: Otherwise = {}): Domain => {
  const { lift = (euros) => euros * 100, sum = (before, cents) => before + cents, bankOf = (bank) => bank } = otherwise;
  const { balance = (cents) => cents, bankTotal = (cents) => cents, published = (cents) => cents, context = (bank) => bank } = otherwise;
  const { balanceRevision = 1, deciderRevision = 1, knowsClosed = true, alsoBefore = false, label = '' } = otherwise;
  const events = {
    Opened: z.object({ bank: z.string() }),
    Paid: versioned(z.object({ bank: z.string(), cents: z.int() }), {
      1: { from: z.object({ bank: z.string(), euros: z.number() }), to: ({ bank, euros }) => ({ bank, cents: lift(euros) }) },
    }),
    ...(knowsClosed ? { Closed: z.object({}) } : {}),
  } as { Opened: z.ZodObject<{ bank: z.ZodString }>; Paid: z.ZodObject<{ bank: z.ZodString; cents: z.ZodInt }>; Closed: z.ZodObject };
  const account = defineDecider({
    name: 'account',
    revision: deciderRevision,
    commands: { Open: z.object({}) },
    events,
    initialState: (): { readonly cents: number; readonly isClosed: boolean } => ({ cents: 0, isClosed: false }),
    decide: { Open: () => [] },
    evolve: {
      Opened: (state) => state,
      Paid: (state, { cents }) => ({ ...state, cents: sum(state.cents, cents) as number }),
      Closed: (state) => ({ ...state, isClosed: true }),
    },
  });
  const balances = defineProjection({
    name: 'balances',
    revision: balanceRevision,
    events,
    document: z.object({ bank: z.string(), cents: z.int(), label: z.string() }),
    indexes: { byBank: { partition: 'bank', sort: 'cents' } },
    initialState: () => ({ bank: '', cents: 0, label }),
    evolve: {
      Opened: (document, { bank }) => ({ ...document, bank }),
      Paid: (document, { cents }) => ({ ...document, cents: balance(document.cents + cents) }),
    },
  });
  const banks = defineProjection({
    name: 'banks',
    revision: 1,
    events,
    document: z.object({ cents: z.int().max(1_000_000), payments: z.int() }),
    key: ({ data }) => ('bank' in data ? bankOf(String(data.bank)) : undefined),
    initialState: () => ({ cents: 0, payments: 0 }),
    evolve: { Paid: ({ cents, payments }, paid) => ({ cents: cents + bankTotal(paid.cents), payments: payments + 1 }) },
  });
  const payments = definePublication({
    name: 'payments',
    events,
    publishes: { 'Paid.v1': z.object({ cents: z.int() }) },
    map: { Paid: ({ cents }) => ({ type: 'Paid.v1' as const, data: { cents: published(cents) as number } }) },
  });
  const greeting = defineSaga({
    name: 'greeting',
    context: z.object({ bank: z.string() }),
    startsOn: { of: account, event: 'Opened', context: ({ bank }) => ({ bank: context(bank) as string }) },
    steps: { Greet: { to: account, send: ({ bank }) => ({ id: bank, type: 'Open', data: {} }) } },
    onAbort: { to: account, send: ({ bank }) => ({ id: bank, type: 'Open', data: {} }) },
  });
  return defineDomain({
    deciders: [account],
    projections: [balances, ...(alsoBefore ? [{ ...balances, revision: balanceRevision - 1 }] : []), banks],
    publications: [payments],
    sagas: [greeting],
  });
};
