import { abort, defineDecider, defineDomain, defineSaga, ensure } from 'foldstream';
import * as z from 'zod';

// A service whose saga decides: the calendar chooses a room, the guest pays now or at the desk, and the points are credited page by page.

const requested = z.object({
  guestId: z.string(),
  nights: z.int().positive(),
  pays: z.enum(['now', 'later', 'never']),
  opensAt: z.string(),
});
const bookingEvents = {
  BookingRequested: requested,
  BookingConfirmed: z.object({ roomId: z.string() }),
  BookingRejected: z.object({ reason: z.string() }),
  NoteSent: z.object({}),
};

export const booking = defineDecider({
  name: 'booking',
  commands: {
    RequestBooking: requested,
    ConfirmBooking: z.object({ roomId: z.string() }),
    RejectBooking: z.object({ reason: z.string() }),
    SendNote: z.object({}),
  },
  events: bookingEvents,
  initialState: (): { readonly status: 'new' | 'requested' | 'confirmed' | 'rejected'; readonly isTold: boolean } => ({
    status: 'new',
    isTold: false,
  }),
  decide: {
    RequestBooking: (data, { status }) => {
      ensure(status === 'new', 'AlreadyRequested');
      return [{ type: 'BookingRequested', data }];
    },
    ConfirmBooking: (data, { status }) => {
      if (status === 'confirmed') return [];
      ensure(status === 'requested', 'NotOpen');
      return [{ type: 'BookingConfirmed', data }];
    },
    RejectBooking: (data, { status }) => (status === 'rejected' ? [] : [{ type: 'BookingRejected', data }]),
    SendNote: (_, { isTold }) => (isTold ? [] : [{ type: 'NoteSent', data: {} }]),
  },
  evolve: {
    BookingRequested: (booking) => ({ ...booking, status: 'requested' }),
    BookingConfirmed: (booking) => ({ ...booking, status: 'confirmed' }),
    BookingRejected: (booking) => ({ ...booking, status: 'rejected' }),
    NoteSent: (booking) => ({ ...booking, isTold: true }),
  },
});

const calendarEvents = {
  RoomAdded: z.object({ roomId: z.string(), nightCents: z.int() }),
  RoomHeld: z.object({ bookingId: z.string(), roomId: z.string() }),
  HoldReleased: z.object({ bookingId: z.string() }),
};

type Calendar = {
  /** The price of a night, by the room. */
  readonly rooms: Readonly<Record<string, number>>;
  /** The room, by the booking; null: it was released, and is held no more. */
  readonly holds: Readonly<Record<string, string | null>>;
};

/** Chooses the room, and answers which. */
export const calendar = defineDecider({
  name: 'calendar',
  commands: {
    AddRoom: calendarEvents.RoomAdded,
    HoldRoom: z.object({ bookingId: z.string() }),
    ReleaseRoom: z.object({ bookingId: z.string() }),
  },
  events: calendarEvents,
  answers: { HoldRoom: z.object({ roomId: z.string(), nightCents: z.int() }) },
  initialState: (): Calendar => ({ rooms: {}, holds: {} }),
  decide: {
    AddRoom: (data) => [{ type: 'RoomAdded', data }],
    HoldRoom: ({ bookingId }, { rooms, holds }) => {
      const held = holds[bookingId];
      ensure(held !== null, 'Released');
      const roomId = held ?? Object.keys(rooms).find((room) => !Object.values(holds).includes(room));
      ensure(roomId !== undefined, 'NoRoomFree');
      const answer = { roomId, nightCents: rooms[roomId] ?? 0 };
      return { events: held === undefined ? [{ type: 'RoomHeld', data: { bookingId, roomId } }] : [], answer };
    },
    ReleaseRoom: ({ bookingId }, { holds }) => (holds[bookingId] === null ? [] : [{ type: 'HoldReleased', data: { bookingId } }]),
  },
  evolve: {
    RoomAdded: (calendar, { roomId, nightCents }) => ({ ...calendar, rooms: { ...calendar.rooms, [roomId]: nightCents } }),
    RoomHeld: (calendar, { bookingId, roomId }) => ({ ...calendar, holds: { ...calendar.holds, [bookingId]: roomId } }),
    HoldReleased: (calendar, { bookingId }) => ({ ...calendar, holds: { ...calendar.holds, [bookingId]: null } }),
  },
});

const billEvents = {
  PaymentAsked: z.object({ amountCents: z.int() }),
  PaymentReceived: z.object({ receipt: z.string() }),
  PaymentDeclined: z.object({ reason: z.string() }),
  PaymentReturned: z.object({}),
};

export const bill = defineDecider({
  name: 'bill',
  commands: {
    AskPayment: billEvents.PaymentAsked,
    ReceivePayment: billEvents.PaymentReceived,
    DeclinePayment: billEvents.PaymentDeclined,
    ReturnPayment: z.object({}),
  },
  events: billEvents,
  initialState: (): { readonly status: 'new' | 'asked' | 'received' | 'declined' | 'returned' } => ({ status: 'new' }),
  decide: {
    AskPayment: (data, { status }) => {
      if (status === 'asked' || status === 'received') return [];
      ensure(status === 'new', 'NotOpen');
      return [{ type: 'PaymentAsked', data }];
    },
    ReceivePayment: (data, { status }) => {
      if (status === 'received') return [];
      ensure(status === 'asked', 'NotOpen');
      return [{ type: 'PaymentReceived', data }];
    },
    DeclinePayment: (data, { status }) => {
      ensure(status === 'asked', 'NotOpen');
      return [{ type: 'PaymentDeclined', data }];
    },
    ReturnPayment: (_, { status }) => (status === 'returned' ? [] : [{ type: 'PaymentReturned', data: {} }]),
  },
  evolve: {
    PaymentAsked: () => ({ status: 'asked' }),
    PaymentReceived: () => ({ status: 'received' }),
    PaymentDeclined: () => ({ status: 'declined' }),
    PaymentReturned: () => ({ status: 'returned' }),
  },
});

const pointsEvents = { PageCredited: z.object({ page: z.int(), left: z.int() }), PageTaken: z.object({ page: z.int() }) };

/** Credits ten points a night, by pages. It adds each time, so that a doubled page shows. */
export const points = defineDecider({
  name: 'points',
  commands: { CreditPage: z.object({ page: z.int(), of: z.int() }), TakePage: z.object({ page: z.int() }) },
  events: pointsEvents,
  initialState: (): { readonly credited: readonly number[]; readonly taken: readonly number[] } => ({ credited: [], taken: [] }),
  decide: {
    CreditPage: ({ page, of }, { credited, taken }) => {
      ensure(!taken.includes(page), 'PageTaken');
      return credited.includes(page) ? [] : [{ type: 'PageCredited', data: { page, left: of - page - 1 } }];
    },
    TakePage: ({ page }, { taken }) => (taken.includes(page) ? [] : [{ type: 'PageTaken', data: { page } }]),
  },
  evolve: {
    PageCredited: (state, { page }) => ({ ...state, credited: [...state.credited, page] }),
    PageTaken: (state, { page }) => ({ credited: state.credited.filter((one) => one !== page), taken: [...state.taken, page] }),
  },
});

const context = z.object({
  bookingId: z.string(),
  guestId: z.string(),
  nights: z.int(),
  pays: z.enum(['now', 'later', 'never']),
  opensAt: z.string(),
  roomId: z.string().optional(),
  totalCents: z.int().optional(),
  receipt: z.string().optional(),
  pagesLeft: z.int(),
});

/** Holds the room that the calendar chooses, takes the payment if the guest pays now, confirms, and credits the points page by page. */
export const stay = defineSaga({
  name: 'stay',
  context,
  startsOn: {
    of: booking,
    event: 'BookingRequested',
    context: (data, { id }) => ({ ...data, bookingId: id, pagesLeft: data.nights }),
  },
  steps: {
    WaitForOpening: { until: ({ opensAt }) => opensAt, maxDays: 30, when: ({ opensAt }) => opensAt !== '' },
    HoldRoom: {
      to: calendar,
      send: ({ bookingId }) => ({ id: 'house', type: 'HoldRoom', data: { bookingId } }),
      learns: { HoldRoom: ({ roomId, nightCents }, context) => ({ ...context, roomId, totalCents: nightCents * context.nights }) },
      undo: ({ bookingId }) => ({ id: 'house', type: 'ReleaseRoom', data: { bookingId } }),
    },
    HowToPay: { choose: ({ pays }) => (pays === 'never' ? 'free' : pays), branches: ['now', 'later', 'free'] },
    AskPayment: {
      branch: 'now',
      to: bill,
      send: ({ bookingId, totalCents = 0 }) => ({ id: bookingId, type: 'AskPayment', data: { amountCents: totalCents } }),
      undo: ({ bookingId }) => ({ id: bookingId, type: 'ReturnPayment', data: {} }),
    },
    TakePayment: {
      branch: 'now',
      to: bill,
      of: ({ bookingId }) => bookingId,
      awaits: { PaymentReceived: 'proceed', PaymentDeclined: ({ reason }) => abort(reason) },
      timeoutSeconds: 900,
      learns: { PaymentReceived: ({ receipt }, context) => ({ ...context, receipt }) },
    },
    SendNote: {
      branch: 'later',
      to: booking,
      send: ({ bookingId }) => ({ id: bookingId, type: 'SendNote', data: {} }),
      undo: 'nothing',
    },
    CreditPoints: {
      to: points,
      repeat: { while: ({ pagesLeft }) => pagesLeft > 0, atMost: 5 },
      send: ({ guestId, nights }, page) => ({ id: guestId, type: 'CreditPage', data: { page, of: nights } }),
      learns: { PageCredited: ({ left }, context) => ({ ...context, pagesLeft: left }) },
      undo: ({ guestId }, page) => ({ id: guestId, type: 'TakePage', data: { page } }),
    },
    Confirm: {
      to: booking,
      send: ({ bookingId, roomId = '' }) => ({ id: bookingId, type: 'ConfirmBooking', data: { roomId } }),
    },
  },
  onAbort: {
    to: booking,
    send: ({ bookingId }, reason) => ({ id: bookingId, type: 'RejectBooking', data: { reason } }),
  },
});

export const domain = defineDomain({ deciders: [booking, calendar, bill, points], projections: [], sagas: [stay] });
