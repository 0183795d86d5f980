import { Duration, Stack } from 'aws-cdk-lib';
import { Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import type { Measured } from '../core/basics/telemetry.ts';

/** The counts of the daily audit (`core/audit/audit-totals.ts`). */
export type Audited = 'missing' | 'parked' | 'ahead';

/** A metric that the functions of the service write. `core/basics/telemetry.ts` says what it counts. */
export const serviceMetric = (scope: Construct, metricName: Measured | Audited, statistic: string = Stats.SUM): Metric =>
  new Metric({
    namespace: 'Foldstream',
    metricName,
    dimensionsMap: { service: Stack.of(scope).stackName },
    statistic,
    period: Duration.minutes(5),
  });
