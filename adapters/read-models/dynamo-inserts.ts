import { BatchExecuteStatementCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { ReadItem } from './read-item.ts';

const rowsPerRequest = 25;
const requestsAtATime = 4;

/**
 * Inserts new rows with PartiQL, the only batch request that has conditions. Each insert succeeds or fails independently, and costs the
 * write units of a put. Returns the keys of the inserted rows. It cannot tell why an insert failed (the row exists, the table rejects it,
 * the engine does not answer or has no PartiQL): put these rows one by one to learn why.
 */
export const insertRows = async (
  client: DynamoDBDocumentClient,
  table: string,
  items: readonly ReadItem[],
): Promise<ReadonlySet<string>> => {
  const inserted = new Set<string>();
  const insert = async (batch: readonly ReadItem[]): Promise<void> => {
    const Statements = batch.map((item) => ({ Statement: statementOf(table, item), Parameters: Object.values(item) }));
    const answer = await client.send(new BatchExecuteStatementCommand({ Statements })).catch(() => undefined);
    for (const [index, { key }] of batch.entries()) {
      const response = answer?.Responses?.[index];
      if (response !== undefined && response.Error === undefined) inserted.add(key);
    }
  };
  const batches = Array.from({ length: Math.ceil(items.length / rowsPerRequest) }, (_, index) =>
    items.slice(index * rowsPerRequest, (index + 1) * rowsPerRequest),
  );
  for (let rest = batches; rest.length > 0; rest = rest.slice(requestsAtATime))
    await Promise.all(rest.slice(0, requestsAtATime).map(insert));
  return inserted;
};

/** `INSERT INTO "table" VALUE {'key': ?, …}`. */
const statementOf = (table: string, item: ReadItem): string => {
  const fields = Object.keys(item).map((name) => `'${name.replaceAll("'", "''")}': ?`);
  return `INSERT INTO "${table}" VALUE {${fields.join(', ')}}`;
};
