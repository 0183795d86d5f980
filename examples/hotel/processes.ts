import { abort, commandTo, defineReaction, defineReminder, defineSaga } from 'foldstream';
import * as z from 'zod';
import { booking, hour } from './booking.ts';
import { calendar } from './calendar.ts';
import { guest } from './guest.ts';
import { payment } from './payment.ts';

/** The id of the hotel's calendar. */
export const house = 'house';
const tenPointsAEuro = (totalCents: number): number => Math.ceil(totalCents / 10);

/** Holds a room that the calendar chooses, takes the payment, and confirms. A guest who withdraws before gets all back. */
export const reception = defineSaga({
  name: 'reception',
  context: z.object({
    bookingId: z.string(),
    arrival: z.string(),
    nights: z.int(),
    roomId: z.string().optional(),
    totalCents: z.int().optional(),
  }),
  startsOn: {
    of: booking,
    event: 'BookingRequested',
    context: ({ arrival, nights }, { id }) => ({ bookingId: id, arrival, nights }),
  },
  interruptedBy: {
    BookingWithdrawn: { of: booking, id: ({ bookingId }) => bookingId, does: () => abort('the guest has withdrawn') },
  },
  steps: {
    HoldRoom: {
      to: calendar,
      send: ({ bookingId, arrival, nights }) => ({ id: house, type: 'HoldRoom', data: { bookingId, arrival, nights } }),
      learns: { HoldRoom: (chosen, context) => ({ ...context, ...chosen }) },
      undo: ({ bookingId }) => ({ id: house, type: 'FreeRoom', data: { bookingId } }),
    },
    TakePayment: {
      to: payment,
      send: ({ bookingId, totalCents = 0 }) => ({ id: bookingId, type: 'AskPayment', data: { amountCents: totalCents } }),
      awaits: { PaymentReceived: 'proceed', PaymentDeclined: () => abort('the bank has declined') },
      timeoutSeconds: 900,
      undo: ({ bookingId }) => ({ id: bookingId, type: 'ReturnPayment', data: { keepCents: 0 } }),
    },
    Confirm: {
      to: booking,
      send: ({ bookingId, roomId = '', totalCents = 0 }) => ({ id: bookingId, type: 'ConfirmBooking', data: { roomId, totalCents } }),
    },
  },
  onAbort: { to: booking, send: ({ bookingId }, reason) => ({ id: bookingId, type: 'RejectBooking', data: { reason } }) },
});

/** Frees the room, and returns the money except the fee. */
export const settle = defineReaction({
  name: 'settle',
  of: booking,
  to: [calendar, payment],
  on: {
    BookingCancelled: ({ feeCents }, { id }) => [
      commandTo(calendar, { id: house, type: 'FreeRoom', data: { bookingId: id } }),
      commandTo(payment, { id, type: 'ReturnPayment', data: { keepCents: feeCents } }),
    ],
    GuestMissed: (_, { id }) => commandTo(calendar, { id: house, type: 'FreeRoom', data: { bookingId: id } }),
  },
});

/** The event says which guest by its actor: the person on whose behalf the saga confirms, and who cancels. */
export const points = defineReaction({
  name: 'points',
  of: booking,
  to: [guest],
  on: {
    BookingConfirmed: ({ totalCents }, { id, actor = '' }) =>
      commandTo(guest, { id: actor, type: 'AwardPoints', data: { bookingId: id, points: tenPointsAEuro(totalCents) } }),
    BookingCancelled: (_, { id, actor = '' }) => commandTo(guest, { id: actor, type: 'TakePointsBack', data: { bookingId: id } }),
  },
});

/** A guest who has not come by the end of the day of arrival has missed the stay, and pays for it. */
export const noShow = defineReminder({
  name: 'no-show',
  of: booking,
  to: [booking],
  due: {
    BookingRequested: ({ arrival }) => new Date(Date.parse(arrival) + 24 * hour),
    BookingRejected: () => null,
    BookingWithdrawn: () => null,
    BookingCancelled: () => null,
    GuestArrived: () => null,
  },
  send: (_, { id }) => commandTo(booking, { id, type: 'MarkMissed', data: {} }),
});
