import { ServiceError } from '../http/service-error.ts';

const atPattern = /^at\((\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})\)$/;

/** The time of `at(2026-06-01T12:00:00)` in UTC, in milliseconds since 1970. @throws ServiceError, as the Scheduler does, and for what it would accept but the local system does not know. */
export const timeOf = (expression: string, timezone = 'UTC'): number => {
  const [, text] = atPattern.exec(expression) ?? [];
  if (text === undefined) throw invalid(`Invalid Schedule Expression ${expression}: the local system knows at(yyyy-mm-ddThh:mm:ss)`);
  if (timezone !== 'UTC') throw invalid(`the local system knows times in UTC, and not in ${timezone}`);
  const time = Date.parse(`${text}Z`);
  // A day that no month has would roll over into the next one.
  if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 19) !== text) throw invalid(`Invalid Schedule Expression ${expression}.`);
  return time;
};

export const invalid = (message: string): ServiceError => new ServiceError('ValidationException', message);
