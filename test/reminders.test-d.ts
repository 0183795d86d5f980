import { commandTo, defineReminder } from 'foldstream';
import { account, stay } from './inn/index.ts';

// What must not compile of a reminder says so, and fails where it does. Nothing here runs.

const fee = (id: string) => commandTo(account, { id, type: 'ChargeFee', data: { cents: 1 } });
const reminding = { name: 'late', of: stay, to: [stay, account] } as const;

defineReminder({
  ...reminding,
  due: {
    StayBooked: ({ until }, { recordedAt }) => (until > recordedAt ? until : null),
    StayMoved: ({ until }) => new Date(until),
    StayCancelled: () => null,
  },
  send: ({ status, guestId }, { id, tenant, due, cause }) =>
    status === 'booked' && `${tenant}${due}` < cause.recordedAt
      ? [fee(guestId), commandTo(stay, { id, type: 'MarkNoShow', data: {} })]
      : null,
});

const send = () => null;
// @ts-expect-error an event that the aggregate does not have
defineReminder({ ...reminding, due: { StayBokked: () => null }, send });
// @ts-expect-error the data of the event are misread
defineReminder({ ...reminding, due: { StayBooked: ({ untill }) => untill }, send });
// @ts-expect-error a number: seconds and milliseconds look alike
defineReminder({ ...reminding, due: { StayBooked: () => 1_780_000_000 }, send });
// @ts-expect-error no answer: `null` cancels, and what is left out would too
defineReminder({ ...reminding, due: { StayCancelled: () => {} }, send });
// @ts-expect-error a field that the state does not have
defineReminder({ ...reminding, due: {}, send: ({ state }) => state });
// @ts-expect-error a command to an aggregate that `to` does not name
defineReminder({ ...reminding, to: [stay], due: {}, send: (_, { id }) => fee(id) });
// @ts-expect-error a promise: it asks for commands, and sends none
defineReminder({ ...reminding, due: {}, send: async () => null });
// @ts-expect-error nothing is sent
defineReminder({ ...reminding, due: { StayCancelled: () => null } });
