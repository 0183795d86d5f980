import { commandTo, cron, defineSchedule, rate } from 'foldstream';
import { customer } from './domain/customer/decider.ts';
import { bell } from './tower/index.ts';

// What must not compile of a schedule says so, and fails where it does. Nothing here runs.

const ringing = { name: 'ring', every: cron('0 3 * * *', { timeZone: 'Europe/Berlin' }), catchUp: 'latest', to: [bell] } as const;
const stroke = (at: string) => commandTo(bell, { id: 'main', type: 'Ring', data: { at } });

defineSchedule({ ...ringing, sends: ({ scheduledAt }) => stroke(scheduledAt) });
defineSchedule({ ...ringing, every: rate({ minutes: 5 }), sends: ({ scheduledAt }) => [stroke(scheduledAt)] });
defineSchedule({ ...ringing, sends: () => null });

// @ts-expect-error a way to catch up that there is not
defineSchedule({ ...ringing, catchUp: 'some', sends: () => null });
// @ts-expect-error an expression that `cron` has not read
defineSchedule({ ...ringing, every: '0 3 * * *', sends: () => null });
// @ts-expect-error a command to an aggregate that `to` does not name
defineSchedule({ ...ringing, sends: ({ scheduledAt }) => commandTo(customer, { id: scheduledAt, type: 'RemoveCustomer', data: {} }) });
// @ts-expect-error what no schedule knows
defineSchedule({ ...ringing, sends: ({ now }) => stroke(now) });
// @ts-expect-error a promise: a row asks for commands, and sends none
defineSchedule({ ...ringing, sends: async () => null });
// @ts-expect-error nothing says what happens with times that were missed
defineSchedule({ name: 'ring', every: rate({ days: 1 }), to: [bell], sends: () => null });
// @ts-expect-error a unit that a rate does not have
rate({ weeks: 1 });
