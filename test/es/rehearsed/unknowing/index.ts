import { accounts } from '../accounts.ts';

export const domain = accounts({ knowsClosed: false });
