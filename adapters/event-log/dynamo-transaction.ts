import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { TransactWriteCommand, type TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { Refusal, Unavailable } from '../../core/basics/errors.ts';
import { orUnavailable } from '../aws/unavailable.ts';
import type { CommitItem } from './commit-item.ts';
import { nameKey, type Terms } from './commit-log.ts';
import { type DynamoTables, ifAbsent } from './dynamo-tables.ts';

/**
 * Writes a commit with the names that it claims and releases, if no stream has moved that its decision has read: all or nothing. It is a
 * transaction, which costs two write units per KB and per condition, so commits without names and reads do not use it.
 * Returns the commits that stand in the way, if any. None of them: a transaction on the same items was under way.
 * @throws Refusal (`NameTaken`); Unavailable.
 */
export const putInTransaction = async (
  { client, table, names }: DynamoTables,
  item: CommitItem,
  terms: Terms,
): Promise<readonly CommitItem[] | undefined> => {
  const { claimed, released, unmoved } = terms;
  if (names === undefined && claimed.length + released.length > 0)
    throw new Error('no table of names is configured, and this commit claims some');
  const unlessOthers = {
    ConditionExpression: 'attribute_not_exists(#name) OR #stream = :stream',
    ExpressionAttributeNames: { '#name': 'name', '#stream': 'stream' },
  };
  const keyOf = (name: string): string => nameKey(item.stream, name);
  const holder = { ExpressionAttributeValues: { ':stream': item.stream } };
  const TransactItems: TransactWriteCommandInput['TransactItems'] = [
    { Put: { TableName: table, Item: item, ...ifAbsent } },
    ...unmoved.map((Key) => ({ ConditionCheck: { TableName: table, Key, ...ifAbsent } })),
    ...claimed.map((name) => ({ Put: { TableName: names, Item: { name: keyOf(name), stream: item.stream }, ...unlessOthers, ...holder } })),
    ...released.map((name) => ({ Delete: { TableName: names, Key: { name: keyOf(name) }, ...unlessOthers, ...holder } })),
  ];
  try {
    await orUnavailable(client.send(new TransactWriteCommand({ TransactItems })));
    return undefined;
  } catch (error) {
    if (!(error instanceof TransactionCanceledException)) throw error;
    const why = reasonsOf(error, terms);
    if (why.inTheWay.length > 0 || why.isUnderWay) return why.inTheWay;
    const [taken] = why.taken;
    if (taken !== undefined) throw new Refusal('NameTaken', { name: taken });
    if (why.others.length > 0 || why.heldByOthers.length === 0)
      throw new Unavailable(`the transaction was cancelled: ${why.others.join(', ') || 'it does not say why'}`, { cause: error });
    const left = released.filter((name) => !why.heldByOthers.includes(name));
    return putInTransaction({ client, table, names }, item, { ...terms, released: left });
  }
};

interface Reasons {
  /** The commits in the place of this one, and after what was read. The first may be our own earlier try, which took the names. */
  readonly inTheWay: readonly CommitItem[];
  /** A transaction on the same items was under way: nothing of this one is known to be wrong. */
  readonly isUnderWay: boolean;
  /** The claimed names that another stream holds. */
  readonly taken: readonly string[];
  /**
   * The released names that another stream holds. That happens if both streams had the name before the aggregate claimed names, and the
   * other stream claimed it first. Such names need no release.
   */
  readonly heldByOthers: readonly string[];
  /** Other codes, as of throttling. */
  readonly others: readonly string[];
}

/** Why a transaction was cancelled: a reason for each of its items, in their order. */
const reasonsOf = ({ CancellationReasons = [] }: TransactionCanceledException, { claimed, released, unmoved }: Terms): Reasons => {
  const failedOf = (names: readonly string[], first: number): readonly string[] =>
    names.filter((_, index) => CancellationReasons[first + index]?.Code === failed);
  const commits = CancellationReasons.slice(0, 1 + unmoved.length);
  return {
    inTheWay: commits.flatMap(({ Code, Item }) => (Code === failed && Item !== undefined ? [unmarshall(Item) as CommitItem] : [])),
    isUnderWay: CancellationReasons.some(({ Code }) => Code === 'TransactionConflict'),
    taken: failedOf(claimed, commits.length),
    heldByOthers: failedOf(released, commits.length + claimed.length),
    others: CancellationReasons.flatMap(({ Code = 'None' }, index) =>
      ['None', 'TransactionConflict'].includes(Code) || (Code === failed && index >= commits.length) ? [] : [Code],
    ),
  };
};
const failed = 'ConditionalCheckFailed';
