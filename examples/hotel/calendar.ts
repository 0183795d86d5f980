import { defineDecider, ensure } from 'foldstream';
import * as z from 'zod';
import { hour } from './booking.ts';

const room = z.object({ roomId: z.string(), nightCents: z.int().positive() });
const wanted = z.object({ bookingId: z.string(), arrival: z.iso.date(), nights: z.int() });
const chosen = z.object({ roomId: z.string(), totalCents: z.int() });
const ofBooking = z.object({ bookingId: z.string() });

type Hold = z.output<typeof wanted> & z.output<typeof chosen>;

interface Calendar {
  /** The price of a night, by the room. */
  readonly rooms: Readonly<Record<string, number>>;
  /** By the booking. `null`: it was freed, and a command that comes late must not hold a room again. */
  readonly holds: Readonly<Record<string, Hold | null>>;
}

const lastNight = ({ arrival, nights }: Hold): number => Date.parse(arrival) + (nights - 1) * 24 * hour;
export const overlap = (one: Hold, other: Hold): boolean =>
  one.roomId === other.roomId && Date.parse(one.arrival) <= lastNight(other) && Date.parse(other.arrival) <= lastNight(one);

/** The hotel's calendar chooses the room. All rooms are in one stream, so no room is ever held twice. */
export const calendar = defineDecider({
  name: 'calendar',
  commands: { AddRoom: room, HoldRoom: wanted, FreeRoom: ofBooking },
  events: { RoomAdded: room, RoomHeld: z.object({ ...wanted.shape, ...chosen.shape }), RoomFreed: ofBooking },
  answers: { HoldRoom: chosen },
  internal: ['HoldRoom', 'FreeRoom'],
  initialState: (): Calendar => ({ rooms: {}, holds: {} }),
  decide: {
    AddRoom: (added, { rooms }) => (added.roomId in rooms ? [] : [{ type: 'RoomAdded', data: added }]),
    HoldRoom: (forStay, { rooms, holds }) => {
      const held = holds[forStay.bookingId];
      if (held) return { events: [], answer: { roomId: held.roomId, totalCents: held.totalCents } };
      ensure(held === undefined, 'AlreadyFreed');
      const free = Object.entries(rooms)
        .map(([roomId, nightCents]): Hold => ({ ...forStay, roomId, totalCents: nightCents * forStay.nights }))
        .find((hold) => !Object.values(holds).some((other) => other && overlap(other, hold)));
      ensure(free !== undefined, 'NoRoomFree');
      return { events: [{ type: 'RoomHeld', data: free }], answer: { roomId: free.roomId, totalCents: free.totalCents } };
    },
    FreeRoom: ({ bookingId }, { holds }) => (holds[bookingId] === null ? [] : [{ type: 'RoomFreed', data: { bookingId } }]),
  },
  evolve: {
    RoomAdded: (calendar, { roomId, nightCents }) => ({ ...calendar, rooms: { ...calendar.rooms, [roomId]: nightCents } }),
    RoomHeld: (calendar, hold) => ({ ...calendar, holds: { ...calendar.holds, [hold.bookingId]: hold } }),
    RoomFreed: (calendar, { bookingId }) => ({ ...calendar, holds: { ...calendar.holds, [bookingId]: null } }),
  },
});
