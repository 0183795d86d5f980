export interface LogEntry {
  readonly route: string;
  readonly status: number;
  readonly correlationId: string;
  readonly error?: unknown;
}

/** Successes are worth a line only where somebody follows them: logs cost more than the Lambdas that write them. */
export type LogLevel = 'INFO' | 'WARN';

/** One line of JSON for an answer. */
export const log = ({ error, ...entry }: LogEntry, level: LogLevel): void => {
  if (entry.status < 400 && level === 'WARN') return;
  if (entry.status < 400) console.info(JSON.stringify(entry));
  else if (entry.status < 500) console.warn(JSON.stringify({ ...entry, error: error instanceof Error ? error.message : undefined }));
  else console.error(JSON.stringify({ ...entry, error: error instanceof Error ? describe(error) : error }));
};

const describe = (error: Error): string =>
  error.cause instanceof Error ? `${error.stack}\ncaused by ${describe(error.cause)}` : `${error.stack}`;
