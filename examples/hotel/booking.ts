import { defineDecider, defineProjection, ensure } from 'foldstream';
import * as z from 'zod';

export const hour = 3_600_000;
const freeUntilHours = 48;

const stay = z.object({ guestId: z.string(), arrival: z.iso.date(), nights: z.int().min(1).max(30) });
const held = z.object({ roomId: z.string(), totalCents: z.int() });
const fee = z.object({ feeCents: z.int() });
const reason = z.object({ reason: z.string() });
const noData = z.object({});

export const bookingEvents = {
  BookingRequested: stay,
  BookingConfirmed: held,
  BookingRejected: reason,
  BookingWithdrawn: noData, // Before it was confirmed: the saga takes back what it has done.
  BookingCancelled: fee, // After it was confirmed: a reaction does.
  GuestArrived: noData,
  GuestMissed: noData,
};

interface Booking {
  readonly status: 'new' | 'requested' | 'confirmed' | 'rejected' | 'cancelled' | 'arrived' | 'missed';
  readonly guestId: string;
  readonly arrival: string;
  readonly totalCents: number;
  readonly feeCents: number;
}

/** A guest's booking. It costs nothing to cancel it until 48 hours before the arrival; then the fee is the price. */
export const booking = defineDecider({
  name: 'booking',
  commands: {
    RequestBooking: stay,
    CancelBooking: noData,
    CheckIn: noData,
    ConfirmBooking: held,
    RejectBooking: reason,
    MarkMissed: noData,
  },
  events: bookingEvents,
  answers: { CancelBooking: fee },
  allow: {
    RequestBooking: ({ actor }, _, { guestId }) => actor === guestId,
    CancelBooking: ({ actor }, { guestId }) => actor === guestId,
    CheckIn: ({ grants }) => grants.includes('desk'),
  },
  internal: ['ConfirmBooking', 'RejectBooking', 'MarkMissed'],
  owner: ({ guestId }) => (guestId === '' ? undefined : guestId),
  initialState: (): Booking => ({ status: 'new', guestId: '', arrival: '', totalCents: 0, feeCents: 0 }),
  decide: {
    RequestBooking: (stay, { status }, { now }) => {
      ensure(status === 'new', 'AlreadyRequested');
      ensure(stay.arrival > now, 'ArrivalHasPassed');
      return [{ type: 'BookingRequested', data: stay }];
    },
    CancelBooking: (_, { status, arrival, totalCents, feeCents }, { now }) => {
      if (status === 'cancelled') return { events: [], answer: { feeCents } };
      if (status === 'requested') return { events: [{ type: 'BookingWithdrawn', data: {} }], answer: { feeCents: 0 } };
      ensure(status === 'confirmed', 'NothingToCancel');
      const isFree = Date.parse(arrival) - Date.parse(now) >= freeUntilHours * hour;
      const answer = { feeCents: isFree ? 0 : totalCents };
      return { events: [{ type: 'BookingCancelled', data: answer }], answer };
    },
    CheckIn: (_, { status }) => {
      if (status === 'arrived') return [];
      ensure(status === 'confirmed', 'NotConfirmed');
      return [{ type: 'GuestArrived', data: {} }];
    },
    ConfirmBooking: (room, { status }) => {
      if (status === 'confirmed') return [];
      ensure(status === 'requested', 'NotOpen');
      return [{ type: 'BookingConfirmed', data: room }];
    },
    RejectBooking: (why, { status }) => (status === 'requested' ? [{ type: 'BookingRejected', data: why }] : []),
    MarkMissed: (_, { status }) => (status === 'confirmed' ? [{ type: 'GuestMissed', data: {} }] : []),
  },
  evolve: {
    BookingRequested: (booking, { guestId, arrival }) => ({ ...booking, status: 'requested', guestId, arrival }),
    BookingConfirmed: (booking, { totalCents }) => ({ ...booking, status: 'confirmed', totalCents }),
    BookingRejected: (booking) => ({ ...booking, status: 'rejected' }),
    BookingWithdrawn: (booking) => ({ ...booking, status: 'cancelled' }),
    BookingCancelled: (booking, { feeCents }) => ({ ...booking, status: 'cancelled', feeCents }),
    GuestArrived: (booking) => ({ ...booking, status: 'arrived' }),
    GuestMissed: (booking) => ({ ...booking, status: 'missed' }),
  },
});

const document = z.object({ guestId: z.string(), arrival: z.string(), status: z.string(), roomId: z.string().optional() });

/** What a guest sees: its own bookings. */
export const bookings = defineProjection({
  name: 'bookings',
  revision: 1,
  events: bookingEvents,
  document,
  owner: 'guestId',
  indexes: { byGuest: { partition: 'guestId', sort: 'arrival' } },
  initialState: (): z.output<typeof document> => ({ guestId: '', arrival: '', status: 'requested' }),
  evolve: {
    BookingRequested: (one, { guestId, arrival }) => ({ ...one, guestId, arrival }),
    BookingConfirmed: (one, { roomId }) => ({ ...one, roomId, status: 'confirmed' }),
    BookingRejected: (one) => ({ ...one, status: 'rejected' }),
    BookingWithdrawn: (one) => ({ ...one, status: 'cancelled' }),
    BookingCancelled: (one) => ({ ...one, status: 'cancelled' }),
    GuestArrived: (one) => ({ ...one, status: 'arrived' }),
    GuestMissed: (one) => ({ ...one, status: 'missed' }),
  },
});
