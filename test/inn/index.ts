import { commandTo, defineDecider, defineDomain, defineReminder, ensure } from 'foldstream';
import * as z from 'zod';

// A service with reminders: who does not come by a time is a no-show, and pays. A command adds each time, so that a doubled one shows.

const stayEvents = {
  StayBooked: z.object({ until: z.string(), guestId: z.string() }),
  StayMoved: z.object({ until: z.string() }),
  GuestArrived: z.object({}),
  StayCancelled: z.object({}),
  NoShowMarked: z.object({}),
  NoteAdded: z.object({}),
};

type Stay = { readonly status: 'new' | 'booked' | 'arrived' | 'cancelled'; readonly guestId: string; readonly noShows: number };

export const stay = defineDecider({
  name: 'stay',
  commands: {
    BookStay: stayEvents.StayBooked,
    MoveStay: stayEvents.StayMoved,
    Arrive: stayEvents.GuestArrived,
    CancelStay: stayEvents.StayCancelled,
    MarkNoShow: z.object({}),
    AddNote: stayEvents.NoteAdded,
  },
  events: stayEvents,
  initialState: (): Stay => ({ status: 'new', guestId: '', noShows: 0 }),
  decide: {
    BookStay: (data) => [{ type: 'StayBooked', data }],
    MoveStay: (data) => [{ type: 'StayMoved', data }],
    Arrive: (data) => [{ type: 'GuestArrived', data }],
    CancelStay: (data) => [{ type: 'StayCancelled', data }],
    MarkNoShow: (_, { status }) => {
      ensure(status === 'booked', 'StayNotOpen');
      return [{ type: 'NoShowMarked', data: {} }];
    },
    AddNote: (data) => [{ type: 'NoteAdded', data }],
  },
  evolve: {
    StayBooked: (stay, { guestId }) => ({ ...stay, status: 'booked', guestId }),
    StayMoved: (stay) => stay,
    GuestArrived: (stay) => ({ ...stay, status: 'arrived' }),
    StayCancelled: (stay) => ({ ...stay, status: 'cancelled' }),
    NoShowMarked: (stay) => ({ ...stay, noShows: stay.noShows + 1 }),
    NoteAdded: (stay) => stay,
  },
});

const accountEvents = { FeeCharged: z.object({ cents: z.int() }), AccountClosed: z.object({}), AccountOpened: z.object({}) };

export const account = defineDecider({
  name: 'account',
  commands: { ChargeFee: z.object({ cents: z.int() }), CloseAccount: z.object({}), OpenAccount: z.object({}) },
  events: accountEvents,
  initialState: () => ({ cents: 0, isClosed: false }),
  decide: {
    ChargeFee: (data, { isClosed }) => {
      ensure(!isClosed, 'AccountClosed');
      return [{ type: 'FeeCharged', data }];
    },
    CloseAccount: () => [{ type: 'AccountClosed', data: {} }],
    OpenAccount: () => [{ type: 'AccountOpened', data: {} }],
  },
  evolve: {
    FeeCharged: (account, { cents }) => ({ ...account, cents: account.cents + cents }),
    AccountClosed: (account) => ({ ...account, isClosed: true }),
    AccountOpened: (account) => ({ ...account, isClosed: false }),
  },
});

/** A guest who has not come by the time of the booking pays a fee. */
export const noShow = defineReminder({
  name: 'no-show',
  of: stay,
  to: [stay, account],
  due: {
    StayBooked: ({ until }) => until,
    StayMoved: ({ until }) => until,
    StayCancelled: () => null,
  },
  send: ({ status, guestId }, { id }) =>
    status === 'booked'
      ? [
          commandTo(stay, { id, type: 'MarkNoShow', data: {} }),
          commandTo(account, { id: guestId, type: 'ChargeFee', data: { cents: 100 } }),
        ]
      : null,
});

export const domain = defineDomain({ deciders: [stay, account], projections: [], reminders: [noShow] });
