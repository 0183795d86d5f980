import { expect, test } from '@jest/globals';
import type { AnyProjection, EventOf } from 'foldstream';
import type { fine } from './decider.ts';
import { monthTotals, officerTotals, vehicleClassTotals } from './totals.ts';

type Event = EventOf<typeof fine>;

const created = (on: string, officer: string, vehicleClass: string, amountCents: number): Event => ({
  type: 'FineCreated',
  data: { on, amountCents, officer, vehicleClass, article: 157, points: 0 },
});
const metadata = {
  recordedAt: '2006-05-01T00:00:00.000Z',
  version: 1,
  eventId: 'fine-1@1',
  stream: 'fine-1',
  correlationId: '',
  causationId: '',
};

/** The documents, by key, after these events in this order. */
const documentsOf = (projection: AnyProjection, events: readonly Event[]): Readonly<Record<string, unknown>> => {
  const documents: Record<string, unknown> = {};
  for (const event of events) {
    const key = projection.evolve[event.type] && projection.key?.({ ...event, metadata } as never);
    if (key !== undefined)
      documents[key] = projection.evolve[event.type]?.(documents[key] ?? projection.initialState(), event.data, metadata as never);
  }
  return documents;
};

const happened: readonly Event[] = [
  created('2006-05-01', '541', 'A', 3500),
  created('2006-05-31', '561', 'A', 2000),
  created('2006-06-01', '541', 'C', 1000),
  { type: 'PaymentReceived', data: { on: '2006-06-02', amountCents: 3500 } },
  { type: 'AppealLodged', data: { on: '2006-06-03' } },
];
const expected: readonly (readonly [AnyProjection, object])[] = [
  [
    monthTotals,
    {
      '2006-05': { year: '2006', month: '2006-05', finedCents: 5500, paidCents: 0, events: { FineCreated: 2 } },
      '2006-06': {
        ...{ year: '2006', month: '2006-06', finedCents: 1000, paidCents: 3500 },
        events: { FineCreated: 1, PaymentReceived: 1, AppealLodged: 1 },
      },
    },
  ],
  [officerTotals, { '541': { fines: 2, finedCents: 4500 }, '561': { fines: 1, finedCents: 2000 } }],
  [vehicleClassTotals, { A: { fines: 2, finedCents: 5500 }, C: { fines: 1, finedCents: 1000 } }],
];

test.each(expected.map(([projection, documents]) => [projection.name, projection, documents] as const))(
  '%s adds up, in whatever order the events come',
  (_, projection, documents) => {
    expect(documentsOf(projection, happened)).toEqual(documents);
    expect(documentsOf(projection, happened.toReversed())).toEqual(documents);
  },
);

test('every event counts in its month', () => {
  expect(Object.keys(monthTotals.evolve)).toEqual(Object.keys(monthTotals.events));
});
