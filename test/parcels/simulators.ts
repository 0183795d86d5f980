import { defineSimulator } from 'foldstream';
import * as z from 'zod';
import { parcel } from './index.ts';

const Pickup = z.object({ grams: z.int() });

/** A courier that fetches what weighs less than 30 kg, and is away while it is told to be. */
const courierSimulator = defineSimulator({
  name: 'courier',
  answers: parcel,
  initialState: (): { readonly fetched: readonly string[]; readonly isAway: boolean } => ({ fetched: [], isAway: false }),
  take: (state, { what, body }) => {
    if (what === 'PUT /away' || what === 'PUT /back') return { state: { ...state, isAway: what === 'PUT /away' }, status: 200, body: {} };
    const id = /^POST \/pickups\/([^/]+)$/.exec(what)?.[1];
    if (id === undefined) return { state, status: 404, body: {} };
    if (state.isAway) return { state, status: 503, body: {} };
    const { grams } = Pickup.parse(body);
    if (grams > 30_000) return { state, status: 422, body: { reason: 'too heavy' } };
    return { state: { ...state, fetched: [...state.fetched, id] }, status: 201, body: { tracking: `track-${id}` } };
  },
  tell: (state) => ({ status: 200, body: state }),
  hint: (url) => `curl -X PUT ${url}/away`,
});

export const simulators = [courierSimulator];
