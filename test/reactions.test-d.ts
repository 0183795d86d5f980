import { commandTo, defineReaction } from 'foldstream';
import { customer } from './domain/customer/decider.ts';
import { order } from './domain/order/decider.ts';
import { guest, stay } from './loyalty/index.ts';

// What must not compile of a reaction says so, and fails where it does. Nothing here runs.

const points = { points: 1 };
const reacting = { name: 'award', of: stay, to: [guest, customer] } as const;

defineReaction({
  ...reacting,
  on: {
    StayEnded: ({ guestId, nights }, { id, depth = 0 }) =>
      nights + depth === 0 ? null : [commandTo(guest, { id: guestId, type: 'AwardPoints', data: points }), leave(id)],
    StayPraised: (_, { id }) => leave(id),
  },
});
const leave = (id: string) => commandTo(customer, { id, type: 'RemoveCustomer', data: {} });

// @ts-expect-error an event that the aggregate does not have
defineReaction({ ...reacting, on: { StayEndet: () => null } });
// @ts-expect-error the data of the event are misread
defineReaction({ ...reacting, on: { StayEnded: ({ night }) => commandTo(guest, { id: night, type: 'AwardPoints', data: points }) } });
// @ts-expect-error a command to an aggregate that `to` does not name
defineReaction({ ...reacting, to: [guest], on: { StayPraised: (_, { id }) => leave(id) } });
// @ts-expect-error a promise: a row asks for commands, and sends none
defineReaction({ ...reacting, on: { StayPraised: async () => null } });

// @ts-expect-error a command that the aggregate does not have
commandTo(guest, { id: '1', type: 'AwardPoint', data: points });
// @ts-expect-error the data of another command
commandTo(guest, { id: '1', type: 'AwardPoints', data: {} });
// @ts-expect-error a field that no schema names
commandTo(guest, { id: '1', type: 'AwardPoints', data: { points: 1, extra: 2 } });
// @ts-expect-error an event where a command is due
commandTo(guest, { id: '1', type: 'PointsAwarded', data: points });
// @ts-expect-error no id
commandTo(guest, { type: 'AwardPoints', data: points });
// @ts-expect-error a command of another aggregate
commandTo(order, { id: '1', type: 'AwardPoints', data: points });
