import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type Engine, startEngine } from '../local/engine.ts';
import { meterOn } from './engine/meter.ts';
import { createTable } from './engine/tables.ts';
import { raw } from './stores/raw.ts';
import type { Connection, Process, Store } from './stores/store.ts';

/** One engine, every store's tables in it, and processes of every store. */
export interface Bench {
  readonly connection: Connection;
  /** A client that is not measured. */
  readonly probe: DynamoDBClient;
  /** A process that is not measured: one for each store, for the whole bench. */
  quiet(store: Store): Process;
  /** A new process and its meter. */
  metered(store: Store): { readonly process: Process; readonly meter: ReturnType<typeof meterOn> };
  /** A new process, with a client whose sockets are open. */
  fresh(store: Store): Process;
  readonly client: (store: Store) => DynamoDBClient;
  stop(): Promise<void>;
}

export const startBench = async (stores: readonly Store[]): Promise<Bench> => {
  const engine: Engine = await startEngine();
  const credentials = { accessKeyId: 'bench', secretAccessKey: 'bench' };
  const connection = { endpoint: engine.endpoint, region: 'eu-central-1', credentials };
  const opened: DynamoDBClient[] = [];
  const connect = (store: Store): DynamoDBClient => {
    const client = store.connect(connection);
    opened.push(client);
    return client;
  };
  const probe = connect(raw);
  const clients = new Map(stores.map((store) => [store, connect(store)]));
  const clientOf = (store: Store): DynamoDBClient => clients.get(store) ?? probe;
  const quiet = new Map(stores.map((store) => [store, store.start(clientOf(store))]));
  const tables = new Map(stores.flatMap((store) => store.tables).map((table) => [table.name, table]));
  for (const table of tables.values()) await createTable(probe, table);

  return {
    connection,
    probe,
    client: clientOf,
    quiet: (store) => quiet.get(store) as Process,
    fresh: (store) => store.start(clientOf(store)),
    metered: (store) => {
      const client = connect(store);
      return { meter: meterOn(client, store.tables, probe), process: store.start(client) };
    },
    stop: async () => {
      for (const client of opened) client.destroy();
      await engine.stop();
    },
  };
};
