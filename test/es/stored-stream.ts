import { marshall } from '@aws-sdk/util-dynamodb';
import type { CommitItem } from '../../adapters/commit-item.ts';
import { eventStore } from '../../adapters/event-store.ts';
import type { Folding, StoredEvent } from '../../core/event-store.ts';
import type { Address } from '../../core/stream.ts';
import type { StoredItem } from '../../scripts/es/scan.ts';

/** A commit to be: its events, and the state that it leads to. */
export interface Written {
  readonly events: readonly StoredEvent[];
  readonly state: unknown;
  readonly actor?: string;
  /** Of its own, not the command's id. */
  readonly correlationId?: string;
}

const folding: Folding<null> = { fingerprint: 'jar', initialState: () => null, evolve: () => null };

/** The items of a stream as DynamoDB keeps them, written by the event store itself; the n-th is recorded n seconds after nine. */
export const storedStream = async (
  commits: readonly Written[],
  stream: Address = { aggregate: 'jar', id: '1' },
): Promise<readonly StoredItem[]> => {
  const items: CommitItem[] = [];
  const store = eventStore(
    {
      putNew: async (item) => {
        items.push(item);
        return undefined;
      },
      query: async () => ({ items: [], more: false }),
      scan: async () => ({ items: [] }),
    },
    () => new Date(Date.UTC(2026, 0, 1, 9, 0, items.length + 1)),
  );
  let tail = store.begin(stream);
  for (const [index, { events, state, actor, correlationId }] of commits.entries()) {
    const commandId = `command ${index + 1}`;
    const request = { commandId, correlationId: correlationId ?? commandId, causationId: correlationId ?? commandId, actor };
    const folded = { fingerprint: folding.fingerprint, state };
    const appended = await store.append(tail, { ...request, command: { type: 'Fill', data: { index } } }, { events, folded });
    tail = appended.tail;
  }
  return items.map((item) => marshall(item));
};

export const filled = (ml: number, note = ''): StoredEvent => ({ type: 'Filled', schema: 1, data: { ml, note } });
