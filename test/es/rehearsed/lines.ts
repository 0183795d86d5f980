import { eventId } from '../../../core/basics/stream.ts';
import type { StoredEvent } from '../../../core/log/event-store.ts';

export const opened = (bank: string): StoredEvent => ({ type: 'Opened', schema: 1, data: { bank } });
/** Of schema version 2. */
export const paid = (bank: string, cents: number): StoredEvent => ({ type: 'Paid', schema: 2, data: { bank, cents } });
/** Of schema version 1. */
export const paidEuros = (bank: string, euros: number): StoredEvent => ({ type: 'Paid', schema: 1, data: { bank, euros } });
export const closed: StoredEvent = { type: 'Closed', schema: 1, data: {} };

export interface Lines {
  /** The lines of a commit, as `es export` writes them. */
  commit(id: string, ...events: readonly StoredEvent[]): readonly string[];
}

/** Writes the commits of a log of accounts, each behind the ones before. */
export const linesOfLog = (tenant?: string): Lines => {
  const versions = new Map<string, number>();
  let commits = 0;
  return {
    commit: (id, ...events) => {
      const stream = { ...(tenant === undefined ? {} : { tenant }), aggregate: 'account', id };
      const first = (versions.get(id) ?? 0) + 1;
      versions.set(id, first + events.length - 1);
      commits += 1;
      const commandId = `command-${commits}`;
      const recordedAt = new Date(Date.UTC(2026, 0, 1, 0, 0, commits)).toISOString();
      return events.map(({ type, schema, data }, index) => {
        const version = first + index;
        const cause = { commandId, correlationId: commandId, causationId: commandId };
        const metadata = { eventId: eventId(stream, version), ...stream, version, recordedAt, ...cause };
        const commit = index > 0 ? {} : { commit: { count: events.length, request: Buffer.alloc(15).toString('base64') } };
        return JSON.stringify({ type, schema, data, metadata, ...commit });
      });
    },
  };
};
