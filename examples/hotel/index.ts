import { defineDomain } from 'foldstream';
import { booking, bookings } from './booking.ts';
import { calendar } from './calendar.ts';
import { guest } from './guest.ts';
import { bank, bankAnswers, payment } from './payment.ts';
import { noShow, points, reception, settle } from './processes.ts';

/** A hotel: a booking holds a room, takes a payment by the bank, and awards points. */
export const domain = defineDomain({
  deciders: [booking, calendar, payment, guest],
  projections: [bookings],
  sagas: [reception],
  reactions: [settle, points],
  reminders: [noShow],
  calls: [bank],
  webhooks: [bankAnswers],
});
