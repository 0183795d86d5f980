import type { AnyDecider } from '../write/decider.ts';
import { type AnyCalls, isAnswer, type Limits, statusesOf } from './calls.ts';
import { faultOfCredentials } from './credentials.ts';

/** The fault of calls in what the compiler cannot check, or undefined: credentials, limits and answers. */
export const faultOfCalls = (deciders: readonly AnyDecider[], calls: AnyCalls): string | undefined => {
  const { credentials, limits } = calls;
  return (
    (credentials === undefined ? undefined : faultOfCredentials(credentials)) ??
    (limits === undefined ? undefined : faultOfLimits(limits)) ??
    faultOfAnswers(deciders, calls)
  );
};

const faultOfLimits = ({ concurrency = 100, ratePerSecond = 1 }: Limits): string | undefined => {
  if (!Number.isInteger(concurrency) || concurrency < 2 || concurrency > 1000) return 'its concurrency is a whole number from 2 to 1000';
  return ratePerSecond >= 0.1 && ratePerSecond <= 1000 ? undefined : 'its ratePerSecond is a number from 0.1 to 1000';
};

const faultOfAnswers = (deciders: readonly AnyDecider[], calls: AnyCalls): string | undefined => {
  const { to = [], answered = {} } = calls;
  const statuses = statusesOf(calls);
  const stranger = to.find((one) => !deciders.includes(one));
  if (stranger !== undefined) return `its answers cause commands to '${stranger.name}', which is no aggregate here`;
  const unfit = statuses.find((status) => !isAnswer(status));
  if (unfit !== undefined) return `${unfit} is no answer: the call is made again, or refused`;
  const rows = Object.keys(answered).map(Number);
  const silent = statuses.find((status) => !rows.includes(status)) ?? rows.find((status) => !statuses.includes(status));
  return silent === undefined ? undefined : `the answer ${silent} needs a schema in 'answers' and a row in 'answered'`;
};
