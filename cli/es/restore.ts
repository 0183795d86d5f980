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
  Puts back every commit that TABLE has and the log has not: what a backup, restored beside it, knows of what was lost.
  A commit that is there is left as it is; one that is there and differs is named, and the exit code is 1. Repeat it as often as you like.
  What comes back is new to the projector and the relay, too: they drop what they have had.
  It needs the right to put: on AWS as the role of -c importer=….`,
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
