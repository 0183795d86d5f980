import * as z from 'zod';

// Stored for ever: add optional fields freely; to change or remove one, write an upcaster.
export const events = {
  CustomerRegistered: z.object({ name: z.string().min(1), email: z.email() }),
  CustomerEmailChanged: z.object({ email: z.email() }),
  CustomerLeft: z.object({}),
};
