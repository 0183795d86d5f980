export interface LogEntry {
  readonly route: string;
  readonly status: number;
  readonly correlationId: string;
  readonly error?: unknown;
}

/** One line of JSON for each answer, at a level that Lambda's log settings can filter. */
export const log = ({ error, ...entry }: LogEntry): void => {
  if (entry.status < 400) console.info(JSON.stringify(entry));
  else if (entry.status < 500) console.warn(JSON.stringify({ ...entry, error: error instanceof Error ? error.message : undefined }));
  else console.error(JSON.stringify({ ...entry, error: error instanceof Error ? describe(error) : error }));
};

const describe = (error: Error): string =>
  error.cause instanceof Error ? `${error.stack}\ncaused by ${describe(error.cause)}` : `${error.stack}`;
