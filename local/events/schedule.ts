import { longestTimerMilliseconds } from '../waiting.ts';

const unitSeconds: Readonly<Record<string, number>> = { minute: 60, hour: 3600, day: 86_400 };

/** The times of a schedule: at `offset` after each whole multiple of `period` since 1970; both in seconds. */
export interface Times {
  readonly period: number;
  readonly offset: number;
}

/** `rate(5 minutes)` → every 300 s; `cron(30 1 * * ? *)` → each day, 5400 s after midnight UTC. @throws Error for any other expression. */
export const timesOf = (expression: string): Times => {
  const [, minute, hour] = /^cron\((\d{1,2}) (\d{1,2}) \* \* \? \*\)$/.exec(expression) ?? [];
  if (Number(minute) < 60 && Number(hour) < 24) return { period: 86_400, offset: Number(hour) * 3600 + Number(minute) * 60 };
  const [, count = '', unit = ''] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  const period = Number(count) * (unitSeconds[unit] ?? 0);
  if (period === 0)
    throw new Error(`the local system does not know the schedule ${expression}: it knows rate(…), and cron(MINUTE HOUR * * ? *)`);
  return { period, offset: 0 };
};

/** Runs the action at the times of a schedule. They follow the clock, so that a restart moves nothing. */
export const everyPeriod = ({ period, offset }: Times, action: () => void): { readonly start: () => void; readonly stop: () => void } => {
  const [milliseconds, after] = [Math.max(1, period * 1000), offset * 1000];
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
  const next = () => (Math.floor((Date.now() - after) / milliseconds) + 1) * milliseconds + after;
  return { start: () => wait(next()), stop: () => clearTimeout(timer) };
};
