import { type CommandOf, commandTo, type EventOf } from 'foldstream';
import {
  notAllowed,
  projectionScenarios,
  reactionScenarios,
  refused,
  reminderScenarios,
  sagaPaths,
  scenarios,
  stateOf,
  type World,
  webhookScenarios,
} from 'foldstream/testing';
import { booking, bookings } from './booking.ts';
import { calendar, overlap } from './calendar.ts';
import { guest } from './guest.ts';
import { bankAnswers, payment } from './payment.ts';
import { house, noShow, points, reception, settle } from './processes.ts';

type Event = EventOf<typeof booking>;
const stay = { guestId: 'ada', arrival: '2026-06-03', nights: 2 };
const room = { roomId: 'blue', totalCents: 20_000 };
const requested: Event = { type: 'BookingRequested', data: stay };
const confirmed = { type: 'BookingConfirmed', data: room } as const;
const rejected: Event = { type: 'BookingRejected', data: { reason: 'no room' } };
const withdrawn: Event = { type: 'BookingWithdrawn', data: {} };
const cancelled = (feeCents: number) => ({ type: 'BookingCancelled', data: { feeCents } }) as const;
const arrived: Event = { type: 'GuestArrived', data: {} };
const missed = { type: 'GuestMissed', data: {} } as const;

type Command = CommandOf<typeof booking>;
const request: Command = { type: 'RequestBooking', data: stay };
const cancel: Command = { type: 'CancelBooking', data: {} };
const checkIn: Command = { type: 'CheckIn', data: {} };
const confirm: Command = { type: 'ConfirmBooking', data: room };
const reject: Command = { type: 'RejectBooking', data: { reason: 'no room' } };
const miss: Command = { type: 'MarkMissed', data: {} };
const [ada, bo, desk] = [{ actor: 'ada' }, { actor: 'bo' }, { actor: 'dot', grants: ['desk'] }];

scenarios(booking, {
  'a guest requests': { given: [], when: request, as: ada, then: [requested] },
  'for itself only': { given: [], when: request, as: bo, then: notAllowed },
  once: { given: [requested], when: request, then: refused('AlreadyRequested') },
  'before the arrival': { given: [], when: request, at: '2026-06-03T00:00:00Z', then: refused('ArrivalHasPassed') },
  'it is confirmed': { given: [requested], when: confirm, then: [confirmed] },
  'it is confirmed once': { given: [requested, confirmed], when: confirm, then: [] },
  'what is withdrawn is not confirmed': { given: [requested, withdrawn], when: confirm, then: refused('NotOpen') },
  'it is rejected': { given: [requested], when: reject, then: [rejected] },
  'what is withdrawn is not rejected': { given: [requested, withdrawn], when: reject, then: [] },
  'withdrawn in the middle of it': { given: [requested], when: cancel, as: ada, then: [withdrawn], answer: { feeCents: 0 } },
  'cancelled 48 hours before': {
    ...{ given: [requested, confirmed], when: cancel, at: '2026-06-01T00:00:00Z' },
    ...{ then: [cancelled(0)], answer: { feeCents: 0 } },
  },
  'cancelled a moment later': {
    ...{ given: [requested, confirmed], when: cancel, at: '2026-06-01T00:00:00.001Z' },
    ...{ then: [cancelled(20_000)], answer: { feeCents: 20_000 } },
  },
  'cancelled twice': { given: [requested, confirmed, cancelled(7)], when: cancel, then: [], answer: { feeCents: 7 } },
  'cancelled by another': { given: [requested, confirmed], when: cancel, as: bo, then: notAllowed },
  'nothing to cancel': { given: [requested, rejected], when: cancel, then: refused('NothingToCancel') },
  'a guest arrives': { given: [requested, confirmed], when: checkIn, as: desk, then: [arrived] },
  'the desk says so': { given: [requested, confirmed], when: checkIn, as: ada, then: notAllowed },
  'a guest arrives once': { given: [requested, confirmed, arrived], when: checkIn, then: [] },
  'without a room nobody arrives': { given: [requested], when: checkIn, then: refused('NotConfirmed') },
  'a guest does not come': { given: [requested, confirmed], when: miss, then: [missed] },
  'a guest has come': { given: [requested, confirmed, arrived], when: miss, then: [] },
});

const added = (roomId: string): EventOf<typeof calendar> => ({ type: 'RoomAdded', data: { roomId, nightCents: 10_000 } });
const forStay = { bookingId: '1', arrival: '2026-06-03', nights: 2 };
const heldBy = (bookingId: string, arrival: string): EventOf<typeof calendar> => ({
  type: 'RoomHeld',
  data: { ...forStay, ...room, bookingId, arrival },
});
const hold: CommandOf<typeof calendar> = { type: 'HoldRoom', data: forStay };
const free: CommandOf<typeof calendar> = { type: 'FreeRoom', data: { bookingId: '1' } };
const freed: EventOf<typeof calendar> = { type: 'RoomFreed', data: { bookingId: '1' } };

scenarios(calendar, {
  'a room is added': { given: [], when: { type: 'AddRoom', data: { roomId: 'blue', nightCents: 10_000 } }, then: [added('blue')] },
  'the calendar chooses the room': { given: [added('blue')], when: hold, then: [heldBy('1', forStay.arrival)], answer: room },
  once: { given: [added('blue'), heldBy('1', forStay.arrival)], when: hold, then: [], answer: room },
  'not for the same night': { given: [added('blue'), heldBy('2', '2026-06-02')], when: hold, then: refused('NoRoomFree') },
  'from the morning on': {
    given: [added('blue'), heldBy('2', '2026-06-01')],
    when: hold,
    then: [heldBy('1', forStay.arrival)],
    answer: room,
  },
  'a room is freed': { given: [heldBy('1', forStay.arrival)], when: free, then: [freed] },
  'also before it is held': { given: [added('blue'), freed], when: hold, then: refused('AlreadyFreed') },
  'a room is freed once': { given: [freed], when: free, then: [] },
});

type Paid = EventOf<typeof payment>;
const asked: Paid = { type: 'PaymentAsked', data: { amountCents: 20_000 } };
const received: Paid = { type: 'PaymentReceived', data: {} };
const declined: Paid = { type: 'PaymentDeclined', data: {} };
const returned: Paid = { type: 'PaymentReturned', data: { keepCents: 0 } };
const askFor: CommandOf<typeof payment> = { type: 'AskPayment', data: { amountCents: 20_000 } };
const receive: CommandOf<typeof payment> = { type: 'ReceivePayment', data: {} };
const decline: CommandOf<typeof payment> = { type: 'DeclinePayment', data: {} };
const giveBack: CommandOf<typeof payment> = { type: 'ReturnPayment', data: { keepCents: 0 } };

scenarios(payment, {
  'is asked': { given: [], when: askFor, then: [asked] },
  'is not asked after its return': { given: [returned], when: askFor, then: refused('PaymentWasReturned') },
  'is received': { given: [asked], when: receive, then: [received] },
  'comes too late': { given: [asked, returned], when: receive, then: [] },
  'was not asked': { given: [], when: receive, then: refused('NotAsked') },
  'is declined': { given: [asked], when: decline, then: [declined] },
  'is returned': { given: [asked, received], when: giveBack, then: [returned] },
});

const award = { bookingId: '1', points: 2000 };
scenarios(guest, {
  'gets points': { given: [], when: { type: 'AwardPoints', data: award }, then: [{ type: 'PointsAwarded', data: award }] },
  'gives them back': {
    ...{ given: [{ type: 'PointsAwarded', data: award }], when: { type: 'TakePointsBack', data: { bookingId: '1' } } },
    then: [{ type: 'PointsTakenBack', data: { bookingId: '1' } }],
  },
  'in either order': {
    given: [{ type: 'PointsTakenBack', data: { bookingId: '1' } }],
    when: { type: 'AwardPoints', data: award },
    then: [],
  },
});

const seen = { guestId: 'ada', arrival: '2026-06-03', status: 'requested' };
projectionScenarios(bookings, {
  'it is confirmed, and ends': { given: [requested, confirmed, arrived], then: { ...seen, status: 'arrived', roomId: 'blue' } },
  'the guest does not come': { given: [requested, confirmed, missed], then: { ...seen, status: 'missed', roomId: 'blue' } },
  'it is cancelled': { given: [requested, confirmed, cancelled(0)], then: { ...seen, status: 'cancelled', roomId: 'blue' } },
  'it is withdrawn': { given: [requested, withdrawn], then: { ...seen, status: 'cancelled' } },
  'it is rejected': { given: [requested, rejected], then: { ...seen, status: 'rejected' } },
});

const metadata = { id: '1', actor: 'ada' };
const freeRoom = commandTo(calendar, { id: house, ...free });
reactionScenarios(settle, {
  'a cancelled stay': {
    given: { ...cancelled(7), metadata },
    then: [freeRoom, commandTo(payment, { id: '1', type: 'ReturnPayment', data: { keepCents: 7 } })],
  },
  'a missed stay': { given: { ...missed, metadata }, then: [freeRoom] },
});
reactionScenarios(points, {
  'ten points a euro': { given: { ...confirmed, metadata }, then: [commandTo(guest, { id: 'ada', type: 'AwardPoints', data: award })] },
  'for a stay': {
    given: { ...cancelled(7), metadata },
    then: [commandTo(guest, { id: 'ada', type: 'TakePointsBack', data: { bookingId: '1' } })],
  },
});
reminderScenarios(noShow, {
  'the day after the arrival': {
    given: [requested, confirmed],
    due: '2026-06-04T00:00:00.000Z',
    then: [commandTo(booking, { id: '1', type: 'MarkMissed', data: {} })],
  },
  'not if it is rejected': { given: [requested, rejected], due: null },
  'not if it is withdrawn': { given: [requested, withdrawn], due: null },
  'not if it is cancelled': { given: [requested, confirmed, cancelled(0)], due: null },
  'not if the guest is there': { given: [requested, confirmed, arrived], due: null },
});
const told = (type: string) => ({ id: 'evt_1', type, created: 1_780_000_000, paymentId: '1' });
webhookScenarios(bankAnswers, {
  'the money is there': { given: told('payment.received'), then: [commandTo(payment, { id: '1', ...receive })] },
  'the bank declines': { given: told('payment.declined'), then: [commandTo(payment, { id: '1', ...decline })] },
});

const of = (world: World) => stateOf(world, booking, '1');
const holds = (world: World) => Object.values(stateOf(world, calendar, house).holds).filter((held) => held !== null);
const wasConfirmed = (world: World) => (world['booking-1']?.events ?? []).some(({ type }) => type === 'BookingConfirmed');
const invariants = {
  'no booking stays open': (world: World) => of(world).status !== 'requested',
  'no room is booked twice': (world: World) =>
    holds(world).every((one, at) => !holds(world).some((other, by) => by > at && overlap(one, other))),
  'a room is held ⇔ it was confirmed': (world: World) => holds(world).some(({ bookingId }) => bookingId === '1') === wasConfirmed(world),
  'money is kept ⇔ it was confirmed': (world: World) => stateOf(world, payment, '1').keptCents > 0 === wasConfirmed(world),
};
const addBlue = { to: calendar, id: house, command: { type: 'AddRoom', data: { roomId: 'blue', nightCents: 10_000 } } };
const takenBy2 = { to: calendar, id: house, command: { type: 'HoldRoom', data: { ...forStay, bookingId: '2' } } };
const theRequest = { to: booking, id: '1', command: request };
const [theMoney, theNo, theCancel] = [
  { to: payment, id: '1', command: receive },
  { to: payment, id: '1', command: decline },
  { to: booking, id: '1', command: cancel },
];

// What `settle` does after a confirmation is not walked: a walk knows one saga. The reaction's own scenarios say it.
sagaPaths(reception, {
  'the guest cancels at any moment': { given: [addBlue, theRequest], outside: [theMoney, theCancel], retries: 1, invariants },
  'the bank declines, or never answers': { given: [addBlue, theRequest], outside: [theMoney, theNo], retries: 1, invariants },
  'another guest wants the last room': { given: [addBlue, theRequest], outside: [takenBy2, theMoney], retries: 1, invariants },
});
