import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { eventStore } from '../../adapters/event-log/store-on-commit-log.ts';
import { streamName } from '../../core/basics/stream.ts';
import type { Entry } from '../../core/import/mapping.ts';
import type { Commit, Loaded } from '../../core/log/event-store.ts';
import { toStored } from '../../core/log/stored-events.ts';
import { fold, foldingOf } from '../../core/write/decider.ts';
import { bulkWriter } from '../engine/bulk.ts';
import type { TableShape } from '../engine/tables.ts';

export const finesTable: TableShape = {
  name: 'fines',
  keys: [
    ['stream', 'S'],
    ['version', 'N'],
  ],
};

/** Records a history through the store's own append, into a log that is written in bulk. Returns the commits in their order. */
export const recordHistory = async (client: DynamoDBClient, history: readonly Entry[]): Promise<readonly Commit[]> => {
  const writer = bulkWriter(client, finesTable.name);
  const never = async () => Promise.reject(new Error('nothing is read while a log is filled'));
  const putNew = async (item: object): Promise<undefined> => {
    await writer.put(marshall(item));
  };
  const store = eventStore({ putNew, query: never, scan: never }, () => new Date());
  const ends = new Map<string, Loaded<unknown>>();
  const commits: Commit[] = [];
  for (const { decider, stream, request, events, recordedAt } of history) {
    const name = streamName(stream);
    const { state: before, tail } = ends.get(name) ?? { state: decider.initialState(), tail: store.begin(stream) };
    const state = fold(decider, events as never, before);
    const folded = { fingerprint: foldingOf(decider).fingerprint, state };
    const appended = await store.append(tail, request, { events: toStored(decider.events, events), folded, recordedAt });
    if (!appended.won || !appended.isNew) throw new Error(`${name} has this commit already`);
    ends.set(name, { state, tail: appended.tail });
    commits.push(appended.commit);
  }
  await writer.end();
  return commits;
};
