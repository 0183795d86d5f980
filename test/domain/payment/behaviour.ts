import type { LaterCommand } from 'foldstream';
import * as z from 'zod';
import type { payment } from './decider.ts';

/** What a provider that is told what to do may be told. */
export const Behaviour = z.enum(['accept', 'decline', 'answer late', 'answer twice', 'never answer']);
export type Behaviour = z.output<typeof Behaviour>;

/** Of a provider that is left to itself: how many in one of its payments it declines, and to how many it says nothing. */
export const Shares = z.strictObject({ declined: z.number().min(0).max(1), silent: z.number().min(0).max(1) });
export type Shares = z.output<typeof Shares>;

/** What such a provider says to a charge, and so many seconds after it: nothing, or one answer after the other. */
export type ProviderAnswer = Omit<LaterCommand<typeof payment>, 'id'>;

const receive = { type: 'ReceivePayment', data: {} } as const;
const decline = { type: 'DeclinePayment', data: { reason: 'the card was declined' } } as const;

/** Nobody waits so long for a payment. */
export const lateSeconds = 20 * 60;

export const answersOf: Readonly<Record<Behaviour, readonly ProviderAnswer[]>> = {
  accept: [{ afterSeconds: 0, command: receive }],
  decline: [{ afterSeconds: 0, command: decline }],
  'answer late': [{ afterSeconds: lateSeconds, command: receive }],
  'answer twice': [0, 1].map((afterSeconds) => ({ afterSeconds, command: receive })),
  'never answer': [],
};

/** What it does to a payment, the same for the same payment; `chance` is a number from 0 up to 1. */
export const behaviourAt = (chance: number, { declined, silent }: Shares): Behaviour => {
  if (chance < declined) return 'decline';
  return chance < declined + silent ? 'never answer' : 'accept';
};

/** A number from 0 up to 1, the same for the same text and otherwise as good as drawn (FNV-1a, then mixed as MurmurHash3 does). */
export const chanceOf = (text: string): number => {
  let hash = 0x811c9dc5;
  for (const character of text) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
};
