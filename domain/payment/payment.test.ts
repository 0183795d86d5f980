import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type CommandOf, type EventOf, fold } from 'foldstream';
import { answered, refused, scenarios } from 'foldstream/testing';
import { answersOf, type Behaviour, behaviourAt, chanceOf, lateSeconds } from './behaviour.ts';
import { payment } from './decider.ts';

type Event = EventOf<typeof payment>;
type Command = CommandOf<typeof payment>;

const why = { reason: 'no money' };
const requested: Event = { type: 'PaymentRequested', data: { amountCents: 3400 } };
const received: Event = { type: 'PaymentReceived', data: {} };
const declined: Event = { type: 'PaymentDeclined', data: why };
const withdrawn: Event = { type: 'PaymentWithdrawn', data: {} };
const refunded: Event = { type: 'PaymentRefunded', data: {} };

const request: Command = { type: 'RequestPayment', data: { amountCents: 3400 } };
const receive: Command = { type: 'ReceivePayment', data: {} };
const decline: Command = { type: 'DeclinePayment', data: why };
const refund: Command = { type: 'RefundPayment', data: {} };

scenarios(payment, {
  'a payment is requested': { given: [], when: request, then: [requested] },
  'a payment that was not requested cannot be received': { given: [], when: receive, then: refused('PaymentNotRequested') },
  'a payment that was not requested cannot be declined': { given: [], when: decline, then: refused('PaymentNotRequested') },
  'a refund before the request withdraws the payment': { given: [], when: refund, then: [withdrawn] },

  'requesting twice changes nothing': { given: [requested], when: request, then: [] },
  'a requested payment is received': { given: [requested], when: receive, then: [received] },
  'a requested payment is declined': { given: [requested], when: decline, then: [declined] },
  'a requested payment is withdrawn': { given: [requested], when: refund, then: [withdrawn] },

  'a received payment is not requested again': { given: [requested, received], when: request, then: refused('PaymentClosed') },
  'receiving twice changes nothing': { given: [requested, received], when: receive, then: [] },
  'a received payment is not declined': { given: [requested, received], when: decline, then: refused('PaymentAlreadyReceived') },
  'a received payment is refunded': { given: [requested, received], when: refund, then: [refunded] },

  'declining twice changes nothing': { given: [requested, declined], when: decline, then: [] },
  'a refund of a declined payment changes nothing': { given: [requested, declined], when: refund, then: [] },
  'money for a declined payment is refunded at once': { given: [requested, declined], when: receive, then: [received, refunded] },

  'a withdrawn payment is not requested': { given: [withdrawn], when: request, then: refused('PaymentClosed') },
  'money for a withdrawn payment is refunded at once': { given: [requested, withdrawn], when: receive, then: [received, refunded] },
  'a decline that comes too late changes nothing': { given: [requested, withdrawn], when: decline, then: [] },
  'withdrawing twice changes nothing': { given: [requested, withdrawn], when: refund, then: [] },

  'refunding twice changes nothing': { given: [requested, received, refunded], when: refund, then: [] },
  'a refunded payment is not received again': { given: [requested, received, refunded], when: receive, then: [] },
});

const command: fc.Arbitrary<Command> = fc.constantFrom(request, receive, decline, refund);

test('law: money comes in at most once, goes back at most once and only after that, and is kept exactly while it is received', () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 12 }), (commands) => {
      const history: Event[] = [];
      for (const asked of commands) history.push(...answered(payment, history, asked));
      const types = history.map(({ type }) => type).join();
      expect(types.match(/PaymentReceived/g)?.length ?? 0).toBeLessThanOrEqual(1);
      expect(types.match(/PaymentRefunded/g)?.length ?? 0).toBeLessThanOrEqual(/PaymentReceived.*PaymentRefunded/.test(types) ? 1 : 0);
      const isKept = types.includes('PaymentReceived') && !types.includes('PaymentRefunded');
      expect(fold(payment, history).status === 'received').toBe(isKept);
    }),
  );
});

test('a provider that is told what to do does it', () => {
  const types = (behaviour: Behaviour) => answersOf[behaviour].map(({ afterSeconds, command: { type } }) => [afterSeconds, type]);
  expect(types('accept')).toEqual([[0, 'ReceivePayment']]);
  expect(types('decline')).toEqual([[0, 'DeclinePayment']]);
  expect(types('answer late')).toEqual([[lateSeconds, 'ReceivePayment']]);
  expect(types('answer twice')).toEqual([
    [0, 'ReceivePayment'],
    [1, 'ReceivePayment'],
  ]);
  expect(types('never answer')).toEqual([]);
});

test('a provider left to itself declines and is silent as often as it should', () => {
  const share = { declined: 0.1, silent: 0.02 };
  const told = Array.from({ length: 100 }, (_, index) => behaviourAt((index + 0.5) / 100, share));
  expect(told.filter((one) => one === 'decline')).toHaveLength(10);
  expect(told.filter((one) => one === 'never answer')).toHaveLength(2);
  expect(told.filter((one) => one === 'accept')).toHaveLength(88);
});

test('chance is the same for the same payment, and even over many', () => {
  expect(chanceOf('42')).toBe(chanceOf('42'));
  const chances = Array.from({ length: 10_000 }, (_, index) => chanceOf(`order${index}`));
  for (let tenth = 0; tenth < 10; tenth++) {
    const share = chances.filter((chance) => chance >= tenth / 10 && chance < (tenth + 1) / 10).length / chances.length;
    expect(Math.abs(share - 0.1)).toBeLessThan(0.015);
  }
});
