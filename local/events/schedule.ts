import { longestTimerMilliseconds } from '../waiting.ts';

const unitSeconds: Readonly<Record<string, number>> = { minute: 60, hour: 3600, day: 86_400 };

/** `rate(5 minutes)` → 300. @throws Error for what the local system does not know. */
export const periodSeconds = (expression: string): number => {
  const [, count = '', unit = ''] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  const seconds = Number(count) * (unitSeconds[unit] ?? 0);
  if (seconds === 0) throw new Error(`the local system does not know the schedule ${expression}: it knows rate(…)`);
  return seconds;
};

/** Runs the action at every whole multiple of the period since 1970, so that a restart moves nothing. */
export const everyPeriod = (seconds: number, action: () => void): { readonly start: () => void; readonly stop: () => void } => {
  const milliseconds = Math.max(1, seconds * 1000);
  let timer: NodeJS.Timeout | undefined;
  const wait = (until: number): void => {
    timer = setTimeout(
      () => {
        if (Date.now() < until) return wait(until);
        action();
        wait(next());
      },
      Math.min(until - Date.now(), longestTimerMilliseconds),
    );
  };
  const next = () => (Math.floor(Date.now() / milliseconds) + 1) * milliseconds;
  return { start: () => wait(next()), stop: () => clearTimeout(timer) };
};
