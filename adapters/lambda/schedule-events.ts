import * as z from 'zod';
import { Invalid } from '../../core/basics/errors.ts';
import type { Due } from '../../core/schedules/sending.ts';

/** What the Scheduler puts into the queue: see lib/schedules.ts. */
const Message = z.object({ schedule: z.string(), scheduledAt: z.iso.datetime() });

/** The time that the Scheduler tells. @throws Invalid (`InvalidData`): the message goes to the dead letters. */
export const toDue = (message: unknown): Pick<Due, 'schedule' | 'scheduledAt'> => {
  const { data, error } = Message.safeParse(message);
  if (data === undefined) throw new Invalid('InvalidData', `this is no time of a schedule: ${error?.message}`);
  return { schedule: data.schedule, scheduledAt: new Date(data.scheduledAt) };
};
