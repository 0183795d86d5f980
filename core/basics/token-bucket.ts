/** How many requests are admitted: this many a second in the long run, and this many at once. */
export interface Quota {
  readonly perSecond: number;
  readonly burst: number;
}

interface Bucket {
  readonly tokens: number;
  readonly atMilliseconds: number;
}

/** Takes a token for a key. Answers 0, or the seconds until there will be one; then nothing is taken. */
export type TakeToken = (key: string, now: Date) => number;

/**
 * A bucket of tokens for each key. A bucket holds `burst` tokens, and gets `perSecond` tokens a second. Only the keys that were used last
 * have a bucket, `mostKeys` of them: a key that comes back later finds a full one.
 */
export const tokenBuckets = ({ perSecond, burst }: Quota, mostKeys = 10_000): TakeToken => {
  /** In the order of their last use. */
  const buckets = new Map<string, Bucket>();

  return (key, now) => {
    const known = buckets.get(key) ?? { tokens: burst, atMilliseconds: now.getTime() };
    // A clock that is set back gives nothing, and takes nothing.
    const elapsedSeconds = Math.max(0, now.getTime() - known.atMilliseconds) / 1000;
    const tokens = Math.min(burst, known.tokens + elapsedSeconds * perSecond);
    const isAdmitted = tokens >= 1;
    buckets.delete(key);
    buckets.set(key, { tokens: isAdmitted ? tokens - 1 : tokens, atMilliseconds: now.getTime() });
    const [oldest] = buckets.keys();
    if (buckets.size > mostKeys && oldest !== undefined) buckets.delete(oldest);
    return isAdmitted ? 0 : (1 - tokens) / perSecond;
  };
};
