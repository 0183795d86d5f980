import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { TransactWriteCommand, type TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { Invalid, Refusal, Unavailable } from '../../core/basics/errors.ts';
import type { Claims } from '../../core/log/event-store.ts';
import { orUnavailable } from '../aws/unavailable.ts';
import type { CommitItem } from './commit-item.ts';
import { nameKey } from './commit-log.ts';
import { type DynamoTables, ifAbsent } from './dynamo-tables.ts';

const maxNames = 99; // A transaction has at most 100 items, and the commit is one of them.

/**
 * Writes a commit with the names that it claims and releases, all or nothing. It is a transaction, which costs two write units per KB, so
 * commits without names do not use it. Returns the commit that already has this place, if any.
 * @throws Refusal (`NameTaken`); Invalid (`CommitTooLarge`); Unavailable.
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
 * The released names that another stream holds. That happens if both streams had the name before the aggregate claimed names, and the
 * other stream claimed it first. Such names need no release. Empty if the transaction failed for another reason, which comes first.
 */
const heldByOthers = ({ CancellationReasons = [] }: TransactionCanceledException, { claimed, released }: Claims): readonly string[] => {
  const hasFailed = (index: number): boolean => !['None', undefined].includes(CancellationReasons[index]?.Code);
  const names = CancellationReasons.slice(1 + claimed.length);
  // If the commit itself failed, a second transaction would fail as well, so there is none.
  if (claimed.some((_, index) => hasFailed(1 + index)) || hasFailed(0)) return [];
  return released.filter((_, index) => names[index]?.Code === 'ConditionalCheckFailed');
};

/** Checks for a commit in this place before names: that commit may be our own earlier try, which took the names. */
const whyCancelled = (error: TransactionCanceledException, claimed: readonly string[]): CommitItem => {
  const [ofCommit, ...ofNames] = error.CancellationReasons ?? [];
  if (ofCommit?.Code === 'ConditionalCheckFailed' && ofCommit.Item !== undefined) return unmarshall(ofCommit.Item) as CommitItem;
  const taken = claimed.find((_, index) => ofNames[index]?.Code === 'ConditionalCheckFailed');
  if (taken !== undefined) throw new Refusal('NameTaken', { name: taken });
  throw new Unavailable('a transaction on the same items was under way', { cause: error }); // TransactionConflict and throttles pass.
};
