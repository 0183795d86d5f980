import { abort, defineDecider, defineDomain, defineSaga, ensure } from 'foldstream';
import * as z from 'zod';

// Bookings, rooms and tills: a small domain whose sagas are interrupted, and are the only ones of their key.

interface Booking {
  readonly status: 'new' | 'requested' | 'confirmed' | 'cancelled' | 'rejected';
}
const noData = z.object({});

export const booking = defineDecider({
  name: 'booking',
  commands: {
    RequestBooking: z.object({ guestId: z.string(), roomId: z.string(), cents: z.int() }),
    ConfirmBooking: noData,
    CancelBooking: z.object({ reason: z.string() }),
    RejectBooking: z.object({ reason: z.string() }),
  },
  events: {
    BookingRequested: z.object({ guestId: z.string(), roomId: z.string(), cents: z.int() }),
    BookingConfirmed: noData,
    BookingCancelled: z.object({ reason: z.string() }),
    BookingRejected: z.object({ reason: z.string() }),
  },
  initialState: (): Booking => ({ status: 'new' }),
  decide: {
    RequestBooking: (data, { status }) => (status === 'new' ? [{ type: 'BookingRequested', data }] : []),
    ConfirmBooking: (_, { status }) => {
      if (status === 'confirmed') return [];
      ensure(status === 'requested', 'BookingIsNotOpen');
      return [{ type: 'BookingConfirmed', data: {} }];
    },
    CancelBooking: (data, { status }) => {
      if (status === 'cancelled') return [];
      ensure(status === 'requested' || status === 'confirmed', 'BookingIsNotOpen');
      return [{ type: 'BookingCancelled', data }];
    },
    RejectBooking: (data, { status }) => (status === 'requested' ? [{ type: 'BookingRejected', data }] : []),
  },
  evolve: {
    BookingRequested: () => ({ status: 'requested' }),
    BookingConfirmed: () => ({ status: 'confirmed' }),
    BookingCancelled: () => ({ status: 'cancelled' }),
    BookingRejected: () => ({ status: 'rejected' }),
  },
});

interface Room {
  readonly heldFor?: string;
  /** The bookings that it was freed for. A late command must not hold it again. */
  readonly freed: readonly string[];
}
const ofBooking = z.object({ bookingId: z.string() });

export const room = defineDecider({
  name: 'room',
  commands: { HoldRoom: ofBooking, FreeRoom: ofBooking, CloseRoom: noData },
  events: { RoomHeld: ofBooking, RoomFreed: ofBooking, RoomClosed: noData },
  initialState: (): Room => ({ freed: [] }),
  decide: {
    HoldRoom: (data, { heldFor, freed }) => {
      if (heldFor === data.bookingId) return [];
      ensure(heldFor === undefined && !freed.includes(data.bookingId), 'RoomIsNotFree');
      return [{ type: 'RoomHeld', data }];
    },
    FreeRoom: (data, { freed }) => (freed.includes(data.bookingId) ? [] : [{ type: 'RoomFreed', data }]),
    CloseRoom: () => [{ type: 'RoomClosed', data: {} }],
  },
  evolve: {
    RoomHeld: (state, { bookingId }) => ({ ...state, heldFor: bookingId }),
    RoomFreed: ({ heldFor, freed }, { bookingId }) => ({
      freed: [...freed, bookingId],
      ...(heldFor === undefined || heldFor === bookingId ? {} : { heldFor }),
    }),
    RoomClosed: (state) => state,
  },
});

interface Till {
  readonly status: 'new' | 'asked' | 'received' | 'returned';
}

export const till = defineDecider({
  name: 'till',
  commands: { AskMoney: z.object({ cents: z.int() }), ReceiveMoney: noData, ReturnMoney: noData },
  events: { MoneyAsked: z.object({ cents: z.int() }), MoneyReceived: noData, MoneyReturned: noData },
  initialState: (): Till => ({ status: 'new' }),
  decide: {
    AskMoney: (data, { status }) => {
      ensure(status !== 'returned', 'MoneyWasReturned');
      return status === 'new' ? [{ type: 'MoneyAsked', data }] : [];
    },
    ReceiveMoney: (_, { status }) => {
      ensure(status === 'asked', 'NoMoneyIsDue');
      return [{ type: 'MoneyReceived', data: {} }];
    },
    ReturnMoney: (_, { status }) => (status === 'returned' ? [] : [{ type: 'MoneyReturned', data: {} }]),
  },
  evolve: {
    MoneyAsked: () => ({ status: 'asked' }),
    MoneyReceived: () => ({ status: 'received' }),
    MoneyReturned: () => ({ status: 'returned' }),
  },
});

const context = z.object({ bookingId: z.string(), guestId: z.string(), roomId: z.string(), cents: z.int() });

/** Holds the room, takes the money, and confirms the booking, unless the guest cancels before. A guest has one open booking at a time. */
export const reception = defineSaga({
  name: 'reception',
  context,
  startsOn: { of: booking, event: 'BookingRequested', context: (data, { id }) => ({ bookingId: id, ...data }) },
  unique: { key: ({ guestId }) => guestId, among: 'running' },
  interruptedBy: {
    BookingCancelled: { of: booking, id: ({ bookingId }) => bookingId, does: ({ reason }) => abort(reason) },
    RoomClosed: { of: room, id: ({ roomId }) => roomId, does: () => abort('the room is closed') },
  },
  steps: {
    HoldRoom: {
      to: room,
      send: ({ roomId, bookingId }) => ({ id: roomId, type: 'HoldRoom', data: { bookingId } }),
      undo: ({ roomId, bookingId }) => ({ id: roomId, type: 'FreeRoom', data: { bookingId } }),
    },
    TakeMoney: {
      to: till,
      send: ({ bookingId, cents }) => ({ id: bookingId, type: 'AskMoney', data: { cents } }),
      awaits: { MoneyReceived: 'proceed' },
      timeoutSeconds: 900,
      undo: ({ bookingId }) => ({ id: bookingId, type: 'ReturnMoney', data: {} }),
    },
    Confirm: { to: booking, send: ({ bookingId }) => ({ id: bookingId, type: 'ConfirmBooking', data: {} }) },
  },
  onAbort: { to: booking, send: ({ bookingId }, reason) => ({ id: bookingId, type: 'RejectBooking', data: { reason } }) },
});

export const domain = defineDomain({ deciders: [booking, room, till], projections: [], sagas: [reception] });
