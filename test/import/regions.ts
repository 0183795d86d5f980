import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import type { CommitItem } from '../../adapters/event-log/commit-item.ts';
import { dynamoEventStore } from '../../adapters/event-log/dynamo-event-store.ts';
import type { Decided, EventStore, Request, StoredEvent } from '../../core/log/event-store.ts';
import { createEventsTable, createNamesTable, engineClient } from '../support/dynamo.ts';

// The log of a service in a region, and `foldstream import` as a process of its own.

export const client = engineClient();
export const domain = ['--domain', join(import.meta.dirname, 'moved')];
export const endpoint = ['--endpoint', process.env['DYNAMODB_ENDPOINT'] ?? ''];

export interface Region {
  readonly table: string;
  readonly names: string;
  readonly store: EventStore;
}
export const newRegion = async (): Promise<Region> => {
  const [table, names] = [await createEventsTable(), await createNamesTable()];
  let seconds = 0;
  const now = () => new Date(Date.UTC(2025, 0, 1, 9, 0, seconds++));
  return { table, names, store: dynamoEventStore({ client, table, names, now }) };
};
export const itemsIn = async ({ table }: Region): Promise<readonly CommitItem[]> => {
  const { Items = [] } = await client.send(new ScanCommand({ TableName: table, ConsistentRead: true }));
  return (Items as CommitItem[]).toSorted((a, b) => (a.stream === b.stream ? a.version - b.version : a.stream < b.stream ? -1 : 1));
};
/** What the hash chain covers. */
export const historyIn = async (region: Region) => (await itemsIn(region)).map(({ snapshot: _, ...item }) => item);

export const start = (...args: readonly string[]) =>
  spawn(process.execPath, ['cli/import.ts', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
export const end = async (child: ReturnType<typeof start>) => {
  const [out, said, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code, out, said };
};
export const into = ({ table, names }: Region, from: string) => [from, ...domain, '--table', table, '--names', names, ...endpoint];
export const importInto = (region: Region, from: string) => end(start(...into(region, from)));
export const append = async (
  store: EventStore,
  stream: { aggregate: string; id: string; tenant?: string },
  events: readonly StoredEvent[],
  asked: Partial<Request> & { commandId: string },
  more: Partial<Decided> = {},
) => {
  const { commandId } = asked;
  const tail = (await store.load(stream, { fingerprint: 'none', initialState: () => null, evolve: () => null }, 'strong')).tail;
  const request = { correlationId: commandId, causationId: commandId, command: { type: 'Add', data: events }, ...asked };
  const outcome = await store.append(tail, request, { events, folded: { fingerprint: 'none', state: null }, ...more });
  if (!outcome.won || !outcome.isNew) throw new Error('not appended');
};
export const added = (amount: number, note?: string): StoredEvent => ({
  type: 'Added',
  schema: 1,
  data: { amount, ...(note === undefined ? {} : { note }) },
});
