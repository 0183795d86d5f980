import { Duration } from 'aws-cdk-lib';
import { MathExpression, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { FilterCriteria, FilterRule, MetricType, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { DynamoEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { DiscardedBatches } from './discarded-batches.ts';
import type { EventStore } from './event-store.ts';
import { fiveMinutes, serviceAlarm } from './service-alarm.ts';
import type { ServiceFunction } from './service-function.ts';

/** Every commit, soon after it was appended, for one function. A stream of DynamoDB bears two such readers: the projector and the relay. */
export const bringCommits = (
  to: ServiceFunction,
  { of: eventStore, discarded }: { readonly of: EventStore; readonly discarded: DiscardedBatches },
) => {
  const source = commitsOf(eventStore, discarded);
  to.addEventSource(source);
  const listener = discarded.node.scope ?? discarded;
  const who = listener.node.id;
  serviceAlarm(listener, 'A listener is behind', {
    of: who,
    says: 'What was recorded has not been handled for five minutes.',
    metric: to.metric('IteratorAge', { statistic: Stats.MAXIMUM, period: fiveMinutes }),
    above: 5 * 60 * 1000,
  });
  const dropped = ['DroppedEventCount', 'OnFailureDestinationDeliveredEventCount'].map((metricName, index) => [
    `m${index}`,
    new Metric({
      namespace: 'AWS/Lambda',
      metricName,
      dimensionsMap: { EventSourceMappingUUID: source.eventSourceMappingId },
      statistic: Stats.SUM,
      period: fiveMinutes,
    }),
  ]);
  serviceAlarm(listener, 'A listener gave up records', {
    of: who,
    says: 'Lambda has tried in vain and gone on; the records are in the bucket, and the commits in the log.',
    metric: new MathExpression({ expression: 'FILL(m0, 0) + FILL(m1, 0)', usingMetrics: Object.fromEntries(dropped), period: fiveMinutes }),
  });
};

const commitsOf = (eventStore: EventStore, discarded: DiscardedBatches): DynamoEventSource =>
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
