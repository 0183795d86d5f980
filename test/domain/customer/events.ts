import * as z from 'zod';

export const events = {
  CustomerRegistered: z.object({ name: z.string().min(1), email: z.email() }),
  CustomerEmailChanged: z.object({ email: z.email() }),
  CustomerLeft: z.object({}),
};
