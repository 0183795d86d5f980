import { createHash } from 'node:crypto';
import { DeleteCommand, type DynamoDBDocumentClient, PutCommand, QueryCommand, type QueryCommandOutput } from '@aws-sdk/lib-dynamodb';
import { streamName } from '../../core/basics/stream.ts';
import type { SagaCall, SagaTokens, Waiting } from '../../core/sagas/ports.ts';
import { orUnavailable } from '../aws/unavailable.ts';

export interface DynamoSagaTokens {
  readonly client: DynamoDBDocumentClient;
  /** Partition key `stream` (S), sort key `waiting` (S), time to live `expires`. */
  readonly table: string;
  readonly now: () => Date;
}

/** For so long a row outlives the one who waited, if nothing removes it before. */
const graceSeconds = 24 * 60 * 60;

interface Row extends Omit<Waiting, 'stream'> {
  /** `payment-42`. */
  readonly stream: string;
  /** `execution/step/index/4f2a…`, by the token: an earlier try that was thought lost, and says so late, takes nobody's place. */
  readonly waiting: string;
  /** Seconds of the epoch. */
  readonly expires: number;
}

/** Tokens on DynamoDB: a row for each try of a step that waits, under the stream that it waits for. */
export const dynamoSagaTokens = ({ client, table, now }: DynamoSagaTokens): SagaTokens => ({
  put: async ({ stream, ...waiting }) => {
    const expires = Math.ceil(now().getTime() / 1000) + waiting.timeoutSeconds + graceSeconds;
    const Item: Row = { ...waiting, stream: streamName(stream), waiting: placeOf(waiting), expires };
    await orUnavailable(client.send(new PutCommand({ TableName: table, Item })));
  },

  waitingOn: async (stream) => {
    const rows = await rowsOf<Row>(client, table, streamName(stream));
    return rows.map(({ waiting: _, expires: __, ...row }) => ({ ...row, stream }));
  },

  delete: async ({ stream, ...waiting }) => remove(client, table, { stream: streamName(stream), waiting: placeOf(waiting) }),
});

const placeOf = ({ execution, step, index, token }: Omit<Waiting, 'stream'>): string => `${execution}/${step}/${index}/${hashOf(token)}`;

const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex').slice(0, 32);

/** A task that an operator is asked about. */
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
  /** Where it is kept: `execution/state/index/4f2a…`, by the token, as one that waits. */
  readonly row: string;
}

export interface OperatorCases {
  /** One for each token: of two calls for the same task nobody knows here which is the last. */
  open(call: SagaCall): Promise<void>;
  of(saga: string): Promise<readonly OperatorCase[]>;
  close(one: OperatorCase): Promise<void>;
}

/** The cases of operators, of all tenants, in the same table: no tenant is called `operator`, and no stream's name begins so. They stay until somebody has seen to them. */
export const dynamoOperatorCases = ({ client, table, now }: DynamoSagaTokens): OperatorCases => ({
  open: async ({ saga, execution, input, state = '', index = 0, token = '', failed }) => {
    const one = { saga, execution, event: input.event, state, index, token, failed, since: now().toISOString() };
    const key: Key = { stream: operator(saga), waiting: `${execution}/${state}/${index}/${hashOf(token)}` };
    await orUnavailable(client.send(new PutCommand({ TableName: table, Item: { ...one, ...key } })));
  },
  of: async (saga) =>
    (await rowsOf<OperatorCase & Key>(client, table, operator(saga))).map(({ stream: _, waiting: row, ...one }) => ({ ...one, row })),
  close: ({ saga, row }) => remove(client, table, { stream: operator(saga), waiting: row }),
});

type Key = Pick<Row, 'stream' | 'waiting'>;

const operator = (saga: string): string => `operator/${saga}`;

/** Strongly consistent, all of them. */
const rowsOf = async <R>(client: DynamoDBDocumentClient, table: string, stream: string): Promise<readonly R[]> => {
  const rows: R[] = [];
  let from: Record<string, unknown> | undefined;
  do {
    const page: QueryCommandOutput = await orUnavailable(
      client.send(
        new QueryCommand({
          TableName: table,
          KeyConditionExpression: '#stream = :stream',
          ExpressionAttributeNames: { '#stream': 'stream' }, // A reserved word.
          ExpressionAttributeValues: { ':stream': stream },
          ConsistentRead: true,
          ExclusiveStartKey: from,
        }),
      ),
    );
    rows.push(...((page.Items ?? []) as R[]));
    from = page.LastEvaluatedKey;
  } while (from !== undefined);
  return rows;
};

const remove = async (client: DynamoDBDocumentClient, table: string, key: Key): Promise<void> => {
  await orUnavailable(client.send(new DeleteCommand({ TableName: table, Key: key })));
};
