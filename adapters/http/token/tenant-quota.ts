import { TooManyRequests } from '../../../core/basics/errors.ts';
import { type Quota, tokenBuckets } from '../../../core/basics/token-bucket.ts';

/** Admits a caller. @throws TooManyRequests. */
export type Admit = (caller: { readonly tenant?: string }) => void;

/**
 * The quota of each tenant in this process. It costs no read and no write, so it is approximate: each warm instance of a function has
 * buckets of its own.
 */
export const tenantQuota = (quota: Quota, now: () => Date): Admit => {
  const take = tokenBuckets(quota);
  return ({ tenant }) => {
    if (tenant === undefined) return; // The route requires no token.
    const seconds = take(tenant, now());
    if (seconds > 0) throw new TooManyRequests('the tenant sends more requests than its quota allows', Math.ceil(seconds));
  };
};
