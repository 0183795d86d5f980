import type { Message } from '../basics/messages.ts';
import type { Address } from '../basics/stream.ts';
import { type Commit, lastVersion } from '../log/event-store.ts';

/** The event of version n is recorded n seconds after nine. */
export const recordedAt = (version: number): string => new Date(Date.UTC(2026, 0, 1, 9, 0, version)).toISOString();

/** Commits as a store would answer them: each list of events is one, of the first version of their schemas, and they follow each other from version 1. */
export const commitsOf = (stream: Address, ...all: readonly (readonly Message[])[]): Commit[] => {
  const commits: Commit[] = [];
  for (const events of all) {
    const before = commits.at(-1);
    const version = before === undefined ? 1 : lastVersion(before) + 1;
    const id = `command-${commits.length + 1}`;
    const cause = { commandId: id, correlationId: id, causationId: id };
    commits.push({ stream, version, events: events.map((event) => ({ ...event, schema: 1 })), recordedAt: recordedAt(version), ...cause });
  }
  return commits;
};
