import { type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { pick, projected, sizeOf, type WireItem, writeUnits } from './item.ts';
import type { TableShape } from './tables.ts';

/** The units that AWS would bill, and the number of requests, including retries. */
export interface Bill {
  readonly trips: number;
  readonly writeUnits: number;
  readonly readUnits: number;
}

export interface Meter {
  readonly bill: () => Bill;
  readonly reset: () => void;
  /** Runs once, just before the next write is sent. */
  readonly beforeNextWrite: (run: () => Promise<unknown>) => void;
}

interface Write {
  readonly table: TableShape;
  readonly key: WireItem;
  /** The item of a put; an update must be looked up. */
  readonly put?: WireItem;
}

// biome-ignore lint/suspicious/noExplicitAny: the SDK's types of a middleware differ by step, and its requests are untyped JSON here.
type Any = any;

/**
 * Puts a meter on a client, so it measures any library that uses the client. The meter computes write units by the rules of AWS, from the
 * sizes of the items before and after, because the engine bills a transaction too little and a failed condition not at all. A transaction
 * is billed twice, its index entries once, and a cancelled transaction as if it had been carried out. Read units are the engine's, but at
 * least half a unit (a whole one for a consistent read), which the engine leaves out when it finds no item.
 */
export const meterOn = (client: DynamoDBClient, tables: readonly TableShape[], probe: DynamoDBClient): Meter => {
  let bill = { trips: 0, writeUnits: 0, readUnits: 0 };
  let pending: (() => Promise<unknown>) | undefined;

  const itemAt = async ({ table, key }: Write): Promise<WireItem | undefined> =>
    (await probe.send(new GetItemCommand({ TableName: table.name, Key: key as Any, ConsistentRead: true }))).Item as WireItem | undefined;

  const measuredWrite = async (input: Any, send: () => Promise<Any>): Promise<Any> => {
    const interrupt = pending;
    pending = undefined;
    await interrupt?.();
    const writes = writesOf(input, tables);
    const before = await Promise.all(writes.map(itemAt));
    const factor = input.TransactItems === undefined ? 1 : 2;
    const result = await send().catch((error: Error) => error);
    if (result instanceof Error && !refusedByCondition.has(result.name)) throw result;
    const after = await Promise.all(writes.map(async (write) => write.put ?? (await itemAt(write))));
    writes.forEach(({ table }, index) => {
      bill.writeUnits += factor * writeUnits(Math.max(sizeOf(before[index] ?? {}), sizeOf(after[index] ?? {})));
      if (!(result instanceof Error)) bill.writeUnits += indexUnits(table, before[index], after[index]);
    });
    if (result instanceof Error) throw result;
    return result;
  };

  const measuredRead = async (input: Any, send: () => Promise<Any>): Promise<Any> => {
    const result = await send();
    const asked: readonly Any[] = input.RequestItems === undefined ? [input] : Object.values(input.RequestItems);
    const least = asked.reduce((units, { ConsistentRead, Keys = [{}] }) => units + Keys.length * (ConsistentRead ? 1 : 0.5), 0);
    const consumed: readonly Any[] = [result.output.ConsumedCapacity ?? []].flat();
    bill.readUnits += Math.max(
      least,
      consumed.reduce((units, { CapacityUnits }) => units + CapacityUnits, 0),
    );
    return result;
  };

  client.middlewareStack.add(
    (next: Any) => async (args: Any) => {
      const { request } = args;
      const input = JSON.parse(textOf(request.body));
      request.body = JSON.stringify({ ...input, ReturnConsumedCapacity: 'INDEXES' });
      const isRead = /\.(Query|GetItem|BatchGetItem)$/.test(request.headers['x-amz-target']);
      return (isRead ? measuredRead : measuredWrite)(input, () => next(args));
    },
    { step: 'build', priority: 'high', name: 'meterUnits' },
  );
  client.middlewareStack.addRelativeTo(
    (next: Any) => (args: Any) => {
      bill.trips += 1;
      return next(args);
    },
    { relation: 'after', toMiddleware: 'retryMiddleware', name: 'meterTrips' },
  );

  return {
    bill: () => ({ ...bill }),
    reset: () => {
      bill = { trips: 0, writeUnits: 0, readUnits: 0 };
    },
    beforeNextWrite: (run) => {
      pending = run;
    },
  };
};

const textOf = (body: unknown): string => (typeof body === 'string' ? body : new TextDecoder().decode(body as Uint8Array));

const writesOf = (input: Any, tables: readonly TableShape[]): Write[] => {
  const actions: Any[] = input.TransactItems?.map((action: Any) => Object.values(action)[0]) ?? [input];
  return actions.map(({ TableName, Item, Key }) => {
    const table = tables.find(({ name }) => name === TableName);
    if (table === undefined) throw new Error(`no table '${TableName}' is known`);
    return Item === undefined ? { table, key: Key } : { table, key: pick(Item, table.keys), put: Item };
  });
};

/** The index entries that a write changes. They are billed once, also in a transaction. */
const indexUnits = ({ keys, indexes = [] }: TableShape, before: WireItem | undefined, after: WireItem | undefined): number =>
  indexes.reduce((units, index) => {
    const [old, entry] = [projected(before, index, keys), projected(after, index, keys)];
    if (entry === undefined || JSON.stringify(old) === JSON.stringify(entry)) return units;
    return units + writeUnits(Math.max(sizeOf(entry), sizeOf(old ?? {})));
  }, 0);

const refusedByCondition = new Set(['ConditionalCheckFailedException', 'TransactionCanceledException']);
