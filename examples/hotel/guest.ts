import { defineDecider } from 'foldstream';
import * as z from 'zod';

const award = z.object({ bookingId: z.string(), points: z.int().positive() });
const ofBooking = z.object({ bookingId: z.string() });

/** The points of a guest, by the booking. `null`: they were taken back, also if they have not come yet. */
type Guest = { readonly points: Readonly<Record<string, number | null>> };

export const guest = defineDecider({
  name: 'guest',
  commands: { AwardPoints: award, TakePointsBack: ofBooking },
  events: { PointsAwarded: award, PointsTakenBack: ofBooking },
  internal: ['AwardPoints', 'TakePointsBack'],
  initialState: (): Guest => ({ points: {} }),
  decide: {
    AwardPoints: (data, { points }) => (points[data.bookingId] === undefined ? [{ type: 'PointsAwarded', data }] : []),
    TakePointsBack: (data, { points }) => (points[data.bookingId] === null ? [] : [{ type: 'PointsTakenBack', data }]),
  },
  evolve: {
    PointsAwarded: ({ points }, { bookingId, points: more }) => ({ points: { ...points, [bookingId]: more } }),
    PointsTakenBack: ({ points }, { bookingId }) => ({ points: { ...points, [bookingId]: null } }),
  },
});
