import { commandTo, defineCalls, defineDecider, defineDomain, ensure } from 'foldstream';
import * as z from 'zod';

// A service that has parcels fetched by a courier. The courier asks for a key, bears two calls at once, and answers at once.

const events = {
  ParcelPacked: z.object({ grams: z.int() }),
  PickupBooked: z.object({ tracking: z.string() }),
  PickupDeclined: z.object({ reason: z.string() }),
  ParcelLost: z.object({}),
};

type Parcel = { readonly bookings: number; readonly isLost: boolean };

export const parcel = defineDecider({
  name: 'parcel',
  commands: {
    PackParcel: events.ParcelPacked,
    BookPickup: events.PickupBooked,
    DeclinePickup: events.PickupDeclined,
    LoseParcel: z.object({}),
    FindParcel: z.object({}),
  },
  events: { ...events, ParcelFound: z.object({}) },
  internal: ['BookPickup', 'DeclinePickup'],
  initialState: (): Parcel => ({ bookings: 0, isLost: false }),
  decide: {
    PackParcel: (data) => [{ type: 'ParcelPacked', data }],
    // It counts each booking, so that a doubled one shows.
    BookPickup: (data, { isLost }) => {
      ensure(!isLost, 'ParcelIsLost');
      return [{ type: 'PickupBooked', data }];
    },
    DeclinePickup: (data) => [{ type: 'PickupDeclined', data }],
    LoseParcel: () => [{ type: 'ParcelLost', data: {} }],
    FindParcel: () => [{ type: 'ParcelFound', data: {} }],
  },
  evolve: {
    ParcelPacked: (state) => state,
    PickupBooked: (state) => ({ ...state, bookings: state.bookings + 1 }),
    PickupDeclined: (state) => state,
    ParcelLost: (state) => ({ ...state, isLost: true }),
    ParcelFound: (state) => ({ ...state, isLost: false }),
  },
});

export const courier = defineCalls({
  name: 'courier',
  of: parcel,
  to: [parcel],
  credentials: { header: 'x-api-key' },
  limits: { concurrency: 2, ratePerSecond: 50 },
  on: { ParcelPacked: ({ grams }, { id }) => ({ path: `/pickups/${id}`, body: { grams } }) },
  answers: { 201: z.object({ tracking: z.string().min(1) }), 422: z.object({ reason: z.string() }) },
  answered: {
    201: ({ tracking }, { metadata }) => commandTo(parcel, { id: metadata.id, type: 'BookPickup', data: { tracking } }),
    422: ({ reason }, { metadata }) =>
      reason === 'gone' ? null : commandTo(parcel, { id: metadata.id, type: 'DeclinePickup', data: { reason } }),
  },
});

export const domain = defineDomain({ deciders: [parcel], projections: [], calls: [courier] });
