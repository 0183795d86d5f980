/** The longest time that a timer of Node can wait for: 24.8 days. A longer timer would fire at once. */
export const longestTimerMilliseconds = 2 ** 31 - 1;

/** What the promise brings, or nothing once the time is up. */
export const before = async <T>(milliseconds: number, promise: Promise<T>): Promise<T | undefined> => {
  const over = new AbortController();
  try {
    return await Promise.race([promise, pause(milliseconds, over.signal).then(() => undefined)]);
  } finally {
    over.abort();
  }
};

/** Waits for any time; returns early, without an error, when stopped. */
export const pause = async (milliseconds: number, signal: AbortSignal): Promise<void> => {
  let left = milliseconds;
  while (left > longestTimerMilliseconds && !signal.aborted) {
    const until = Date.now() + left;
    await oneTimer(longestTimerMilliseconds, signal);
    left = until - Date.now();
  }
  await oneTimer(left, signal);
};

const oneTimer = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener('abort', done);
  });
