import { commandTo, cron, defineDecider, defineDomain, defineSchedule, ensure } from 'foldstream';
import * as z from 'zod';

// A service with schedules: a bell that rings at its times. A command that rings adds a stroke each time, so that a doubled one shows.

const bellEvents = { Rang: z.object({ at: z.iso.datetime() }), Hung: z.object({}), TakenDown: z.object({}) };

type Bell = { readonly strokes: number; readonly isDown: boolean };

export const bell = defineDecider({
  name: 'bell',
  commands: { Ring: bellEvents.Rang, Hang: z.object({}), TakeDown: z.object({}) },
  events: bellEvents,
  initialState: (): Bell => ({ strokes: 0, isDown: false }),
  decide: {
    Ring: (data, { isDown }) => {
      ensure(!isDown, 'NotHung');
      return [{ type: 'Rang', data }];
    },
    Hang: () => [{ type: 'Hung', data: {} }],
    TakeDown: () => [{ type: 'TakenDown', data: {} }],
  },
  evolve: {
    Rang: (bell) => ({ ...bell, strokes: bell.strokes + 1 }),
    Hung: (bell) => ({ ...bell, isDown: false }),
    TakenDown: (bell) => ({ ...bell, isDown: true }),
  },
});

/** Every minute, so that a test does not wait for long. */
export const ring = defineSchedule({
  name: 'ring',
  every: cron('* * * * *'),
  catchUp: 'all',
  to: [bell],
  sends: ({ scheduledAt }) => commandTo(bell, { id: 'main', type: 'Ring', data: { at: scheduledAt } }),
});

export const domain = defineDomain({ deciders: [bell], projections: [], schedules: [ring] });
