import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { TransactWriteCommand, type TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { Invalid, Refusal, Unavailable } from '../core/errors.ts';
import type { Claims } from '../core/event-store.ts';
import type { CommitItem } from './commit-item.ts';
import { type DynamoTables, ifAbsent } from './dynamo-tables.ts';
import { orUnavailable } from './unavailable.ts';

const maxNames = 99; // 100 items make a transaction, and one is the commit.

/**
 * A commit and the names that it takes and gives up, all or nothing: a transaction, for two write units a KB, used by no other commit.
 * Answers the commit that is in its place already. @throws Refusal (`NameTaken`), Invalid (`CommitTooLarge`), Unavailable.
 */
export const putWithClaims = async (
  { client, table, names }: DynamoTables,
  item: CommitItem,
  claims: Claims,
): Promise<CommitItem | undefined> => {
  const { claimed, released } = claims;
  if (claimed.length + released.length > maxNames)
    throw new Invalid(
      'CommitTooLarge',
      `a commit to ${item.stream} claims and releases ${claimed.length + released.length} names, ${maxNames} are possible`,
    );
  if (names === undefined) throw new Error('no table of names is configured, and this commit claims some');
  const isFree = {
    ConditionExpression: 'attribute_not_exists(#name) OR #stream = :stream',
    ExpressionAttributeNames: { '#name': 'name', '#stream': 'stream' },
  };
  const isHeld = { ConditionExpression: '#stream = :stream', ExpressionAttributeNames: { '#stream': 'stream' } };
  const holder = { ExpressionAttributeValues: { ':stream': item.stream } };
  const TransactItems: TransactWriteCommandInput['TransactItems'] = [
    { Put: { TableName: table, Item: item, ...ifAbsent } },
    ...claimed.map((name) => ({ Put: { TableName: names, Item: { name, stream: item.stream }, ...isFree, ...holder } })),
    ...released.map((name) => ({ Delete: { TableName: names, Key: { name }, ...isHeld, ...holder } })),
  ];
  try {
    await orUnavailable(client.send(new TransactWriteCommand({ TransactItems })));
    return undefined;
  } catch (error) {
    if (!(error instanceof TransactionCanceledException)) throw error;
    return whyCancelled(error, claimed);
  }
};

/** Another commit in this place comes first: it may be our own earlier try, which has taken the names. */
const whyCancelled = (error: TransactionCanceledException, claimed: readonly string[]): CommitItem => {
  const [ofCommit, ...ofNames] = error.CancellationReasons ?? [];
  if (ofCommit?.Code === 'ConditionalCheckFailed' && ofCommit.Item !== undefined) return unmarshall(ofCommit.Item) as CommitItem;
  const taken = claimed.find((_, index) => ofNames[index]?.Code === 'ConditionalCheckFailed');
  if (taken !== undefined) throw new Refusal('NameTaken', { name: taken });
  if ([ofCommit, ...ofNames].some((reason) => reason?.Code === 'ConditionalCheckFailed')) throw error;
  throw new Unavailable('a transaction on the same items was under way', { cause: error }); // TransactionConflict and throttles pass.
};
