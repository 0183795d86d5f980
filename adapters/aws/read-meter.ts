import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { isThrottlingError } from '@smithy/core/retry';

interface Consumed {
  readonly TableName?: string;
  readonly CapacityUnits?: number;
}

interface Answer {
  readonly ConsumedCapacity?: Consumed | readonly Consumed[];
  /** Of a `BatchGetItem`, the keys that it did not read: there was too little capacity, or the answer has 16 MB. */
  readonly UnprocessedKeys?: object;
}

type SdkError = Parameters<typeof isThrottlingError>[0];
// biome-ignore lint/suspicious/noExplicitAny: the SDK's own type of a middleware, which it does not export.
type Next = (args: any) => Promise<any>;

/**
 * Makes a client say what each read consumes, which costs nothing. Returns a function that answers what was read since its last call: the
 * units of the table from which most were read. A throttled try counts, although the SDK tries again.
 */
export const readMeter = (client: DynamoDBDocumentClient): (() => { readonly units: number; readonly isThrottled: boolean }) => {
  let units = new Map<string, number>();
  let isThrottled = false;

  const note = ({ ConsumedCapacity = [], UnprocessedKeys = {} }: Answer): void => {
    for (const { TableName = '', CapacityUnits = 0 } of [ConsumedCapacity].flat() as readonly Consumed[])
      units.set(TableName, (units.get(TableName) ?? 0) + CapacityUnits);
    if (Object.keys(UnprocessedKeys).length > 0) isThrottled = true;
  };

  client.middlewareStack.add(
    (next) => async (args) => {
      const result = await next({ ...args, input: { ...args.input, ReturnConsumedCapacity: 'TOTAL' } as typeof args.input });
      note(result.output as Answer);
      return result;
    },
    { step: 'initialize', name: 'meterReads' },
  );
  // After the middleware that retries: it sees each try.
  client.middlewareStack.addRelativeTo(
    (next: Next) => async (args: object) => {
      try {
        return await next(args);
      } catch (error) {
        if (isThrottlingError(error as SdkError)) isThrottled = true;
        throw error;
      }
    },
    { relation: 'after', toMiddleware: 'retryMiddleware', name: 'meterThrottles' },
  );

  return () => {
    const taken = { units: Math.max(0, ...units.values()), isThrottled };
    units = new Map();
    isThrottled = false;
    return taken;
  };
};
