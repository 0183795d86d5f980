import { abort, defineSaga } from 'foldstream';
import * as z from 'zod';
import { booking, room } from './stay/index.ts';

// What the compiler refuses in the tables of interruptions and in the keys of sagas: npm run types.

const context = z.object({ bookingId: z.string(), roomId: z.string().optional() });
const confirm = ({ bookingId }: { bookingId: string }) => ({ id: bookingId, type: 'ConfirmBooking', data: {} }) as const;
const saga = {
  name: 'x',
  context,
  startsOn: { of: booking, event: 'BookingRequested', context: () => undefined },
  steps: { Confirm: { to: booking, send: confirm } },
  onAbort: { to: booking, send: confirm },
} as const;

defineSaga({
  ...saga,
  unique: { key: ({ bookingId }) => bookingId, among: 'ever' },
  interruptedBy: {
    BookingCancelled: { of: booking, id: ({ bookingId }) => bookingId, does: ({ reason }) => abort(reason) },
    RoomClosed: { of: room, id: ({ roomId }) => roomId, does: () => undefined },
  },
});
// @ts-expect-error an event of another aggregate
defineSaga({ ...saga, interruptedBy: { RoomClosed: { of: booking, id: () => '1', does: () => abort('') } } });
// @ts-expect-error the data of the event are misread
defineSaga({ ...saga, interruptedBy: { BookingCancelled: { of: booking, id: () => '1', does: ({ why }) => abort(why) } } });
// @ts-expect-error a field that the context does not have
defineSaga({ ...saga, interruptedBy: { BookingCancelled: { of: booking, id: ({ orderId }) => orderId, does: () => abort('') } } });
// @ts-expect-error nobody says which aggregate
defineSaga({ ...saga, interruptedBy: { BookingCancelled: { of: booking, does: () => abort('') } } });
// @ts-expect-error the row gives no reason
defineSaga({ ...saga, interruptedBy: { BookingCancelled: { of: booking, id: () => '1', does: () => true } } });
// @ts-expect-error a key that may be absent
defineSaga({ ...saga, unique: { key: ({ roomId }) => roomId, among: 'running' } });
// @ts-expect-error nobody says among which runs
defineSaga({ ...saga, unique: { key: ({ bookingId }) => bookingId } });
