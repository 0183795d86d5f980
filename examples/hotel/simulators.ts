import { type AnySimulator, defineSimulator } from 'foldstream';
import * as z from 'zod';
import { bank, payment } from './payment.ts';

interface Account {
  readonly takenCents: number;
  /** Says how much of the money the hotel keeps. Absent before a refund. */
  readonly keepCents?: number;
}
type Books = Readonly<Record<string, Account>>;
const body = z.object({ amountCents: z.int().optional(), keepCents: z.int().optional() });
const heldCents = ({ takenCents, keepCents = takenCents }: Account): number => Math.min(takenCents, keepCents);

/** The bank on a developer's machine. It takes each charge once, none after its refund, and shows what it holds for the hotel. */
const bankSimulator = defineSimulator({
  name: bank.name,
  answers: payment,
  initialState: (): Books => ({}),
  take: (books, request) => {
    const [, id = '', verb] = /^POST \/payments\/([^/]+)\/(charge|refund)$/.exec(request.what) ?? [];
    if (verb === undefined) return { state: books, status: 404, body: {} };
    const { amountCents = 0, keepCents = 0 } = body.parse(request.body);
    const account = books[id];
    const next: Account =
      verb === 'charge' ? (account ?? { takenCents: amountCents }) : { takenCents: account?.takenCents ?? 0, keepCents };
    return { state: { ...books, [id]: next }, status: 200, body: {} };
  },
  tell: (books) => ({
    status: 200,
    body: { heldCents: Object.fromEntries(Object.entries(books).map(([id, one]) => [id, heldCents(one)])) },
  }),
  hint: (url) => `curl ${url}/`,
});

export const simulators: readonly AnySimulator[] = [bankSimulator];
