import { abort, commandTo, defineDecider, defineDomain, defineReaction, defineReminder, defineSaga, ensure } from 'foldstream';
import * as z from 'zod';

// A domain of the size of a hotel, for walks of every path: four aggregates, a saga that is interrupted, a reaction and a reminder. Each
// fault breaks one rule that a domain has to keep.

export type Fault =
  | 'points are added each time'
  | 'a freed room can be held by a late command'
  | 'arriving does not cancel the reminder'
  | 'an interruption keeps the money'
  | 'the last notice wins';

const none = z.object({});
const ofBooking = z.object({ bookingId: z.string() });
const request = z.object({ guestId: z.string(), roomId: z.string(), noShowAt: z.string() });
type Status = 'new' | 'requested' | 'confirmed' | 'cancelled' | 'rejected' | 'arrived' | 'no-show';

export const room = (fault?: Fault) =>
  defineDecider({
    name: 'room',
    commands: { HoldRoom: ofBooking, FreeRoom: ofBooking },
    events: { RoomHeld: ofBooking, RoomFreed: ofBooking },
    initialState: (): { readonly heldFor: readonly string[]; readonly freed: readonly string[] } => ({ heldFor: [], freed: [] }),
    decide: {
      HoldRoom: (data, { heldFor, freed }) => {
        if (heldFor.includes(data.bookingId)) return [];
        ensure(heldFor.length === 0, 'RoomIsHeld');
        ensure(!freed.includes(data.bookingId) || fault === 'a freed room can be held by a late command', 'RoomIsFreed');
        return [{ type: 'RoomHeld', data }];
      },
      FreeRoom: (data, { freed }) => (freed.includes(data.bookingId) ? [] : [{ type: 'RoomFreed', data }]),
    },
    evolve: {
      RoomHeld: ({ heldFor, freed }, { bookingId }) => ({ heldFor: [...heldFor, bookingId], freed }),
      RoomFreed: ({ heldFor, freed }, { bookingId }) => ({
        heldFor: heldFor.filter((one) => one !== bookingId),
        freed: [...freed, bookingId],
      }),
    },
  });

export const till = (fault?: Fault) =>
  defineDecider({
    name: 'till',
    commands: { AskMoney: none, ReceiveMoney: none, ReturnMoney: none, ChargeFee: none },
    events: { MoneyAsked: none, MoneyReceived: none, MoneyReturned: none, FeeCharged: none },
    initialState: (): { readonly status: 'new' | 'asked' | 'received' | 'returned'; readonly hasFee: boolean } => ({
      status: 'new',
      hasFee: false,
    }),
    decide: {
      AskMoney: (_, { status }) => {
        ensure(status !== 'returned', 'MoneyIsReturned');
        return status === 'new' ? [{ type: 'MoneyAsked', data: {} }] : [];
      },
      ReceiveMoney: (_, { status }) => {
        if (status === 'received') return [];
        ensure(status === 'asked', 'MoneyIsNotAsked');
        return [{ type: 'MoneyReceived', data: {} }];
      },
      ReturnMoney: (_, { status }) => {
        if (status === 'returned' || (status === 'received' && fault === 'an interruption keeps the money')) return [];
        return [{ type: 'MoneyReturned', data: {} }];
      },
      ChargeFee: (_, { hasFee }) => (hasFee ? [] : [{ type: 'FeeCharged', data: {} }]),
    },
    evolve: {
      MoneyAsked: (state) => ({ ...state, status: 'asked' }),
      MoneyReceived: (state) => ({ ...state, status: 'received' }),
      MoneyReturned: (state) => ({ ...state, status: 'returned' }),
      FeeCharged: (state) => ({ ...state, hasFee: true }),
    },
  });

export const guest = (fault?: Fault) =>
  defineDecider({
    name: 'guest',
    commands: {
      AwardPoints: ofBooking,
      NoteGuest: z.object({ as: z.enum(['expected', 'came']) }),
    },
    events: { PointsAwarded: ofBooking, GuestNoted: z.object({ as: z.enum(['expected', 'came']) }) },
    initialState: (): { readonly points: number; readonly awarded: readonly string[]; readonly as: 'unknown' | 'expected' | 'came' } => ({
      points: 0,
      awarded: [],
      as: 'unknown',
    }),
    decide: {
      AwardPoints: (data, { awarded }) =>
        awarded.includes(data.bookingId) && fault !== 'points are added each time' ? [] : [{ type: 'PointsAwarded', data }],
      NoteGuest: (data, { as }) =>
        as === data.as || (as === 'came' && fault !== 'the last notice wins') ? [] : [{ type: 'GuestNoted', data }],
    },
    evolve: {
      PointsAwarded: (state, { bookingId }) => ({ ...state, points: state.points + 10, awarded: [...state.awarded, bookingId] }),
      GuestNoted: (state, { as }) => ({ ...state, as }),
    },
  });

export const booking = (fault?: Fault) =>
  defineDecider({
    name: 'booking',
    commands: {
      RequestBooking: request,
      NoteHold: none,
      ConfirmBooking: none,
      CancelBooking: none,
      RejectBooking: z.object({ reason: z.string() }),
      Arrive: none,
      MarkNoShow: none,
    },
    events: {
      BookingRequested: request,
      BookingConfirmed: z.object({ guestId: z.string(), noShowAt: z.string() }),
      BookingCancelled: none,
      BookingRejected: z.object({ reason: z.string() }),
      GuestArrived: z.object({ guestId: z.string() }),
      NoShowMarked: none,
    },
    initialState: (): { readonly status: Status; readonly guestId: string; readonly noShowAt: string } => ({
      status: 'new',
      guestId: '',
      noShowAt: '',
    }),
    decide: {
      RequestBooking: (data, { status }) => (status === 'new' ? [{ type: 'BookingRequested', data }] : []),
      NoteHold: () => [],
      ConfirmBooking: (_, { status, guestId, noShowAt }) => {
        if (['confirmed', 'arrived', 'no-show'].includes(status)) return [];
        ensure(status === 'requested', 'BookingIsNotOpen');
        return [{ type: 'BookingConfirmed', data: { guestId, noShowAt } }];
      },
      CancelBooking: (_, { status }) => {
        ensure(status === 'requested', 'BookingIsNotOpen');
        return [{ type: 'BookingCancelled', data: {} }];
      },
      RejectBooking: (data, { status }) => (status === 'requested' ? [{ type: 'BookingRejected', data }] : []),
      Arrive: (_, { status, guestId }) => {
        ensure(status === 'confirmed', 'BookingIsNotConfirmed');
        return [{ type: 'GuestArrived', data: { guestId } }];
      },
      MarkNoShow: (_, { status }) => {
        if (status === 'no-show') return [];
        ensure(status === 'confirmed' || fault === 'arriving does not cancel the reminder', 'BookingIsNotOpen');
        return [{ type: 'NoShowMarked', data: {} }];
      },
    },
    evolve: {
      BookingRequested: (_, { guestId, noShowAt }) => ({ status: 'requested', guestId, noShowAt }),
      BookingConfirmed: (state) => ({ ...state, status: 'confirmed' }),
      BookingCancelled: (state) => ({ ...state, status: 'cancelled' }),
      BookingRejected: (state) => ({ ...state, status: 'rejected' }),
      GuestArrived: (state) => ({ ...state, status: 'arrived' }),
      NoShowMarked: (state) => ({ ...state, status: 'no-show' }),
    },
  });

/** The domain, with one fault or none. */
export const lodge = (fault?: Fault) => {
  const members = { booking: booking(fault), room: room(fault), till: till(fault), guest: guest(fault) };
  const stay = defineSaga({
    name: 'stay',
    context: z.object({ bookingId: z.string(), roomId: z.string() }),
    startsOn: { of: members.booking, event: 'BookingRequested', context: ({ roomId }, { id }) => ({ bookingId: id, roomId }) },
    interruptedBy: { BookingCancelled: { of: members.booking, id: ({ bookingId }) => bookingId, does: () => abort('cancelled') } },
    steps: {
      HoldRoom: {
        to: members.room,
        send: ({ bookingId, roomId }) => ({ id: roomId, type: 'HoldRoom', data: { bookingId } }),
        undo: ({ bookingId, roomId }) => ({ id: roomId, type: 'FreeRoom', data: { bookingId } }),
      },
      AskMoney: {
        to: members.till,
        send: ({ bookingId }) => ({ id: bookingId, type: 'AskMoney', data: {} }),
        awaits: { MoneyReceived: 'proceed' },
        timeoutSeconds: 900,
        undo: ({ bookingId }) => ({ id: bookingId, type: 'ReturnMoney', data: {} }),
      },
      NoteHold: {
        to: members.booking,
        send: ({ bookingId }) => ({ id: bookingId, type: 'NoteHold', data: {} }),
        undo: 'nothing',
      },
      Confirm: { to: members.booking, send: ({ bookingId }) => ({ id: bookingId, type: 'ConfirmBooking', data: {} }) },
    },
    onAbort: { to: members.booking, send: ({ bookingId }, reason) => ({ id: bookingId, type: 'RejectBooking', data: { reason } }) },
  });
  const welcome = defineReaction({
    name: 'welcome',
    of: members.booking,
    to: [members.guest],
    on: {
      BookingConfirmed: ({ guestId }, { id }) => [
        commandTo(members.guest, { id: guestId, type: 'AwardPoints', data: { bookingId: id } }),
        commandTo(members.guest, { id: guestId, type: 'NoteGuest', data: { as: 'expected' } }),
      ],
      GuestArrived: ({ guestId }) => commandTo(members.guest, { id: guestId, type: 'NoteGuest', data: { as: 'came' } }),
    },
  });
  const noShow = defineReminder({
    name: 'no-show',
    of: members.booking,
    to: [members.booking, members.till],
    due: {
      BookingConfirmed: ({ noShowAt }) => noShowAt,
      ...(fault === 'arriving does not cancel the reminder' ? {} : { GuestArrived: () => null }),
    },
    send: (_, { id }) => commandTo(members.booking, { id, type: 'MarkNoShow', data: {} }),
  });
  const charge = defineReaction({
    name: 'charge-no-show',
    of: members.booking,
    to: [members.till],
    on: { NoShowMarked: (_, { id }) => commandTo(members.till, { id, type: 'ChargeFee', data: {} }) },
  });
  const domain = defineDomain({
    ...{ deciders: [members.booking, members.room, members.till, members.guest], projections: [] },
    ...{ sagas: [stay], reactions: [welcome, charge], reminders: [noShow] },
  });
  return { ...members, domain };
};
