import { type AttributeValue, ConditionalCheckFailedException, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { orUnavailable } from '../../adapters/aws/unavailable.ts';
import { ifAbsent } from '../../adapters/event-log/dynamo-tables.ts';
import type { Call, Command } from './command.ts';
import { type EventsTable, openTable } from './events-table.ts';
import { numberOf, textOf, UsageError } from './flags.ts';
import { counted, progressOf } from './progress.ts';
import { type StoredItem, scan } from './scan.ts';

export const restore: Command = {
  usage: `npm run es -- restore --from TABLE [--segments 8]
  Puts back every commit that TABLE has and the log lacks. TABLE is a backup, restored into a table of its own.
  A commit that the log has is not changed. A commit that differs is named, and the exit code is 1. The command may be repeated.
  The projector and the relay receive the restored commits, too, and drop those that they have already handled.
  It needs the right to put items: on AWS, run it as the role of -c importer=….`,
  flags: { from: { type: 'string' }, segments: { type: 'string' } },
  run: async ({ words, flags, open }: Call): Promise<number> => {
    const from = textOf(flags, 'from');
    if (from === undefined || words.length > 0) throw new UsageError('restore takes --from TABLE');
    const segments = numberOf(flags, 'segments', 1000) ?? 8;
    const target = await open();
    if (from === target.name) throw new UsageError(`'${from}' is the log itself`);
    return restoreFrom(await openTable({ ...target.place, table: from }), target, segments);
  },
};

const restoreFrom = async (source: EventsTable, target: EventsTable, segments: number): Promise<number> => {
  const done = { restored: 0, different: 0, there: 0 };
  const progress = progressOf('restoring', source.commitCount);
  try {
    await scan(source, segments, () => async (page) => {
      for (const item of page) {
        const outcome = await putBack(target, item);
        done[outcome] += 1;
        if (outcome === 'different') progress.say(`${item['stream']?.S}@${item['version']?.N}: is there, and is another commit`);
      }
      progress.add(page.length);
    });
  } finally {
    progress.stop();
    console.log(`restored ${counted(done.restored, 'commit')}; ${done.there} were there, ${done.different} differ`);
  }
  return done.different === 0 ? 0 : 1;
};

const putBack = async ({ client, name }: EventsTable, item: StoredItem): Promise<'restored' | 'there' | 'different'> => {
  try {
    await orUnavailable(client.send(new PutItemCommand({ TableName: name, Item: item as Record<string, AttributeValue>, ...ifAbsent })));
    return 'restored';
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    return Buffer.compare(hashOf(error.Item ?? {}), hashOf(item)) === 0 ? 'there' : 'different';
  }
};

const hashOf = (item: StoredItem): Uint8Array => item['hash']?.B ?? new Uint8Array();
