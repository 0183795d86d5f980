import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { TransactWriteCommand, type TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { Invalid, Refusal, Unavailable } from '../../core/basics/errors.ts';
import type { Claims } from '../../core/log/event-store.ts';
import { orUnavailable } from '../aws/unavailable.ts';
import type { CommitItem } from './commit-item.ts';
import { nameKey } from './commit-log.ts';
import { type DynamoTables, ifAbsent } from './dynamo-tables.ts';

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
  const unlessOthers = {
    ConditionExpression: 'attribute_not_exists(#name) OR #stream = :stream',
    ExpressionAttributeNames: { '#name': 'name', '#stream': 'stream' },
  };
  const keyOf = (name: string): string => nameKey(item.stream, name);
  const holder = { ExpressionAttributeValues: { ':stream': item.stream } };
  const TransactItems: TransactWriteCommandInput['TransactItems'] = [
    { Put: { TableName: table, Item: item, ...ifAbsent } },
    ...claimed.map((name) => ({ Put: { TableName: names, Item: { name: keyOf(name), stream: item.stream }, ...unlessOthers, ...holder } })),
    ...released.map((name) => ({ Delete: { TableName: names, Key: { name: keyOf(name) }, ...unlessOthers, ...holder } })),
  ];
  try {
    await orUnavailable(client.send(new TransactWriteCommand({ TransactItems })));
    return undefined;
  } catch (error) {
    if (!(error instanceof TransactionCanceledException)) throw error;
    const left = heldByOthers(error, claims);
    return left.length === 0
      ? whyCancelled(error, claimed)
      : putWithClaims({ client, table, names }, item, { claimed, released: released.filter((name) => !left.includes(name)) });
  }
};

/**
 * Names that are to be given up, and that another stream holds: both had them when no names were claimed yet, and the other one
 * was first since. There is nothing to give up then; where the transaction has failed for another reason, that comes first.
 */
const heldByOthers = ({ CancellationReasons = [] }: TransactionCanceledException, { claimed, released }: Claims): readonly string[] => {
  const hasFailed = (index: number): boolean => !['None', undefined].includes(CancellationReasons[index]?.Code);
  const names = CancellationReasons.slice(1 + claimed.length);
  // Where the commit itself has failed, a second transaction would fail like this one: it is saved.
  if (claimed.some((_, index) => hasFailed(1 + index)) || hasFailed(0)) return [];
  return released.filter((_, index) => names[index]?.Code === 'ConditionalCheckFailed');
};

/** Another commit in this place comes first: it may be our own earlier try, which has taken the names. */
const whyCancelled = (error: TransactionCanceledException, claimed: readonly string[]): CommitItem => {
  const [ofCommit, ...ofNames] = error.CancellationReasons ?? [];
  if (ofCommit?.Code === 'ConditionalCheckFailed' && ofCommit.Item !== undefined) return unmarshall(ofCommit.Item) as CommitItem;
  const taken = claimed.find((_, index) => ofNames[index]?.Code === 'ConditionalCheckFailed');
  if (taken !== undefined) throw new Refusal('NameTaken', { name: taken });
  throw new Unavailable('a transaction on the same items was under way', { cause: error }); // TransactionConflict and throttles pass.
};
