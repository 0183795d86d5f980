import { accounts } from '../accounts.ts';

export const domain = accounts({ sum: (sum, cents) => sum + Math.min(cents, 300) });
