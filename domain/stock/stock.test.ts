import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type CommandOf, type EventOf, fold } from 'foldstream';
import { answered, refused, scenarios } from 'foldstream/testing';
import { stock } from './decider.ts';

type Event = EventOf<typeof stock>;
type Command = CommandOf<typeof stock>;

const two = { quantity: 2 };
const mine = { reservation: '42/0' };
const yours = { reservation: '43/0' };
const ofTwo = { ...mine, ...two };

const received: Event = { type: 'StockReceived', data: two };
const reserved: Event = { type: 'StockReserved', data: ofTwo };
const released: Event = { type: 'StockReleased', data: mine };
const dispatched: Event = { type: 'StockDispatched', data: mine };
const returned: Event = { type: 'StockReturned', data: ofTwo };

const receive: Command = { type: 'ReceiveStock', data: two };
const reserve: Command = { type: 'ReserveStock', data: ofTwo };
const release: Command = { type: 'ReleaseStock', data: mine };
const dispatch: Command = { type: 'DispatchStock', data: mine };
const giveBack: Command = { type: 'ReturnStock', data: ofTwo };
const reserveOne: Command = { type: 'ReserveStock', data: { ...yours, quantity: 1 } };

scenarios(stock, {
  'goods come in': { given: [], when: receive, then: [received] },
  'what is not there is not reserved': { given: [], when: reserve, then: refused('OutOfStock') },
  'what is there is reserved': { given: [received], when: reserve, then: [reserved] },
  'reserving twice changes nothing': { given: [received, reserved], when: reserve, then: [] },
  'a reservation is not changed': {
    given: [received, reserved],
    when: { type: 'ReserveStock', data: { ...mine, quantity: 1 } },
    then: refused('ReservedOtherwise'),
  },
  'what is reserved is not reserved for another': { given: [received, reserved], when: reserveOne, then: refused('OutOfStock') },
  'what was released can be reserved by another': {
    given: [received, reserved, released],
    when: reserveOne,
    then: [{ type: 'StockReserved', data: { ...yours, quantity: 1 } }],
  },
  'a reservation is released': { given: [received, reserved], when: release, then: [released] },
  'what is given up before it was reserved is never reserved': { given: [received], when: release, then: [released] },
  'nor is it when it comes late': { given: [received, released], when: reserve, then: refused('ReservationGivenUp') },
  'giving up twice changes nothing': { given: [received, released], when: release, then: [] },
  'what is reserved is dispatched': { given: [received, reserved], when: dispatch, then: [dispatched] },
  'what was not reserved is not dispatched': { given: [received], when: dispatch, then: refused('NotReserved') },
  'what was dispatched is no longer there': { given: [received, reserved, dispatched], when: reserveOne, then: refused('OutOfStock') },
  'what was dispatched comes back': { given: [received, reserved, dispatched], when: giveBack, then: [returned] },
  'and is there for another': {
    given: [received, reserved, dispatched, returned],
    when: reserveOne,
    then: [{ type: 'StockReserved', data: { ...yours, quantity: 1 } }],
  },
  'what was released is never reserved again: who asks comes late': {
    given: [received, reserved, released],
    when: reserve,
    then: refused('ReservationGivenUp'),
  },
  'nor does it come back': { given: [received, reserved, released], when: giveBack, then: [] },
  'and is released once': { given: [received, reserved, released], when: release, then: [] },
  'it comes back once': { given: [received, reserved, dispatched, returned], when: giveBack, then: [] },
  'and has not to be released': { given: [received, reserved, dispatched, returned], when: release, then: [] },
  'what was not dispatched is released instead': { given: [received, reserved], when: giveBack, then: [released] },
  'and cannot be dispatched any more': { given: [received, reserved, released], when: dispatch, then: refused('NotReserved') },
});

/** A reservation may be called whatever an object has anyway. */
const odd: readonly Command[] = ['constructor', 'toString', '__proto__'].flatMap((reservation): Command[] => [
  { type: 'ReserveStock', data: { reservation, quantity: 2 } },
  { type: 'ReleaseStock', data: { reservation } },
  { type: 'DispatchStock', data: { reservation } },
]);
const command: fc.Arbitrary<Command> = fc.constantFrom(receive, reserve, release, dispatch, giveBack, reserveOne, ...odd);

test('law: more is never reserved than there is, and what came in is on the shelf or on its way', () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 30 }), (commands) => {
      const history: Event[] = [];
      for (const asked of commands) if (isPossible(history, asked)) history.push(...answered(stock, history, asked));
      const { quantity, reserved: reservations } = fold(stock, history);
      const sum = (type: Event['type'], each: number) => history.filter((event) => event.type === type).length * each;
      expect(Object.values(reservations).reduce((all, one) => all + one, 0)).toBeLessThanOrEqual(quantity);
      expect(quantity).toBe(sum('StockReceived', 2) - sum('StockDispatched', 2) + sum('StockReturned', 2));
    }),
  );
});

/** Goods come back only after they were dispatched. */
const isPossible = (history: readonly Event[], { type }: Command): boolean => {
  const count = (event: Event['type']) => history.filter((one) => one.type === event).length;
  return type !== 'ReturnStock' || count('StockDispatched') > count('StockReturned');
};
