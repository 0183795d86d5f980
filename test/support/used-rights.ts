import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { jest } from '@jest/globals';

/** A right that a program has used: an action of IAM, and the ARN that it was about. */
export interface UsedRight {
  readonly action: string;
  readonly arn: string;
}

// biome-ignore lint/suspicious/noExplicitAny: the input of any command of the SDK.
type Input = any;
type Sent = { readonly constructor: { readonly name: string }; readonly input: Input };

/** The rights that each command of the SDK needs. A command that is not in the table is an error, so that none is forgotten. */
const rights: Readonly<Record<string, (input: Input) => readonly UsedRight[]>> = {
  ...Object.fromEntries(
    ['DescribeTable', 'Query', 'Scan', 'GetItem', 'PutItem', 'DeleteItem'].flatMap((action) => {
      const right = ({ TableName, IndexName }: Input) => [onTable(action, TableName, IndexName)];
      return [`${action}Command`, `${action.replace('Item', '')}Command`].map((command) => [command, right]);
    }),
  ),
  BatchGetItemCommand: ({ RequestItems }) => Object.keys(RequestItems).map((table) => onTable('BatchGetItem', table)),
  BatchGetCommand: ({ RequestItems }) => Object.keys(RequestItems).map((table) => onTable('BatchGetItem', table)),
  TransactWriteCommand: ({ TransactItems }) => TransactItems.map(({ Put }: Input) => onTable('PutItem', Put.TableName)),
  ListObjectsV2Command: ({ Bucket }) => [{ action: 's3:ListBucket', arn: `arn:aws:s3:::${Bucket}` }],
  GetObjectCommand: ({ Bucket, Key }) => [{ action: 's3:GetObject', arn: `arn:aws:s3:::${Bucket}/${Key}` }],
  PutEventsCommand: ({ Entries }) =>
    Entries.map(({ EventBusName }: Input) => ({
      action: 'events:PutEvents',
      arn: `arn:aws:events:region:account:event-bus/${EventBusName}`,
    })),
  InvokeCommand: ({ FunctionName }) => [{ action: 'lambda:InvokeFunction', arn: FunctionName }],
  GetCallerIdentityCommand: () => [],
  ...Object.fromEntries(
    ['StartExecution', 'ListExecutions'].map((action) => [
      `${action}Command`,
      ({ stateMachineArn }: Input) => [{ action: `states:${action}`, arn: stateMachineArn }],
    ]),
  ),
  ...Object.fromEntries(
    ['DescribeExecution', 'GetExecutionHistory', 'RedriveExecution'].map((action) => [
      `${action}Command`,
      ({ executionArn }: Input) => [{ action: `states:${action}`, arn: executionArn }],
    ]),
  ),
  // A token does not show its machine. The test has one.
  ...Object.fromEntries(
    ['SendTaskSuccess', 'SendTaskFailure'].map((action) => [
      `${action}Command`,
      () => [{ action: `states:${action}`, arn: 'arn:aws:states:region:account:stateMachine:Sagasfulfilment' }],
    ]),
  ),
};

const onTable = (action: string, table: string, index?: string): UsedRight => ({
  action: `dynamodb:${action}`,
  arn: `arn:aws:dynamodb:region:account:table/${table}${index === undefined ? '' : `/index/${index}`}`,
});

/** The rights that a command needs. @throws Error for a command that has no row. */
export const rightsFor = ({ constructor: { name }, input }: Sent): readonly UsedRight[] => {
  const needed = Object.hasOwn(rights, name) ? rights[name] : undefined;
  if (needed === undefined) throw new Error(`no row says which rights ${name} needs (test/support/used-rights.ts)`);
  return needed(input);
};

/** From now on every request to DynamoDB is noted, and sent. */
export const noteDynamo = (note: (command: Sent) => void): void => {
  for (const { prototype } of [DynamoDBClient, DynamoDBDocumentClient]) {
    const { send } = prototype as unknown as { send: (...args: readonly unknown[]) => unknown };
    jest.spyOn(prototype as { send: typeof send }, 'send').mockImplementation(function (this: unknown, ...args) {
      note(args[0] as Sent);
      return send.apply(this, args as unknown[]);
    });
  }
};
