import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

/** What a client spent since it was last reset: HTTP requests by operation, retries among them, and capacity units by table. */
export interface Meter {
  /** `{ Query: 1, PutItem: 1 }` */
  readonly calls: () => Readonly<Record<string, number>>;
  /** Units of the tables themselves; those of their indexes apart. */
  readonly units: () => { readonly read: number; readonly write: number; readonly indexWrite: number };
  readonly reset: () => void;
}

interface Units {
  readonly CapacityUnits?: number;
}
interface ConsumedCapacity extends Units {
  readonly Table?: Units;
  readonly GlobalSecondaryIndexes?: Readonly<Record<string, Units>>;
}

type Consumed = ConsumedCapacity | readonly ConsumedCapacity[] | undefined;

// biome-ignore lint/suspicious/noExplicitAny: the SDK's own type of a middleware, which it does not export.
type Next = (args: any) => Promise<any>;

const writes = new Set(['PutItem', 'UpdateItem', 'DeleteItem', 'TransactWriteItems', 'BatchWriteItem']);

/** Puts a meter on a client. It asks DynamoDB to say what each call consumed; a failed call says nothing and counts as a call only. */
export const meterOf = (client: DynamoDBDocumentClient): Meter => {
  let operations: string[] = [];
  let spent = { read: 0, write: 0, indexWrite: 0 };

  client.middlewareStack.add(
    (next, { commandName = '' }) =>
      async (args) => {
        const result = await next({ ...args, input: { ...args.input, ReturnConsumedCapacity: 'INDEXES' } as typeof args.input });
        const { ConsumedCapacity: consumed } = result.output as { ConsumedCapacity?: Consumed };
        if (writes.has(operationOf(commandName))) {
          spent = { ...spent, write: spent.write + tableUnits(consumed), indexWrite: spent.indexWrite + indexUnits(consumed) };
        } else {
          spent = { ...spent, read: spent.read + sum([consumed ?? []].flat().map(({ CapacityUnits = 0 }) => CapacityUnits)) };
        }
        return result;
      },
    { step: 'initialize', name: 'meterUnits' },
  );
  client.middlewareStack.addRelativeTo(
    (next: Next, { commandName = '' }: { commandName?: string }) =>
      (args: object) => {
        operations.push(operationOf(commandName));
        return next(args);
      },
    { relation: 'after', toMiddleware: 'retryMiddleware', name: 'meterCalls' },
  );

  return {
    calls: () =>
      Object.fromEntries(Object.entries(Object.groupBy(operations, (name) => name)).map(([name, all]) => [name, all?.length ?? 0])),
    units: () => spent,
    reset: () => {
      operations = [];
      spent = { read: 0, write: 0, indexWrite: 0 };
    },
  };
};

const sum = (units: readonly number[]): number => units.reduce((total, one) => total + one, 0);

/** A transaction says it of each table. */
const tableUnits = (consumed: Consumed): number =>
  sum([consumed ?? []].flat().map(({ Table, CapacityUnits = 0 }) => Table?.CapacityUnits ?? CapacityUnits));
const indexUnits = (consumed: Consumed): number =>
  sum(
    [consumed ?? []]
      .flat()
      .flatMap(({ GlobalSecondaryIndexes = {} }) => Object.values(GlobalSecondaryIndexes).map(({ CapacityUnits = 0 }) => CapacityUnits)),
  );

/** The document client's names to the wire's: `PutCommand` → `PutItem`. */
const operationOf = (commandName: string): string => {
  const name = commandName.replace(/Command$/, '');
  return (
    {
      Put: 'PutItem',
      Get: 'GetItem',
      Update: 'UpdateItem',
      Delete: 'DeleteItem',
      TransactWrite: 'TransactWriteItems',
      BatchGet: 'BatchGetItem',
      BatchWrite: 'BatchWriteItem',
    }[name] ?? name
  );
};
