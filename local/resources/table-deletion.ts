import { DeleteTableCommand, type DynamoDBClient, paginateListTables } from '@aws-sdk/client-dynamodb';

/** Deletes the tables of one system from an engine that outlives it. */
export const deleteTables = async (client: DynamoDBClient, namePrefix: string): Promise<void> => {
  for await (const { TableNames = [] } of paginateListTables({ client }, {})) {
    const ours = TableNames.filter((name) => name.startsWith(`${namePrefix}-`));
    await Promise.all(ours.map((TableName) => client.send(new DeleteTableCommand({ TableName }))));
  }
};
