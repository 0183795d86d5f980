import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Account, Entry } from '../account.ts';
import type { TableShape } from '../engine/tables.ts';

export interface Connection {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** One of the compared event stores, set up as its documentation recommends. */
export interface Store {
  readonly name: string;
  /** The way it is used here, if there is a choice. */
  readonly note: string;
  readonly tables: readonly TableShape[];
  connect(connection: Connection): DynamoDBClient;
  /** Makes a process that has not seen a stream yet. */
  start(client: DynamoDBClient): Process;
}

export interface Process {
  /** A command: one event for each entry, atomically. Decides again after a conflict. @throws Error, if the account is closed. */
  move(id: string, entries: readonly Entry[], commandId: string): Promise<unknown>;
  /** A command: closes the account for further entries. */
  close(id: string, commandId: string): Promise<unknown>;
  load(id: string): Promise<Account>;
  /** Writes an event under a version that no load has returned, by the store's own means. */
  forge(id: string, version: number, entry: Entry): Promise<unknown>;
  /** Fills a new stream with events of one command each, as the store itself writes them, but in bulk. */
  fill(id: string, count: number): Promise<unknown>;
}
