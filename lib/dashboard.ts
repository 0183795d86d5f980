import { Dashboard as CloudWatchDashboard, GraphWidget, type IMetric, type Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { type Measured, measures } from '../core/basics/telemetry.ts';
import { fiveMinutes } from './service-alarm.ts';
import type { ServiceApi } from './service-api.ts';
import { serviceMetric } from './service-metric.ts';
import { stageOf } from './stage.ts';

export interface DashboardProps {
  readonly of: ServiceApi;
  /** The outcomes of the sagas. Empty in a domain without sagas. */
  readonly sagas: readonly IMetric[];
}

/** The first page for an operator: the requests, the outcomes of commands, and how late the projector and the relay are. */
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
          graph('Commands, by outcome', sums(...commands)),
        ],
        [
          graph('Milliseconds to append', percentiles('appendMilliseconds')),
          graph('Appends that lost against another writer', sums('appendConflicts')),
          graph('Milliseconds until a read model holds a commit', percentiles('projectionLagMilliseconds')),
        ],
        [
          graph('Late commits that were read from the log, and commits that arrived twice', sums('gapsRepaired', 'duplicatesDropped')),
          graph(
            'Failures after the append',
            sums(
              'streamsParked',
              'streamsWaiting',
              'deliveriesFailed',
              'recordsPassedOver',
              'busFailures',
              'callsUnanswered',
              'callsRefused',
              'callsHeld',
              'commandsParked',
              'reactionsTooLate',
              'schedulesLeftOut',
              'remindersTooLate',
              'remindersMissing',
              'remindersStale',
              'webhooksUnverified',
              'webhooksIgnored',
            ),
          ),
          graph(
            'Findings of the audit',
            (['missing', 'parked', 'ahead'] as const).map((name) => serviceMetric(this, name, Stats.MAXIMUM)),
          ),
        ],
        sagas.length === 0 ? [] : [graph('Sagas, by outcome', [...sagas])],
      ],
    });
  }
}

const graph = (title: string, left: IMetric[]): GraphWidget => new GraphWidget({ title, left, width: 8, leftYAxis: { min: 0 } });

const perFiveMinutes = (metric: Metric): Metric => metric.with({ statistic: Stats.SUM, period: fiveMinutes });
