import type { LaterCommand } from 'foldstream';
import * as z from 'zod';
import type { payment } from './decider.ts';

/** The behaviours that a request can set. */
export const Behaviour = z.enum(['accept', 'decline', 'answer late', 'answer twice', 'never answer']);
export type Behaviour = z.output<typeof Behaviour>;

/** The shares of payments, from 0 to 1, that the provider declines and does not answer if no behaviour is set. */
export const Shares = z.strictObject({ declined: z.number().min(0).max(1), silent: z.number().min(0).max(1) });
export type Shares = z.output<typeof Shares>;

/** An answer of the provider to a charge, `afterSeconds` after it. */
export type ProviderAnswer = Omit<LaterCommand<typeof payment>, 'id'>;

const receive = { type: 'ReceivePayment', data: {} } as const;
const decline = { type: 'DeclinePayment', data: { reason: 'the card was declined' } } as const;

/** Longer than the saga waits for a payment. */
export const lateSeconds = 20 * 60;

export const answersOf: Readonly<Record<Behaviour, readonly ProviderAnswer[]>> = {
  accept: [{ afterSeconds: 0, command: receive }],
  decline: [{ afterSeconds: 0, command: decline }],
  'answer late': [{ afterSeconds: lateSeconds, command: receive }],
  'answer twice': [0, 1].map((afterSeconds) => ({ afterSeconds, command: receive })),
  'never answer': [],
};

/** The behaviour for a payment, according to the shares. `chance` is a number from 0 to less than 1. */
export const behaviourAt = (chance: number, { declined, silent }: Shares): Behaviour => {
  if (chance < declined) return 'decline';
  return chance < declined + silent ? 'never answer' : 'accept';
};

/** A number from 0 to less than 1, pseudorandom but the same for the same text (FNV-1a, then mixed as MurmurHash3 does). */
export const chanceOf = (text: string): number => {
  let hash = 0x811c9dc5;
  for (const character of text) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
};
