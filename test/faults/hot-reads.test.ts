import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { beforeAll, expect, test } from '@jest/globals';
import { dynamoEventStore } from '../../adapters/event-log/dynamo-event-store.ts';
import { tailCache } from '../../adapters/event-log/tail-cache.ts';
import { Conflict } from '../../core/basics/errors.ts';
import { commandHandler } from '../../core/write/command-handler.ts';
import { lesson, note, offer, pupil, take, want } from '../support/campus.ts';
import { createEventsTable, engineClient, storedItems } from '../support/dynamo.ts';
import { handlerOn } from '../support/handling.ts';
import { newStream, request } from '../support/requests.ts';

// One stream that many commands read. DynamoDB Local carries out one transaction after the other, and never says TransactionConflict. So the
// client here says it, as AWS describes it: a transaction is cancelled while another one on one of its keys is under way, and a put as well.
// HOT_READS=1 runs 8 and 32 writers and prints the counts that docs/how-to/decide-over-several-streams.md has. Otherwise there are few, because
// other tests share the engine, which makes all writers wait for one lock.

let table = '';
beforeAll(async () => {
  table = await createEventsTable();
});
const isMeasured = process.env['HOT_READS'] !== undefined;
const [each, some, many] = isMeasured ? [8, 8, 32] : [2, 3, 4];

interface Counts {
  commits: number;
  transactions: number;
  underWay: number;
  queries: number;
  gaveUp: number;
}

const contended = (counts: Counts, isBusy: boolean) => {
  const client = engineClient();
  const held = new Map<string, number>();
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        if (commandName === 'QueryCommand') counts.queries += 1;
        if (!commandName?.startsWith('TransactWrite')) return next(args);
        counts.transactions += 1;
        const { TransactItems = [] } = args.input as { TransactItems?: { Put?: { Item: Place }; ConditionCheck?: { Key: Place } }[] };
        const keys = TransactItems.map(({ Put, ConditionCheck }) => keyOf((Put?.Item ?? ConditionCheck?.Key) as Place));
        const CancellationReasons = keys.map((key) => ({ Code: isBusy && (held.get(key) ?? 0) > 0 ? 'TransactionConflict' : 'None' }));
        if (CancellationReasons.some(({ Code }) => Code !== 'None')) {
          counts.underWay += 1;
          throw new TransactionCanceledException({ $metadata: {}, message: 'cancelled', CancellationReasons });
        }
        for (const key of keys) held.set(key, (held.get(key) ?? 0) + 1);
        try {
          return await next(args);
        } finally {
          for (const key of keys) held.set(key, (held.get(key) ?? 1) - 1);
        }
      },
    { step: 'initialize', name: 'contention' },
  );
  return client;
};
interface Place {
  readonly stream: string;
  readonly version: number;
}
const keyOf = ({ stream, version }: Place): string => `${stream}@${version}`;

test.each([
  [1, false, false],
  [some, false, false],
  [many, false, false],
  [1, true, false],
  [some, true, false],
  [1, true, true],
])(
  '%d writers read one stream; others are under way: %s; the stream moves: %s',
  async (writers, isBusy, isMoving) => {
    const counts: Counts = { commits: 0, transactions: 0, underWay: 0, queries: 0, gaveUp: 0 };
    const store = dynamoEventStore({ client: contended(counts, isBusy), table, now: () => new Date() });
    const sane = handlerOn(dynamoEventStore({ client: engineClient(), table, now: () => new Date() }));
    const hot = newStream('pupil');
    await sane(pupil, hot, request(want('any')));
    const lessons = Array.from({ length: writers * each }, () => newStream('lesson'));
    await Promise.all(lessons.map((one) => sane(lesson, one, request(offer(1)))));
    let isOver = false;
    const mover = (async () => {
      for (; isMoving && !isOver; ) {
        await sane(pupil, hot, request(note));
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    })();
    await Promise.all(
      Array.from({ length: writers }, async (_, writer) => {
        const pause = (conflicts: number) => new Promise<void>((resolve) => setTimeout(resolve, Math.random() * 10 * 2 ** conflicts));
        const handle = commandHandler({ eventStore: store, cache: tailCache({ maxEntries: 99, maxBytes: 9_000_000 }), pause });
        for (const { id } of lessons.slice(writer * each, (writer + 1) * each)) {
          const asked = request(take(hot.id));
          for (let isDone = false; !isDone; ) {
            isDone = await handle(lesson, { id }, asked).then(
              () => true,
              (error: unknown) => {
                if (!(error instanceof Conflict)) throw error;
                counts.gaveUp += 1;
                return false;
              },
            );
          }
          counts.commits += 1;
        }
      }),
    );
    isOver = true;
    await mover;
    const stored = await Promise.all(lessons.map((one) => storedItems(table, one)));
    expect(stored.filter((items) => items.length === 2)).toHaveLength(writers * each);
    expect(counts.commits).toBe(writers * each);
    if (!isBusy && !isMoving) expect(counts.transactions).toBe(counts.commits);
    if (isMeasured) process.stderr.write(`HOT ${writers} busy=${isBusy} moving=${isMoving} ${JSON.stringify(counts)}\n`);
  },
  300_000,
);
