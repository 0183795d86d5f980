import type { Failures } from './ports.ts';

/** Why a saga aborted, in words: the `reason` that `onAbort` receives. */
export const reasonOf = (failed: Failures | readonly Failures[]): string => {
  const [first = {}] = [failed].flat() as readonly Failures[];
  const [step, { Error: error, Cause: cause = '' }] = Object.entries(first)[0] ?? ['The saga', { Error: 'unknown' }];
  if (['Aborted', 'Interrupted', 'InterruptedMidway', 'Refused', 'RefusedOnRetry', 'GivenUp', 'TimedOut'].includes(error)) return cause;
  return `${step} ${error === 'States.Timeout' ? 'was not answered in time' : 'failed'}`;
};
