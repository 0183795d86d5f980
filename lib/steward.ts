import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';
import type { Pointers } from './pointers.ts';
import type { ReadModels } from './read-models.ts';
import type { Rebuild } from './rebuild.ts';
import type { Sagas } from './sagas.ts';
import { ServiceFunction } from './service-function.ts';

export interface StewardProps {
  readonly looksAfter: Pointers;
  /** The steward gets only the tables' names, and no right to their contents. */
  readonly of: ReadModels;
  readonly starts: Rebuild;
  /** The sagas whose tasks an earlier release did not know. */
  readonly continues: Sagas | undefined;
}

/**
 * Checks each minute whether every projection of the domain is complete. Starts a rebuild of each that is not, such as a new revision. Has
 * the tasks of sagas that another release did not know tried again.
 */
export class Steward extends Construct {
  readonly handler: ServiceFunction;

  constructor(scope: Construct, id: string, { looksAfter, of: readModels, starts, continues }: StewardProps) {
    super(scope, id);
    this.handler = new ServiceFunction(this, 'Function', { runs: 'steward', timeoutSeconds: 60 });
    looksAfter.grantChange(this.handler);
    readModels.introduceTo(this.handler);
    starts.grantStart(this.handler);
    continues?.grantContinue(this.handler);
    new Rule(this, 'EveryMinute', {
      schedule: Schedule.rate(Duration.minutes(1)),
      // No retries: the next minute is soon enough.
      targets: [new LambdaFunction(this.handler, { retryAttempts: 0 })],
    });
  }
}
