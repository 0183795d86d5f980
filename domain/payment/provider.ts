import type { CommandOf } from '../../core/decider.ts';
import type { payment } from './decider.ts';

/**
 * Who moves the money. Each wish may reach it more than once, and counts once for each payment. It answers by the commands
 * ReceivePayment and DeclinePayment, whenever it likes.
 */
export interface PaymentProvider {
  charge(paymentId: string, amountCents: number): Promise<void>;
  /** Gives back what came in, and takes nothing that has not come in yet. */
  refund(paymentId: string): Promise<void>;
}

/** What a provider that is told what to do may be told. */
export type Behaviour = 'accept' | 'decline' | 'answer late' | 'answer twice' | 'never answer';

export interface ProviderAnswer {
  /** Seconds after the request. */
  readonly afterSeconds: number;
  readonly command: CommandOf<typeof payment>;
}

/** What such a provider says to a request: nothing, or one answer after the other. */
export const answersOf = (behaviour: Behaviour, lateSeconds: number): readonly ProviderAnswer[] => answers[behaviour](lateSeconds);

const receive = { type: 'ReceivePayment', data: {} } as const;
const decline = { type: 'DeclinePayment', data: { reason: 'the card was declined' } } as const;

const answers: Readonly<Record<Behaviour, (lateSeconds: number) => readonly ProviderAnswer[]>> = {
  accept: () => [{ afterSeconds: 0, command: receive }],
  decline: () => [{ afterSeconds: 0, command: decline }],
  'answer late': (lateSeconds) => [{ afterSeconds: lateSeconds, command: receive }],
  'answer twice': () => [0, 1].map((afterSeconds) => ({ afterSeconds, command: receive })),
  'never answer': () => [],
};

/** The provider's own share of declines and silence, the same for the same payment; `chance` is a number from 0 up to 1. */
export const behaviourAt = (chance: number, { declined, silent }: { readonly declined: number; readonly silent: number }): Behaviour => {
  if (chance < declined) return 'decline';
  return chance < declined + silent ? 'never answer' : 'accept';
};
