import * as z from 'zod';
import { ensure, Invalid } from '../basics/errors.ts';
import { type Address, address } from '../basics/stream.ts';
import { defineDecider } from '../write/decider.ts';

// What operators do is recorded in the log itself, in an aggregate of the framework. `system` is a reserved name, so no domain has an
// aggregate of that name, and no route leads to it. The stored form never changes: acts.test.ts pins it.

/** The most characters of each text. */
export const longest = { target: 512, why: 500, result: 1000, who: 256 } as const;

const text = (most: number) =>
  z
    .string()
    .min(1)
    .max(most)
    .refine((given) => given.isWellFormed(), 'has half of a surrogate pair');

/** The id of an act, which the caller makes up. */
const id = z.string().regex(/^[A-Za-z0-9-]{8,64}$/);

const begun = z.object({
  id,
  /** `redrive`, `flip`, `retry`, `repair`. Not a fixed list: a function of an older release records the acts of a newer command line. */
  act: z.string().regex(/^[a-z][a-z-]{0,31}$/),
  /** What the act is about, in the words of the command line: `order-summary order-42`. */
  target: text(longest.target),
  why: text(longest.why).optional(),
});

const ended = z.object({
  id,
  /** `nothing`: there was nothing to do. `failed`: it was not done, or only in part. */
  outcome: z.enum(['done', 'nothing', 'failed']),
  result: text(longest.result),
});

/** The acts of operators in one month. Its state is the ids of the acts that have begun and not ended. */
export const acts = defineDecider({
  name: 'system',
  commands: { BeginAct: begun, EndAct: ended },
  events: { ActBegun: begun, ActEnded: ended },
  initialState: (): { readonly open: readonly string[] } => ({ open: [] }),
  decide: {
    BeginAct: (act, { open }) => (open.includes(act.id) ? [] : [{ type: 'ActBegun', data: act }]),
    EndAct: (end, { open }) => {
      ensure(open.includes(end.id), 'UnknownAct');
      return [{ type: 'ActEnded', data: end }];
    },
  },
  evolve: {
    ActBegun: ({ open }, act) => ({ open: [...open, act.id] }),
    ActEnded: ({ open }, end) => ({ open: open.filter((one) => one !== end.id) }),
  },
});

export type ActBegun = z.output<typeof begun>;
export type ActEnded = z.output<typeof ended>;

/** `2026-11`: the id of a month's stream. A stream for each month keeps streams short, and a list of acts needs no index. */
export const monthOf = (at: Date): string => at.toISOString().slice(0, 7);

/** The stream of a month. It belongs to no tenant: operators look after all of them. */
export const actsOf = (month: string): Address => address(acts.name, month);

/** The month of the first release that records acts. */
export const firstMonth = '2026-11';

export const dayMilliseconds = 24 * 60 * 60 * 1000;

/**
 * Checks the month in which an act begins. The caller names it, so that a repeated call goes to the same stream, also at the turn of a
 * month. A month that the clock does not confirm would hide the act from the list. @throws Invalid (`InvalidRequest`).
 */
export const demandMonth = (month: string, now: Date): void => {
  const [dayBefore, dayAfter] = [new Date(now.getTime() - dayMilliseconds), new Date(now.getTime() + dayMilliseconds)];
  if (![dayBefore, dayAfter].map(monthOf).includes(month))
    throw new Invalid('InvalidRequest', `it is ${monthOf(now)} and not ${month}: set the clock of the machine that sends the act`);
};
