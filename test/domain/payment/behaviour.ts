import type { LaterCommand } from 'foldstream';
import * as z from 'zod';
import type { payment } from './decider.ts';

export const Behaviour = z.enum(['accept', 'decline', 'never answer']);
export type Behaviour = z.output<typeof Behaviour>;

/** Which share of the payments the provider declines, and which share it never answers. */
export const Shares = z.strictObject({ declined: z.number().min(0).max(1), silent: z.number().min(0).max(1) });
export type Shares = z.output<typeof Shares>;

type ProviderAnswer = Omit<LaterCommand<typeof payment>, 'id'>;

export const answersOf: Readonly<Record<Behaviour, readonly ProviderAnswer[]>> = {
  accept: [{ afterSeconds: 0, command: { type: 'ReceivePayment', data: {} } }],
  decline: [{ afterSeconds: 0, command: { type: 'DeclinePayment', data: { reason: 'the card was declined' } } }],
  'never answer': [],
};

/** The same behaviour for the same payment, so that a test knows it before; `chance` is a number from 0 up to 1. */
export const behaviourAt = (chance: number, { declined, silent }: Shares): Behaviour => {
  if (chance < declined) return 'decline';
  return chance < declined + silent ? 'never answer' : 'accept';
};

/** A number from 0 up to 1, the same for the same text (FNV-1a, then mixed as MurmurHash3 does). */
export const chanceOf = (text: string): number => {
  let hash = 0x811c9dc5;
  for (const character of text) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
};
