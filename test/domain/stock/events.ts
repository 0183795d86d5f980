import * as z from 'zod';

const reservation = z.string().min(1).max(140);
const quantity = z.int().positive();

export const events = {
  StockReceived: z.object({ quantity }),
  StockReserved: z.object({ reservation, quantity }),
  StockReleased: z.object({ reservation }),
  StockDispatched: z.object({ reservation }),
  StockReturned: z.object({ reservation, quantity }),
};
