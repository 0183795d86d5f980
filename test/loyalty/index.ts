import { commandTo, defineDecider, defineDomain, defineReaction, ensure, type Metadata } from 'foldstream';
import * as z from 'zod';

// A service with a reaction: who stays gets points. A command that awards points adds them each time, so that a doubled one shows.

const stayEvents = {
  StayEnded: z.object({ guestId: z.string(), nights: z.int(), friends: z.array(z.string()).optional() }),
  StayPraised: z.object({}),
};

export const stay = defineDecider({
  name: 'stay',
  commands: { EndStay: stayEvents.StayEnded, PraiseStay: stayEvents.StayPraised },
  events: stayEvents,
  initialState: () => ({}),
  decide: { EndStay: (data) => [{ type: 'StayEnded', data }], PraiseStay: (data) => [{ type: 'StayPraised', data }] },
  evolve: { StayEnded: (state) => state, StayPraised: (state) => state },
});

const guestEvents = { PointsAwarded: z.object({ points: z.int() }), AccountClosed: z.object({}), AccountOpened: z.object({}) };

type Guest = { readonly points: number; readonly isClosed: boolean };

export const guest = defineDecider({
  name: 'guest',
  commands: { AwardPoints: z.object({ points: z.int().positive() }), CloseAccount: z.object({}), OpenAccount: z.object({}) },
  events: guestEvents,
  initialState: (): Guest => ({ points: 0, isClosed: false }),
  decide: {
    AwardPoints: (data, { isClosed }) => {
      ensure(!isClosed, 'AccountClosed');
      return [{ type: 'PointsAwarded', data }];
    },
    CloseAccount: () => [{ type: 'AccountClosed', data: {} }],
    OpenAccount: () => [{ type: 'AccountOpened', data: {} }],
  },
  evolve: {
    PointsAwarded: (guest, { points }) => ({ ...guest, points: guest.points + points }),
    AccountClosed: (guest) => ({ ...guest, isClosed: true }),
    AccountOpened: (guest) => ({ ...guest, isClosed: false }),
  },
});

/** Points for the guest, and for each friend who came along. */
export const awardPoints = defineReaction({
  name: 'award-points',
  of: stay,
  to: [guest],
  on: {
    StayEnded: ({ guestId, nights, friends = [] }) => {
      if (nights > 1000) throw new Error('nobody stays that long');
      return [
        commandTo(guest, { id: guestId, type: 'AwardPoints', data: { points: nights * 10 } }),
        ...friends.map((friend) => commandTo(guest, { id: friend, type: 'AwardPoints', data: { points: 1 } })),
      ];
    },
    StayPraised: (_: object, { id }: Metadata) =>
      id === 'silent' ? null : commandTo(guest, { id: `by-${id}`, type: 'AwardPoints', data: { points: 5 } }),
  },
});

export const domain = defineDomain({ deciders: [stay, guest], projections: [], reactions: [awardPoints] });
