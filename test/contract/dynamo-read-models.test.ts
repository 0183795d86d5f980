import { beforeAll } from '@jest/globals';
import { dynamoReadModels } from '../../adapters/dynamo-read-models.ts';
import { tableKey } from '../../core/projection.ts';
import { card, otherCard } from '../support/card.ts';
import { createReadTable, engineClient } from '../support/dynamo.ts';
import { readModelsContract } from './read-models.ts';

const client = engineClient();
const tables: Record<string, string> = {};
beforeAll(async () => {
  for (const projection of [card, otherCard]) tables[tableKey(projection)] = await createReadTable(projection);
});

readModelsContract('DynamoDB', () => dynamoReadModels({ client, tables }));
