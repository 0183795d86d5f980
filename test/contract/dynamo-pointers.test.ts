import { beforeAll } from '@jest/globals';
import { dynamoPointers } from '../../adapters/read-models/dynamo-pointers.ts';
import { createPointersTable, engineClient } from '../support/dynamo.ts';
import { pointersContract } from './pointers.ts';

const client = engineClient();
let table: string;
beforeAll(async () => {
  table = await createPointersTable();
});

pointersContract('DynamoDB', () => dynamoPointers({ client, table }));
