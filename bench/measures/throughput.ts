import { randomUUID } from 'node:crypto';
import { QueryCommand } from '@aws-sdk/client-dynamodb';
import { entry } from '../account.ts';
import type { Bench } from '../bench.ts';
import { apiEvent, commandLambda } from '../handlers/http.ts';
import { interleaved, mapValues, timed } from '../statistics.ts';
import { foldstream, projectSdk } from '../stores/foldstream.ts';
import type { Store } from '../stores/store.ts';

export interface ThroughputPlan {
  readonly concurrencies: readonly number[];
  readonly commands: number;
  readonly rounds: number;
  /** The number of commands that each process carries out before the clock starts, so that it is warm. */
  readonly commandsBefore: number;
}

export interface Throughput {
  readonly concurrency: number;
  /** Commands per second of each way of sending them, relative to the raw put. */
  readonly speeds: Readonly<Record<string, number>>;
  /** Processor time of this process for each command, without the engine's, relative to the raw put. */
  readonly efforts: Readonly<Record<string, number>>;
}

const rawPut = 'raw put';

/** Prepares the requests before the clock starts. */
type Prepare = (id: string, number: number) => () => Promise<unknown>;

export const measureThroughput = async (
  bench: Bench,
  stores: readonly Store[],
  { concurrencies, commands, rounds, commandsBefore }: ThroughputPlan,
  progress: (text: string) => void,
): Promise<readonly Throughput[]> => {
  const put = await rawPutOf(bench, Math.ceil(commands / Math.min(...concurrencies)) + 1);
  const lambda = commandLambda(bench.client(foldstream));
  const handle: Prepare = (id, number) => {
    const event = apiEvent(id, 'Move', { entries: [entry(number)] }, randomUUID());
    return async () => {
      const { statusCode, body } = await lambda(event as never, {} as never);
      if (statusCode !== 200) throw new Error(`the Lambda handler answers ${statusCode}: ${body}`);
    };
  };
  const senders: Readonly<Record<string, Prepare>> = {
    [rawPut]: put,
    'Lambda handler': handle,
    ...Object.fromEntries(stores.map((store) => [store.name, commandsOf(bench, store)])),
  };
  progress(`${commandsBefore} commands by everybody, before the clock starts`);
  for (const run of Object.values(runsOf(senders, 8, commandsBefore))) await run();
  const results: Throughput[] = [];
  for (const concurrency of concurrencies) {
    progress(`commands per second, ${concurrency} at a time`);
    const { times, efforts } = await interleaved<string>(rounds, rawPut, runsOf(senders, concurrency, commands));
    results.push({ concurrency, speeds: mapValues(times, (time) => 1 / time), efforts });
  }
  return results;
};

const commandsOf = (bench: Bench, store: Store): Prepare => {
  const process = bench.fresh(store);
  return (id, number) => {
    const [entries, commandId] = [[entry(number)], randomUUID()];
    return () => process.move(id, entries, commandId);
  };
};

/** Each worker has a stream of its own, new in every round. It begins before the clock starts, so that commands on it are warm. */
const runsOf = (senders: Readonly<Record<string, Prepare>>, concurrency: number, commands: number) =>
  mapValues(senders, (prepare) => async () => {
    const streams = Array.from({ length: concurrency }, () => randomUUID());
    await Promise.all(streams.map((id) => prepare(id, 1)()));
    const each = Math.ceil(commands / concurrency);
    const prepared = streams.map((id) => Array.from({ length: each }, (_, index) => prepare(id, index + 2)));
    const worker = async (sends: readonly (() => Promise<unknown>)[]) => {
      for (const send of sends) await send();
    };
    return timed(() => Promise.all(prepared.map(worker)));
  });

/**
 * A conditional put of the item that the project wrote for the command of the same number, under another key: with the same attributes and
 * the same client.
 */
const rawPutOf = async (bench: Bench, commands: number): Promise<Prepare> => {
  const id = randomUUID();
  const process = bench.quiet(foldstream);
  for (let number = 1; number <= commands; number++) await process.move(id, [entry(number)], randomUUID());
  const query = {
    TableName: foldstream.tables[0]?.name,
    KeyConditionExpression: '#stream = :stream',
    ExpressionAttributeNames: { '#stream': 'stream' },
    ExpressionAttributeValues: { ':stream': { S: `account-${id}` } },
  };
  const { Items = [], LastEvaluatedKey } = await bench.probe.send(new QueryCommand(query));
  if (LastEvaluatedKey !== undefined || Items.length !== commands) throw new Error('the items to put are not all there');
  const client = bench.client(foldstream);
  return (stream, number) => () =>
    client.send(
      new projectSdk.PutItemCommand({
        TableName: foldstream.tables[0]?.name,
        Item: { ...Items[number - 1], stream: { S: `account-${stream}` }, version: { N: String(number) } },
        ConditionExpression: 'attribute_not_exists(#stream)',
        ExpressionAttributeNames: { '#stream': 'stream' },
      }),
    );
};
