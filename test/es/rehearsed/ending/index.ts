import { accounts } from '../accounts.ts';

/** A domain that ends the process. */
export const domain = accounts({ lift: () => process.exit(3) });
