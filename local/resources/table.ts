import {
  CreateTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  ResourceNotFoundException,
  type TableDescription,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import type { Handler } from '../template/deploy.ts';
import { propertiesOf } from '../template/template.ts';
import type { Host } from './host.ts';
import { tableName } from './table-names.ts';
import type { TableShape } from './table-shape.ts';
import { demandSameKeys, updateTable } from './table-update.ts';

interface Properties extends TableShape {
  readonly TimeToLiveSpecification?: { readonly AttributeName: string; readonly Enabled: boolean };
}

/** Creates the table, or brings the one that is there to the shape in the template. Backups and protection are for AWS. */
export const table: Handler<Host> = async (resource, host) => {
  const { dynamodb } = host;
  const { TimeToLiveSpecification: ttl, ...shape } = propertiesOf<Properties>(resource, {
    uses: ['AttributeDefinitions', 'KeySchema', 'GlobalSecondaryIndexes', 'StreamSpecification', 'TimeToLiveSpecification'],
    ignores: ['BillingMode', 'Replicas', 'SSESpecification', 'WriteOnDemandThroughputSettings', 'TableClass'],
  });
  const { AttributeDefinitions, KeySchema, GlobalSecondaryIndexes, StreamSpecification } = shape;
  const wanted = { AttributeDefinitions, KeySchema, GlobalSecondaryIndexes, StreamSpecification };
  const name = await tableName(host, resource.logicalId);
  const before = await describe(dynamodb, name);
  if (before === undefined) await create(dynamodb, name, wanted);
  else {
    demandSameKeys(resource, wanted, before);
    await updateTable(dynamodb, name, wanted, before);
  }
  if (ttl?.Enabled && before === undefined) {
    await dynamodb.send(new UpdateTimeToLiveCommand({ TableName: name, TimeToLiveSpecification: ttl }));
  }
  const { TableArn = '', LatestStreamArn } = (await describe(dynamodb, name)) as TableDescription;
  const attributes: Record<string, string> = { Arn: TableArn };
  if (StreamSpecification !== undefined && LatestStreamArn !== undefined) attributes['StreamArn'] = LatestStreamArn;
  return { ref: name, attributes };
};

const describe = async (dynamodb: DynamoDBClient, TableName: string): Promise<TableDescription | undefined> => {
  try {
    return (await dynamodb.send(new DescribeTableCommand({ TableName }))).Table;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
};

const create = async (dynamodb: DynamoDBClient, TableName: string, { StreamSpecification, ...shape }: TableShape): Promise<void> => {
  const stream = StreamSpecification && { StreamSpecification: { StreamEnabled: true, ...StreamSpecification } };
  await dynamodb.send(new CreateTableCommand({ TableName, BillingMode: 'PAY_PER_REQUEST', ...shape, ...stream }));
  await waitUntilTableExists({ client: dynamodb, maxWaitTime: 60, minDelay: 1, maxDelay: 1 }, { TableName });
};
