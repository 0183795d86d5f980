import { Duration } from 'aws-cdk-lib';
import { FilterCriteria, FilterRule, type IEventSource, MetricType, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { DynamoEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { DiscardedBatches } from './discarded-batches.ts';
import type { EventStore } from './event-store.ts';

/** Every commit, soon after it was appended, for one function. A stream of DynamoDB bears two such readers: the projector and the relay. */
export const commitsOf = (eventStore: EventStore, discarded: DiscardedBatches): IEventSource =>
  new DynamoEventSource(eventStore.table, {
    // From the oldest record there is: LATEST can miss what is appended while the mapping is made or changed.
    startingPosition: StartingPosition.TRIM_HORIZON,
    filters: [FilterCriteria.filter({ eventName: FilterRule.isEqual('INSERT') })],
    batchSize: 100,
    // More would shuffle the commits of a stream: harmless behind the gate, but every gap costs a read.
    parallelizationFactor: 1,
    reportBatchItemFailures: true,
    bisectBatchOnError: true,
    // By default there is no bound: one bad record blocks its shard for a day, and is then lost without a word.
    retryAttempts: 10,
    maxRecordAge: Duration.hours(6),
    onFailure: discarded,
    metricsConfig: { metrics: [MetricType.EVENT_COUNT] },
  });
