import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Account, Entry } from '../account.ts';
import type { TableShape } from '../engine/tables.ts';

export interface Connection {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** One of the event stores that are compared, set up as its documentation recommends. */
export interface Store {
  readonly name: string;
  /** How it is used here, where there is a choice. */
  readonly note: string;
  readonly tables: readonly TableShape[];
  connect(connection: Connection): DynamoDBClient;
  /** A process that has seen no stream yet. */
  start(client: DynamoDBClient): Process;
}

export interface Process {
  /** A command: one event for each entry, atomically. Where another writer was first, it decides again. @throws Error where the account is closed. */
  move(id: string, entries: readonly Entry[], commandId: string): Promise<unknown>;
  /** A command: the account takes no more entries. */
  close(id: string, commandId: string): Promise<unknown>;
  load(id: string): Promise<Account>;
  /** Writes an event under a version that nobody has answered, by whatever the store offers for it. */
  forge(id: string, version: number, entry: Entry): Promise<unknown>;
  /** Fills a new stream with events of one command each, as the store itself writes them, but in bulk. */
  fill(id: string, count: number): Promise<unknown>;
}
