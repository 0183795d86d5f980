import * as z from 'zod';

/** What has happened to a task. Stored for ever: add optional fields freely; to change or remove one, write an upcaster. */
export const events = {
  TaskAdded: z.object({ title: z.string() }),
  TaskClosed: z.object({ reason: z.string() }),
};
