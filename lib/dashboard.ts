import { Dashboard as CloudWatchDashboard, GraphWidget, type IMetric, type Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { type Measured, measures } from '../core/basics/telemetry.ts';
import { fiveMinutes } from './service-alarm.ts';
import type { ServiceApi } from './service-api.ts';
import { serviceMetric } from './service-metric.ts';
import { stageOf } from './stage.ts';

export interface DashboardProps {
  readonly of: ServiceApi;
  /** What became of the sagas; none, where there are no sagas. */
  readonly sagas: readonly IMetric[];
}

/** What an operator looks at first: what comes in, what became of it, and how far what follows is behind. */
export class Dashboard extends Construct {
  constructor(scope: Construct, id: string, { of: api, sagas }: DashboardProps) {
    super(scope, id);
    if (!stageOf(this).isWatched) return;
    const sums = (...names: readonly Measured[]) => names.map((name) => serviceMetric(this, name));
    const commands = (Object.keys(measures) as Measured[]).filter((name) => name.startsWith('commands'));
    const percentiles = (name: Measured) => [50, 99].map((percentile) => serviceMetric(this, name, Stats.percentile(percentile)));
    new CloudWatchDashboard(this, 'Board', {
      widgets: [
        [
          graph('Requests', [api.metricCount(), api.metricClientError(), api.metricServerError()].map(perFiveMinutes)),
          graph(
            'Milliseconds to an answer',
            [50, 99].map((percentile) => api.metricLatency({ statistic: Stats.percentile(percentile) })),
          ),
          graph('Commands, by what became of them', sums(...commands)),
        ],
        [
          graph('Milliseconds to append', percentiles('appendMilliseconds')),
          graph('Appends that another writer was ahead of', sums('appendConflicts')),
          graph('Milliseconds until a read model holds it', percentiles('projectionLagMilliseconds')),
        ],
        [
          graph('Commits that came late, and were read from the log, or came again', sums('gapsRepaired', 'duplicatesDropped')),
          graph(
            'What failed behind the log',
            sums('streamsParked', 'deliveriesFailed', 'recordsPassedOver', 'busFailures', 'callsUnanswered', 'callsRefused'),
          ),
          graph(
            'What the audit found',
            (['missing', 'parked', 'ahead'] as const).map((name) => serviceMetric(this, name, Stats.MAXIMUM)),
          ),
        ],
        sagas.length === 0 ? [] : [graph('Sagas, by what became of them', [...sagas])],
      ],
    });
  }
}

const graph = (title: string, left: IMetric[]): GraphWidget => new GraphWidget({ title, left, width: 8, leftYAxis: { min: 0 } });

const perFiveMinutes = (metric: Metric): Metric => metric.with({ statistic: Stats.SUM, period: fiveMinutes });
