import { accounts } from '../accounts.ts';

export const domain = accounts({
  lift: (euros) => {
    if (euros === 7) throw new RangeError('not 7');
    return euros * 100;
  },
});
