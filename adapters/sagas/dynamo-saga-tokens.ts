import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { streamName } from '../../core/basics/stream.ts';
import type { SagaTokens, WaitingStep } from '../../core/sagas/ports.ts';
import { orUnavailable } from '../aws/unavailable.ts';
import { type DynamoSagaTable, remove, rowName, rowsOf, type SagaRowKey } from './dynamo-saga-table.ts';

/** A row expires this long after the time limit of its step, unless it is removed before. */
const graceSeconds = 24 * 60 * 60;

interface Row extends Omit<WaitingStep, 'stream'>, SagaRowKey {
  /** Seconds of the epoch. */
  readonly expires: number;
}

/** Tokens on DynamoDB: one row for each try of a waiting step. The partition is the stream whose event the step awaits. */
export const dynamoSagaTokens = ({ client, table, now }: DynamoSagaTable): SagaTokens => ({
  put: async ({ stream, ...waiting }) => {
    const expires = Math.ceil(now().getTime() / 1000) + waiting.timeoutSeconds + graceSeconds;
    const Item: Row = { ...waiting, ...keyOf({ stream, ...waiting }), expires };
    await orUnavailable(client.send(new PutCommand({ TableName: table, Item })));
  },

  waitingOn: async (stream) => {
    const rows = await rowsOf<Row & { readonly interrupts?: true }>({ client, table }, streamName(stream));
    // The rows of dynamo-saga-fates.ts stand beside them.
    return rows
      .filter(({ interrupts }) => interrupts === undefined)
      .map(({ waiting: _, expires: __, interrupts: ___, ...row }) => ({ ...row, stream }));
  },

  delete: (waiting) => remove({ client, table }, keyOf(waiting)),
});

const keyOf = ({ stream, execution, step, index, token }: WaitingStep): SagaRowKey => ({
  stream: streamName(stream),
  waiting: rowName(execution, step, index, token),
});
