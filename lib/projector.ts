import { Duration } from 'aws-cdk-lib';
import { FilterCriteria, FilterRule, MetricType, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { DynamoEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Construct } from 'constructs';
import { DiscardedBatches } from './discarded-batches.ts';
import type { EventStore } from './event-store.ts';
import type { Pointers } from './pointers.ts';
import type { ReadModels } from './read-models.ts';
import { ServiceFunction } from './service-function.ts';

export interface ProjectorProps {
  readonly listensTo: EventStore;
  readonly writesTo: ReadModels;
  /** Says which revision of a projection is fed first. */
  readonly obeys: Pointers;
}

/** Folds each commit into the read models soon after it was appended. One function hosts every projection. */
export class Projector extends Construct {
  constructor(scope: Construct, id: string, { listensTo, writesTo, obeys }: ProjectorProps) {
    super(scope, id);
    const handler = new ServiceFunction(this, 'Function', { runs: 'projector', timeoutSeconds: 60 });
    writesTo.grantReplace(handler);
    obeys.grantRead(handler);
    // Commits of one stream may arrive out of order; those that are missing are read from the table.
    listensTo.grantRead(handler);
    handler.addEventSource(
      new DynamoEventSource(listensTo.table, {
        // From the oldest record there is: LATEST can miss what is appended while the mapping is made or changed.
        startingPosition: StartingPosition.TRIM_HORIZON,
        filters: [FilterCriteria.filter({ eventName: FilterRule.isEqual('INSERT') })],
        batchSize: 100,
        // More would shuffle the commits of a stream: harmless to the documents, but every gap costs a read.
        parallelizationFactor: 1,
        reportBatchItemFailures: true,
        bisectBatchOnError: true,
        // By default there is no bound: one bad record blocks its shard for a day, and is then lost without a word.
        retryAttempts: 10,
        maxRecordAge: Duration.hours(6),
        onFailure: new DiscardedBatches(this, 'Discarded'),
        metricsConfig: { metrics: [MetricType.EVENT_COUNT] },
      }),
    );
  }
}
