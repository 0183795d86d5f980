import { abort, defineSaga } from 'foldstream';
import * as z from 'zod';
import { bill, booking, calendar, points } from './guesthouse/index.ts';

// What the compiler refuses in a saga that decides. Each of these lines must not compile.

const context = z.object({ id: z.string(), roomId: z.string().optional(), isPaid: z.boolean(), at: z.string() });
const more = {
  name: 'x',
  context,
  startsOn: { of: booking, event: 'BookingRequested', context: (_: object, { id }: { id: string }) => ({ id, isPaid: false, at: '' }) },
  onAbort: { to: booking, send: ({ id }: { id: string }, reason: string) => ({ id, type: 'RejectBooking', data: { reason } }) as const },
} as const;
const hold = ({ id }: { id: string }) => ({ id: 'house', type: 'HoldRoom', data: { bookingId: id } }) as const;
const credit = ({ id }: { id: string }, page: number) => ({ id, type: 'CreditPage', data: { page, of: 3 } }) as const;

// What an answer, an event and a wait say is typed, and the context that comes of it.
defineSaga({
  ...more,
  steps: {
    Hold: { to: calendar, send: hold, learns: { HoldRoom: ({ roomId }, known) => ({ ...known, roomId }) }, undo: 'nothing' },
    Way: { choose: ({ isPaid }) => (isPaid ? 'paid' : 'open'), branches: ['paid', 'open'] },
    Wait: {
      branch: 'open',
      to: bill,
      of: ({ id }) => id,
      awaits: { PaymentReceived: 'proceed', PaymentDeclined: ({ reason }) => abort(reason) },
      timeoutSeconds: 60,
      learns: { PaymentReceived: ({ receipt }, known, { recordedAt }) => ({ ...known, at: `${receipt} ${recordedAt}` }) },
      late: (known) => ({ ...known, isPaid: false }),
    },
    Later: { branch: 'open', until: ({ at }) => at, maxDays: 3, when: ({ isPaid }) => isPaid },
    Credit: { to: points, repeat: { while: ({ isPaid }, round) => isPaid && round < 3, atMost: 3 }, send: credit, undo: 'nothing' },
  },
});

// the answer has no such field
defineSaga({
  ...more,
  // @ts-expect-error
  steps: { A: { to: calendar, send: hold, learns: { HoldRoom: ({ room }, known) => ({ ...known, roomId: room }) }, undo: 'nothing' } },
});
// an event of another aggregate
defineSaga({
  ...more,
  // @ts-expect-error
  steps: { A: { to: calendar, send: hold, learns: { PaymentReceived: (_: unknown, known) => known }, undo: 'nothing' } },
});
// a command that answers nothing
// @ts-expect-error
defineSaga({ ...more, steps: { A: { to: calendar, send: hold, learns: { AddRoom: (_: unknown, known) => known }, undo: 'nothing' } } });
// a context of another type
// @ts-expect-error
defineSaga({ ...more, steps: { A: { to: calendar, send: hold, learns: { RoomHeld: ({ roomId }) => ({ roomId }) }, undo: 'nothing' } } });
// `when` is a boolean
// @ts-expect-error
defineSaga({ ...more, steps: { A: { when: ({ id }) => id, to: calendar, send: hold, undo: 'nothing' } } });
// a time is a text
// @ts-expect-error
defineSaga({ ...more, steps: { A: { until: ({ isPaid }) => isPaid, maxDays: 3 } } });
// a wait has a longest time
// @ts-expect-error
defineSaga({ ...more, steps: { A: { until: ({ at }) => at } } });
// the field is misspelt
// @ts-expect-error
defineSaga({ ...more, steps: { A: { until: ({ at }) => at, maxDays: 3, wen: () => true } } });
// a step that waits has a time limit
// @ts-expect-error
defineSaga({ ...more, steps: { A: { to: bill, of: ({ id }) => id, awaits: { PaymentReceived: 'proceed' } } } });
defineSaga({
  ...more,
  steps: {
    A: {
      to: bill,
      of: ({ id }) => id,
      awaits: { PaymentReceived: 'proceed' },
      timeoutSeconds: 1,
      // an event that the step does not await
      // @ts-expect-error
      learns: { PaymentAsked: (_, known) => known },
    },
  },
});
// a step that sends a command is undone when it is late
defineSaga({
  ...more,
  // @ts-expect-error
  steps: { A: { to: calendar, send: hold, awaits: { RoomHeld: 'proceed' }, timeoutSeconds: 1, late: (known) => known, undo: 'nothing' } },
});
// without a number of rounds
// @ts-expect-error
defineSaga({ ...more, steps: { A: { to: points, repeat: { while: () => true }, send: credit, undo: 'nothing' } } });
// a list is walked, not repeated
defineSaga({
  ...more,
  // @ts-expect-error
  steps: { A: { to: points, repeat: { while: () => true, atMost: 3 }, forEach: 'id', send: credit, undo: 'nothing' } },
});
