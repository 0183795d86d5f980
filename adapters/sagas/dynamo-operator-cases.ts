import { PutCommand } from '@aws-sdk/lib-dynamodb';
import type { SagaTaskRequest } from '../../core/sagas/ports.ts';
import { orUnavailable } from '../aws/unavailable.ts';
import { type DynamoSagaTable, remove, rowName, rowsOf, type SagaRowKey } from './dynamo-saga-table.ts';

/** A task that waits for the decision of an operator. */
export interface OperatorCase {
  readonly saga: string;
  readonly execution: string;
  /** The event that started the saga. */
  readonly event: string;
  /** The state that failed. */
  readonly state: string;
  readonly index: number;
  readonly token: string;
  readonly failed: unknown;
  /** ISO 8601. */
  readonly since: string;
  /** The release that opened the case, as `lambdas/runtime.ts` names it; absent in the cases of earlier versions of the framework. */
  readonly release?: string;
  /** The sort key of its row: `execution/state/index/4f2a…`, where the last part is a digest of the token. */
  readonly row: string;
}

export interface OperatorCases {
  /** Stores one case for each token. Two calls for one task are two cases, because this adapter cannot tell which call is the last. */
  open(call: SagaTaskRequest): Promise<void>;
  of(saga: string): Promise<readonly OperatorCase[]>;
  close(one: OperatorCase): Promise<void>;
}

/**
 * The operators' cases of all tenants, in the table of the tokens. They cannot clash with tokens: no tenant is called `operator`, so no
 * stream name begins with `operator/`. A case stays until an operator closes it.
 */
export const dynamoOperatorCases = ({ client, table, now, release }: DynamoSagaTable & { readonly release?: string }): OperatorCases => ({
  open: async ({ saga, execution, input, state = '', index = 0, token = '', failed }) => {
    const one = {
      saga,
      execution,
      event: input.event,
      state,
      index,
      token,
      failed,
      since: now().toISOString(),
      ...(release === undefined ? {} : { release }),
    };
    const Item = { ...one, ...keyOf(saga, rowName(execution, state, index, token)) };
    await orUnavailable(client.send(new PutCommand({ TableName: table, Item })));
  },

  of: async (saga) => {
    const rows = await rowsOf<OperatorCase & SagaRowKey>({ client, table }, keyOf(saga, '').stream);
    return rows.map(({ stream: _, waiting: row, ...one }) => ({ ...one, row }));
  },

  close: ({ saga, row }) => remove({ client, table }, keyOf(saga, row)),
});

const keyOf = (saga: string, waiting: string): SagaRowKey => ({ stream: `operator/${saga}`, waiting });
