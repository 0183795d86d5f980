import { type Circumstances, type EventCircumstances, eventCircumstances } from '../write/circumstances.ts';
import { recordedAt } from './commits.ts';

/** A given event may say when and by whom it was recorded, as in `projectionScenarios`. */
export interface Given {
  readonly metadata?: {
    /** ISO 8601. The default is a second after the event before it; the first one is recorded at `recordedAt(1)`. */
    readonly recordedAt?: string;
    readonly actor?: string;
  };
}

/** The client that sends a command. */
export interface Client {
  readonly actor?: string;
  readonly tenant?: string;
  /** The scopes of the client's token. */
  readonly grants?: readonly string[];
}

/** When a command is decided, and who sends it. */
export interface Sender {
  /** ISO 8601. The default is a second after the last given event. */
  readonly at?: string | undefined;
  /** The client. Without it a process of the service sends the command, for nobody. */
  readonly as?: Client | undefined;
}

/** The circumstances of given events. @throws Error if a time is no time, or is before that of an earlier event. */
export const circumstancesOf = (given: readonly Given[]): readonly EventCircumstances[] => {
  const found: EventCircumstances[] = [];
  for (const { metadata = {} } of given) {
    const version = found.length + 1;
    const time = timeAfter(found.at(-1), metadata.recordedAt, `given event ${version}`);
    found.push(eventCircumstances({ recordedAt: time, version, actor: metadata.actor }));
  }
  return found;
};

/** The circumstances of a decision after given events. @throws Error if `at` is no time, or is before the last event. */
export const decidedAfter = (given: readonly EventCircumstances[], { at, as = {} }: Sender): Circumstances => ({
  now: timeAfter(given.at(-1), at, '`at`'),
  ...(as.actor === undefined ? {} : { actor: as.actor }),
  ...(as.tenant === undefined ? {} : { tenant: as.tenant }),
  grants: as.grants ?? [],
});

/** A time in the form in which commits have it. */
const timeAfter = (before: EventCircumstances | undefined, at: string | undefined, what: string): string => {
  const earliest = before?.recordedAt;
  if (at === undefined) return earliest === undefined ? recordedAt(1) : new Date(Date.parse(earliest) + 1000).toISOString();
  const time = Date.parse(at);
  if (!/^\d{4}-\d{2}-\d{2}/.test(at) || Number.isNaN(time))
    throw new Error(`${what}: '${at}' is no time in ISO 8601, like 2026-01-01T09:00:00Z`);
  const iso = new Date(time).toISOString();
  if (earliest === undefined || iso >= earliest) return iso;
  throw new Error(`${what}: ${iso} is before ${earliest}, the time of the event before it, and a stream's time does not run backwards`);
};
