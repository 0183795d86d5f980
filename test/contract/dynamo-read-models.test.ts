import { beforeAll } from '@jest/globals';
import { dynamoReadModels } from '../../adapters/read-models/dynamo-read-models.ts';
import { tableKey } from '../../core/read/projection.ts';
import { createReadTable, engineClient } from '../support/dynamo.ts';
import { card, otherCard, parkedCard, tenantCard } from '../support/read-cards.ts';
import { readModelsContract } from './read-models.ts';

const client = engineClient();
const tables: Record<string, string> = {};
beforeAll(async () => {
  for (const projection of [card, otherCard, parkedCard]) tables[tableKey(projection)] = await createReadTable(projection);
  tables[tableKey(tenantCard)] = await createReadTable(tenantCard, { hasTenants: true });
});

readModelsContract('DynamoDB', (cursorKeys) => dynamoReadModels({ client, tables, cursorKeys }));
