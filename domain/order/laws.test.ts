import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type CommandOf, type EventOf, fold } from 'foldstream';
import { answered, commitsOf, foldAll } from 'foldstream/testing';
import { order } from './decider.ts';
import { orderSummary } from './summary.ts';

type Command = CommandOf<typeof order>;
type Event = EventOf<typeof order>;

const name = fc.string({ minLength: 1, maxLength: 8 });
const cents = fc.integer({ min: 0, max: 1_000_000 });
const when = fc.option(
  fc.date({ noInvalidDate: true, min: new Date('2016-01-01'), max: new Date('2030-01-01') }).map((date) => date.toISOString()),
  { nil: undefined },
);
const who = fc.constantFrom(undefined, 'seller' as const, 'marketplace' as const);
const line = fc.record({ productId: name, sellerId: name, priceCents: cents, freightCents: cents });

const command: fc.Arbitrary<Command> = fc.oneof(
  fc.record({
    type: fc.constant('PlaceOrder' as const),
    data: fc.record({ customerId: name, lines: fc.array(line, { minLength: 1, maxLength: 5 }), placedAt: when, fulfilledBy: who }),
  }),
  fc.record({ type: fc.constant('ApproveOrder' as const), data: fc.record({ approvedAt: when }) }),
  fc.record({ type: fc.constant('ShipOrder' as const), data: fc.record({ shippedAt: when }) }),
  fc.record({ type: fc.constant('DeliverOrder' as const), data: fc.record({ deliveredAt: when }) }),
  fc.record({ type: fc.constant('CancelOrder' as const), data: fc.record({ reason: name }) }),
);

/** Long enough that most orders reach a final status, and short enough that some do not. */
const commands = fc.array(command, { maxLength: 20 });

const live = (all: readonly Command[]): readonly Event[] => {
  const history: Event[] = [];
  for (const asked of all) history.push(...answered(order, history, asked));
  return history;
};
const summaryOf = (events: readonly Event[]) =>
  foldAll(orderSummary, commitsOf({ aggregate: 'order', id: '1' }, ...events.map((event) => [event])));

test('law: an order lives no life but those of the marketplace', () => {
  const life = /^(OrderPlaced(,OrderApproved(,OrderShipped(,OrderDelivered)?|,OrderCancelled)?|,OrderCancelled)?)?$/;
  fc.assert(
    fc.property(commands, (all) =>
      expect(
        live(all)
          .map(({ type }) => type)
          .join(),
      ).toMatch(life),
    ),
  );
});

test('law: a command said twice is done once', () => {
  fc.assert(
    fc.property(commands, command, (all, asked) => {
      const before = live(all);
      expect(answered(order, [...before, ...answered(order, before, asked)], asked)).toEqual([]);
    }),
  );
});

test('law: the summary of a stream agrees with the fold of its decider', () => {
  fc.assert(
    fc.property(commands, (all) => {
      const events = live(all);
      const { document, version } = summaryOf(events);
      expect(version).toBe(events.length);
      expect(document?.['status'] ?? 'new').toBe(fold(order, events).status);
      if (document !== null) expect(orderSummary.document.parse(document)).toEqual(document);
    }),
  );
});

test('law: the summary is worth what its lines cost, to the cent', () => {
  fc.assert(
    fc.property(commands, (all) => {
      const events = live(all);
      const { document } = summaryOf(events);
      const costs = events.flatMap((event) =>
        event.type === 'OrderPlaced' ? event.data.lines.map(({ priceCents, freightCents }) => priceCents + freightCents) : [],
      );
      expect(document?.['totalCents'] ?? 0).toBe(costs.reduce((sum, cost) => sum + cost, 0));
      expect(document?.['lines'] ?? 0).toBe(costs.length);
    }),
  );
});
