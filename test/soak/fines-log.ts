import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { BatchWriteCommand } from '@aws-sdk/lib-dynamodb';
import type { CommitItem } from '../../adapters/event-log/commit-item.ts';
import { eventStore } from '../../adapters/event-log/store-on-commit-log.ts';
import { beginning, linesOf } from '../../cli/import/lines.ts';
import { readEntry } from '../../core/import/mapping.ts';
import { toStored } from '../../core/log/stored-events.ts';
import { fold, foldingOf } from '../../core/write/decider.ts';
import { mapping } from '../../examples/fines/mapping.ts';

const never = async () => Promise.reject(new Error('nothing is read while a log is filled'));

/**
 * Records a register of fines as `npm run import` does, through the mapping and the store's own append, but into a log that is written
 * in bulk. The lines are in the order of time; each fine is recorded whole, so that only one is in memory. Answers how many events.
 */
export const recordFines = async (client: DynamoDBDocumentClient, table: string, file: string): Promise<number> => {
  const writer = bulkWriter(client, table);
  const store = eventStore({ putNew: async (item) => void (await writer.put(item)), query: never, scan: never }, () => new Date());
  let count = 0;
  for (const lines of (await linesByFine(file)).values()) {
    let state: unknown;
    let tail: ReturnType<typeof store.begin> | undefined;
    for (const line of lines) {
      const entry = readEntry(mapping, line);
      if (entry === undefined) throw new Error(`no event is made of ${line}`);
      const { decider, stream, request, events, recordedAt } = entry;
      state = fold(decider, events as never, tail === undefined ? decider.initialState() : state);
      const folded = { fingerprint: foldingOf(decider).fingerprint, state };
      const decided = { events: toStored(decider.events, events), folded, recordedAt };
      const appended = await store.append(tail ?? store.begin(stream), request, decided);
      if (!appended.won || !appended.isNew) throw new Error(`the log has this line already: ${line}`);
      tail = appended.tail;
      count += events.length;
    }
  }
  await writer.end();
  return count;
};

const linesByFine = async (file: string): Promise<ReadonlyMap<string, readonly string[]>> => {
  const fines = new Map<string, string[]>();
  for await (const { text } of linesOf({ file, from: beginning })) {
    const fine = /"fine":"([^"]+)"/.exec(text)?.[1] ?? '';
    const lines = fines.get(fine);
    if (lines === undefined) fines.set(fine, [text]);
    else lines.push(text);
  }
  return fines;
};

const itemsPerRequest = 25;
const requestsAtATime = 4;

/** Writes items as they come, in batches, a few at a time. */
const bulkWriter = (client: DynamoDBDocumentClient, table: string) => {
  let batch: CommitItem[] = [];
  let sent: Promise<void>[] = [];
  const send = async (items: readonly CommitItem[]): Promise<void> => {
    const requests = items.map((Item) => ({ PutRequest: { Item } }));
    const { UnprocessedItems = {} } = await client.send(new BatchWriteCommand({ RequestItems: { [table]: requests } }));
    if (Object.keys(UnprocessedItems).length > 0) throw new Error(`the engine left items of ${table} unwritten`);
  };
  const flush = async (isLast: boolean): Promise<void> => {
    if (batch.length > 0) sent.push(send(batch));
    batch = [];
    if (!isLast && sent.length < requestsAtATime) return;
    await Promise.all(sent);
    sent = [];
  };
  return {
    put: async (item: CommitItem): Promise<void> => {
      batch.push(item);
      if (batch.length === itemsPerRequest) await flush(false);
    },
    end: () => flush(true),
  };
};
