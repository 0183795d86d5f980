import * as z from 'zod';

const reservation = z.string().min(1).max(140);
const quantity = z.int().positive();

// Stored for ever: add optional fields freely; to change or remove one, write an upcaster.
export const events = {
  StockReceived: z.object({ quantity }),
  StockReserved: z.object({ reservation, quantity }),
  StockReleased: z.object({ reservation }),
  /** The reserved goods have left the shelf. */
  StockDispatched: z.object({ reservation }),
  /** The goods are back on the shelf, and not reserved. */
  StockReturned: z.object({ reservation, quantity }),
};
