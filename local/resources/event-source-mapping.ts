import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Say } from '../say.ts';
import { toOutcome } from '../stream/batch-response.ts';
import { chaotic, seeded } from '../stream/chaos.ts';
import { fileCheckpoints } from '../stream/checkpoints.ts';
import { systemClock } from '../stream/clock.ts';
import type { Delivery } from '../stream/delivery.ts';
import { writeDiscarded } from '../stream/discarded-batch.ts';
import { dynamoDbSource } from '../stream/dynamodb-source.ts';
import { compileFilter } from '../stream/event-pattern.ts';
import { type Mapping, type RunningMapping, startMapping } from '../stream/mapping.ts';
import type { StreamRecord } from '../stream/record.ts';
import type { Handler } from '../template/deploy.ts';
import { demand, propertiesOf, type Resource } from '../template/template.ts';
import { found, type Host, label } from './host.ts';
import { queueMapping } from './queue-mapping.ts';

interface Properties {
  readonly BatchSize?: number;
  readonly BisectBatchOnFunctionError?: boolean;
  readonly DestinationConfig?: { readonly OnFailure?: { readonly Destination?: string } };
  readonly Enabled?: boolean;
  readonly EventSourceArn: string;
  readonly FilterCriteria?: { readonly Filters?: readonly { readonly Pattern: string }[] };
  readonly FunctionName: string;
  readonly FunctionResponseTypes?: readonly string[];
  readonly MaximumBatchingWindowInSeconds?: number;
  readonly MaximumRecordAgeInSeconds?: number;
  readonly MaximumRetryAttempts?: number;
  readonly ParallelizationFactor?: number;
  readonly StartingPosition: string;
}

export const eventSourceMapping: Handler<Host> = async (resource, host) =>
  String(resource.properties['EventSourceArn']).startsWith('arn:aws:sqs:') ? queueMapping(resource, host) : streamMapping(resource, host);

const streamMapping: Handler<Host> = async (resource, host) => {
  const properties = settingsOf(resource);
  const mapping = mappingOf(resource, properties, host);
  let running: RunningMapping | undefined;
  return {
    ref: mappingId(resource, host),
    start: () => {
      if (properties.Enabled ?? true) running = startMapping(mapping);
    },
    stop: async () => running?.stop(),
  };
};

const settingsOf = (resource: Resource): Properties => {
  const properties = propertiesOf<Properties>(resource, {
    uses: [
      ...([
        'BatchSize',
        'BisectBatchOnFunctionError',
        'DestinationConfig',
        'Enabled',
        'EventSourceArn',
        'FilterCriteria',
        'FunctionName',
      ] as const),
      ...(['FunctionResponseTypes', 'MaximumBatchingWindowInSeconds', 'MaximumRecordAgeInSeconds', 'MaximumRetryAttempts'] as const),
      ...(['ParallelizationFactor', 'StartingPosition'] as const),
    ],
    ignores: ['MetricsConfig', 'LoggingConfig', 'Tags'],
  });
  demand(
    /^arn:aws:dynamodb:.*\/stream\//.test(properties.EventSourceArn),
    resource,
    'the local system reads streams of DynamoDB, and queues',
  );
  demand((properties.ParallelizationFactor ?? 1) === 1, resource, 'the local system knows a ParallelizationFactor of 1 only');
  // LATEST may miss what is written while the mapping starts.
  demand(properties.StartingPosition === 'TRIM_HORIZON', resource, 'the local system knows the StartingPosition TRIM_HORIZON only');
  return properties;
};

const mappingOf = (resource: Resource, properties: Properties, host: Host): Mapping => {
  const { EventSourceArn: streamArn, FilterCriteria, BatchSize, MaximumBatchingWindowInSeconds } = properties;
  const say = onceInAWhile(host.say, label(resource.logicalId));
  const onLoss = (shard: string) => say(`records of ${shard} were gone before they could be read: a stream keeps them for 24 hours`);
  return {
    source: dynamoDbSource({ client: host.streams, streamArn, region: host.region, onLoss }),
    // A table that is made anew has a new stream, whose shards have nothing to do with the old ones.
    checkpoints: fileCheckpoints(join(host.stateFolder, 'checkpoints', resource.logicalId, streamLabel(streamArn))),
    clock: systemClock,
    gathering: {
      batchSize: BatchSize ?? 100,
      windowSeconds: MaximumBatchingWindowInSeconds ?? 0,
      matches: compileFilter((FilterCriteria?.Filters ?? []).map(({ Pattern }) => Pattern)),
    },
    delivery: deliveryOf(resource, properties, host),
    onTrouble: say,
  };
};

const deliveryOf = (resource: Resource, properties: Properties, host: Host): Mapping['delivery'] => {
  const { BisectBatchOnFunctionError: bisect = false, DestinationConfig, EventSourceArn: streamArn, FunctionResponseTypes } = properties;
  const functionName = properties.FunctionName.split(':').at(-1) ?? '';
  const to = label(functionName.slice(host.namePrefix.length + 1));
  const invoke = found(host.functions, functionName, 'function');
  const reportsFailures = FunctionResponseTypes?.includes('ReportBatchItemFailures') ?? false;
  const destination = DestinationConfig?.OnFailure?.Destination;
  const bucket = destination === undefined ? undefined : found(host.buckets, destination, 'bucket');
  const origin = {
    mappingId: mappingId(resource, host),
    functionArn: `arn:aws:lambda:${host.region}:${host.account}:function:${functionName}`,
    streamArn,
  };
  const invokeBatch: Delivery['invoke'] = async (Records) => {
    const outcome = toOutcome(Records, await invoke({ Records }), reportsFailures);
    tellOf(host, to, Records.slice(0, outcome.failedFrom));
    return outcome;
  };
  const random = host.chaosSeed === undefined ? undefined : seeded(host.chaosSeed);
  return (shardId) => ({
    policy: {
      bisect,
      maximumRetryAttempts: properties.MaximumRetryAttempts ?? -1,
      maximumRecordAgeSeconds: properties.MaximumRecordAgeInSeconds ?? -1,
    },
    invoke: random === undefined ? invokeBatch : chaotic(invokeBatch, random),
    discard: async (discarded) => {
      if (bucket !== undefined) await writeDiscarded(bucket, { ...origin, shardId }, discarded);
      const fate = bucket === undefined ? 'lost: the mapping has no failure destination' : `in ${bucket}`;
      host.say(to, `gave up ${discarded.records.length} records (${discarded.reason}), now ${fate}`);
    },
  });
};

/** Only a commit says what it is: the attributes of its item that are plain text. */
const tellOf = ({ tell }: Host, to: string, records: readonly StreamRecord[]): void => {
  for (const { dynamodb } of records) {
    const { stream, version, types } = (dynamodb.NewImage ?? {}) as Readonly<
      Record<string, { S?: string; N?: string; L?: { S?: string }[] }>
    >;
    if (stream?.S === undefined || types?.L === undefined) continue;
    tell({ type: 'delivered', to, stream: stream.S, version: Number(version?.N), types: types.L.map(({ S = '' }) => S) });
  }
};

/** The same at every start, like the id that Lambda gives to a mapping. */
const mappingId = ({ logicalId }: Resource, { namePrefix }: Host): string =>
  createHash('sha256')
    .update(`${namePrefix}/${logicalId}`)
    .digest('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');

/** A stream is named by the time of its birth, whose colons a file name cannot have. */
const streamLabel = (streamArn: string): string => (streamArn.split('/stream/')[1] ?? '').replaceAll(':', '.');

const silenceMilliseconds = 30_000;

/** What repeats itself every second is not said every second. */
const onceInAWhile = (say: Say, source: string): ((line: string) => void) => {
  const said = new Map<string, number>();
  return (line) => {
    if (Date.now() - (said.get(line) ?? 0) < silenceMilliseconds) return;
    said.set(line, Date.now());
    say(source, line);
  };
};
