import { marshall } from '@aws-sdk/util-dynamodb';
import { eventStore } from '../../adapters/event-log/store-on-commit-log.ts';
import type { StoredItem } from '../../cli/es/scan.ts';
import { type Address, streamName } from '../../core/basics/stream.ts';
import type { Decided, Request, StoredEvent } from '../../core/log/event-store.ts';
import { openLog } from '../support/open-log.ts';

/** A commit to be: its events, and the state that it leads to. */
export interface Written extends Pick<Request, 'by' | 'depth' | 'commandType' | 'commandSchema'>, Pick<Decided, 'answer' | 'sealed'> {
  readonly events: readonly StoredEvent[];
  readonly state: unknown;
  readonly actor?: string;
  /** Of its own, not the command's id. */
  readonly correlationId?: string;
}

/** The items of a stream as DynamoDB keeps them, written by the event store itself; the n-th is recorded n seconds after nine. */
export const storedStream = async (
  commits: readonly Written[],
  stream: Address = { aggregate: 'jar', id: '1' },
): Promise<readonly StoredItem[]> => {
  const { log, items, calls } = openLog();
  const store = eventStore(log, () => new Date(Date.UTC(2026, 0, 1, 9, 0, calls.put + 1)));
  let tail = store.begin(stream);
  for (const [index, { events, state, answer, sealed, correlationId, ...told }] of commits.entries()) {
    const commandId = `command ${index + 1}`;
    const cause = { correlationId: correlationId ?? commandId, causationId: correlationId ?? commandId };
    const request = { ...told, commandId, ...cause, command: { type: 'Fill', data: { index } } };
    const appended = await store.append(tail, request, { events, answer, sealed, folded: { fingerprint: 'jar', state } });
    tail = appended.tail;
  }
  return items(streamName(stream)).map((item) => marshall(item));
};

export const filled = (ml: number, note = ''): StoredEvent => ({ type: 'Filled', schema: 1, data: { ml, note } });
