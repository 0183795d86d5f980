import { Duration } from 'aws-cdk-lib';
import { MathExpression, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { CfnEventSourceMapping, FilterCriteria, FilterRule, MetricType, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { DynamoEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { DiscardedBatches } from './discarded-batches.ts';
import type { EventStore } from './event-store.ts';
import { silentWhile } from './heartbeats.ts';
import { fiveMinutes, serviceAlarm } from './service-alarm.ts';
import type { ServiceFunction } from './service-function.ts';
import { serviceMetric } from './service-metric.ts';

/** Delivers every commit to one function soon after the append. A DynamoDB stream serves two readers: the projector and the relay. */
export const bringCommits = (
  to: ServiceFunction,
  { of: eventStore, discarded }: { readonly of: EventStore; readonly discarded: DiscardedBatches },
) => {
  const source = commitsOf(eventStore, discarded);
  to.addEventSource(source);
  // Written out, because CloudFormation does not take a number back that is only left out. The CDK takes no -1.
  for (const mapping of to.node.findAll().filter(CfnEventSourceMapping.isCfnEventSourceMapping))
    mapping.addPropertyOverride('MaximumRetryAttempts', -1);
  const listener = discarded.node.scope ?? discarded;
  const who = listener.node.id;
  serviceAlarm(listener, 'A listener is behind', {
    of: who,
    says: 'It has not handled recorded commits for five minutes.',
    metric: to.metric('IteratorAge', { statistic: Stats.MAXIMUM, period: fiveMinutes }),
    above: 5 * 60 * 1000,
  });
  serviceAlarm(listener, 'A listener does not run', {
    of: who,
    says: 'Commits are recorded, and Lambda does not invoke the listener for them.',
    metric: new MathExpression({
      expression: silentWhile,
      usingMetrics: { heard: serviceMetric(listener, 'commandsAccepted'), beats: to.metricInvocations({ period: fiveMinutes }) },
      period: fiveMinutes,
    }),
    // A commit at the end of a period is delivered in the next one. Such a coincidence does not happen three times in an hour.
    periods: 12,
    periodsAbove: 3,
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
    says: 'Lambda gave up a batch after its last try and went on. The records are in the bucket, and the commits are in the log.',
    metric: new MathExpression({ expression: 'FILL(m0, 0) + FILL(m1, 0)', usingMetrics: Object.fromEntries(dropped), period: fiveMinutes }),
  });
};

const commitsOf = (eventStore: EventStore, discarded: DiscardedBatches): DynamoEventSource =>
  new DynamoEventSource(eventStore.table, {
    // Starts at the oldest record. LATEST can miss commits that are appended while the mapping is created or changed.
    startingPosition: StartingPosition.TRIM_HORIZON,
    filters: [FilterCriteria.filter({ eventName: FilterRule.isEqual('INSERT') })],
    batchSize: 100,
    // A higher factor would shuffle the commits of a stream. The gate handles that, but every gap costs a read.
    parallelizationFactor: 1,
    reportBatchItemFailures: true,
    bisectBatchOnError: true,
    // The stream forgets a record after 24 hours. Until shortly before that it is tried again, and then it is put into the bucket. There is
    // no limit of tries: an outage would use it up within minutes, and a commit that cannot be handled is parked by the function.
    maxRecordAge: Duration.hours(22),
    onFailure: discarded,
    metricsConfig: { metrics: [MetricType.EVENT_COUNT] },
  });
