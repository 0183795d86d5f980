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
  'goods that are not on the shelf cannot be reserved': { given: [], when: reserve, then: refused('OutOfStock') },
  'goods on the shelf are reserved': { given: [received], when: reserve, then: [reserved] },
  'reserving twice changes nothing': { given: [received, reserved], when: reserve, then: [] },
  'a reservation is not changed': {
    given: [received, reserved],
    when: { type: 'ReserveStock', data: { ...mine, quantity: 1 } },
    then: refused('ReservedOtherwise'),
  },
  'reserved goods cannot be reserved by another': { given: [received, reserved], when: reserveOne, then: refused('OutOfStock') },
  'released goods can be reserved by another': {
    given: [received, reserved, released],
    when: reserveOne,
    then: [{ type: 'StockReserved', data: { ...yours, quantity: 1 } }],
  },
  'a reservation is released': { given: [received, reserved], when: release, then: [released] },
  'a release before the reservation gives the reservation up': { given: [received], when: release, then: [released] },
  'a reservation that was given up is refused': { given: [received, released], when: reserve, then: refused('ReservationGivenUp') },
  'giving up twice changes nothing': { given: [received, released], when: release, then: [] },
  'reserved goods are dispatched': { given: [received, reserved], when: dispatch, then: [dispatched] },
  'goods that are not reserved cannot be dispatched': { given: [received], when: dispatch, then: refused('NotReserved') },
  'dispatched goods cannot be reserved': { given: [received, reserved, dispatched], when: reserveOne, then: refused('OutOfStock') },
  'dispatched goods are returned': { given: [received, reserved, dispatched], when: giveBack, then: [returned] },
  'returned goods can be reserved by another': {
    given: [received, reserved, dispatched, returned],
    when: reserveOne,
    then: [{ type: 'StockReserved', data: { ...yours, quantity: 1 } }],
  },
  'a released reservation cannot be made again': {
    given: [received, reserved, released],
    when: reserve,
    then: refused('ReservationGivenUp'),
  },
  'a return after the release changes nothing': { given: [received, reserved, released], when: giveBack, then: [] },
  'a second release of it changes nothing': { given: [received, reserved, released], when: release, then: [] },
  'returning twice changes nothing': { given: [received, reserved, dispatched, returned], when: giveBack, then: [] },
  'a release after the return changes nothing': { given: [received, reserved, dispatched, returned], when: release, then: [] },
  'a return before the dispatch releases the reservation': { given: [received, reserved], when: giveBack, then: [released] },
  'a released reservation cannot be dispatched': { given: [received, reserved, released], when: dispatch, then: refused('NotReserved') },
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
