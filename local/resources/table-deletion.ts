import { join } from 'node:path';
import { DeleteTableCommand, type DynamoDBClient, paginateListTables, ResourceNotFoundException } from '@aws-sdk/client-dynamodb';
import type { Template } from '../template/template.ts';
import type { Host } from './host.ts';
import { readState, writeState } from './state-file.ts';
import { noteDropped, tableName } from './table-names.ts';

/** Deletes the tables of one system from an engine that outlives it. */
export const deleteTables = async (client: DynamoDBClient, namePrefix: string): Promise<void> => {
  for await (const { TableNames = [] } of paginateListTables({ client }, {})) {
    const ours = TableNames.filter((name) => name.startsWith(`${namePrefix}-`));
    await Promise.all(ours.map((TableName) => client.send(new DeleteTableCommand({ TableName }))));
  }
};

/**
 * Deletes, as CloudFormation does at the end of an update, the tables that were in the template of the last start and are not in
 * this one, unless that one said that they are kept.
 */
export const deleteRemovedTables = async (
  host: Pick<Host, 'dynamodb' | 'namePrefix' | 'stateFolder'>,
  { Resources }: Template,
): Promise<void> => {
  const { dynamodb, stateFolder } = host;
  const file = join(stateFolder, 'disposable-tables.json');
  const tables = Object.entries(Resources).filter(([, { Type }]) => Type === 'AWS::DynamoDB::GlobalTable');
  const removed = (await readState<readonly string[]>(file, [])).filter((name) => !Object.hasOwn(Resources, name));
  const names = await Promise.all(removed.map((name) => tableName(host, name)));
  if (removed.length > 0) await noteDropped(host, removed);
  await Promise.all(names.map((TableName) => dynamodb.send(new DeleteTableCommand({ TableName })).catch(ifThere)));
  const disposable = tables.filter(([, { DeletionPolicy = 'Delete' }]) => DeletionPolicy === 'Delete').map(([name]) => name);
  await writeState(file, disposable);
};

const ifThere = (error: Error): void => {
  if (!(error instanceof ResourceNotFoundException)) throw error;
};
