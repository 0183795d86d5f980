import { createHash } from 'node:crypto';
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, type DynamoDBDocumentClient, PutCommand, QueryCommand, type QueryCommandOutput } from '@aws-sdk/lib-dynamodb';
import type { SagaCall, SagaTokens, Waiting } from '../core/saga-ports.ts';
import { streamName } from '../core/stream.ts';
import { orUnavailable } from './unavailable.ts';

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

  delete: async ({ stream, ...waiting }) =>
    remove(client, table, { key: { stream: streamName(stream), waiting: placeOf(waiting) }, token: waiting.token }),
});

const placeOf = ({ execution, step, index, token }: Omit<Waiting, 'stream'>): string =>
  `${execution}/${step}/${index}/${createHash('sha256').update(token).digest('hex').slice(0, 32)}`;

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
}

export interface OperatorCases {
  open(call: SagaCall): Promise<void>;
  of(saga: string): Promise<readonly OperatorCase[]>;
  close(one: OperatorCase): Promise<void>;
}

/** The cases of operators, of all tenants, in the same table: no tenant is called `operator`, and no stream's name begins so. They stay until somebody has seen to them. */
export const dynamoOperatorCases = ({ client, table, now }: DynamoSagaTokens): OperatorCases => ({
  open: async ({ saga, execution, input, state = '', index = 0, token = '', failed }) => {
    const one: OperatorCase = { saga, execution, event: input.event, state, index, token, failed, since: now().toISOString() };
    await orUnavailable(client.send(new PutCommand({ TableName: table, Item: { ...one, ...caseKey(one) } })));
  },
  of: async (saga) =>
    (await rowsOf<OperatorCase & CaseKey>(client, table, operator(saga))).map(({ stream: _, waiting: __, ...one }) => one),
  close: (one) => remove(client, table, { key: caseKey(one), token: one.token }),
});

type CaseKey = Pick<Row, 'stream' | 'waiting'>;

const operator = (saga: string): string => `operator/${saga}`;
const caseKey = ({ saga, execution, state, index }: OperatorCase): CaseKey => ({
  stream: operator(saga),
  waiting: `${execution}/${state}/${index}`,
});

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

const remove = async (
  client: DynamoDBDocumentClient,
  table: string,
  { key, token }: { readonly key: CaseKey; readonly token: string },
): Promise<void> => {
  try {
    await orUnavailable(
      client.send(
        new DeleteCommand({
          TableName: table,
          Key: key,
          ConditionExpression: '#token = :token',
          ExpressionAttributeNames: { '#token': 'token' },
          ExpressionAttributeValues: { ':token': token },
        }),
      ),
    );
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error; // A new token has taken its place, or it is gone already.
  }
};
