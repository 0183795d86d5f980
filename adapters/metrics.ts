import type { AuditTotals } from '../core/audit-totals.ts';

export interface MetricLine {
  readonly at: Date;
  /** Whose metrics they are; each combination of them is a metric of its own. */
  readonly dimensions: Readonly<Record<string, string>>;
  readonly counts: AuditTotals;
}

/** The namespace of the service's metrics. */
export const metricNamespace = 'Foldstream';

/** Not by the console, whose lines begin with a time and an id in Lambda: CloudWatch reads what is JSON from the first character on. */
export const writeMetrics = (line: MetricLine): void => void process.stdout.write(`${toMetricLine(line)}\n`);

/** A line of the log that CloudWatch takes for metrics: its embedded metric format, which costs no call and needs no right. */
export const toMetricLine = ({ at, dimensions, counts }: MetricLine): string =>
  JSON.stringify({
    _aws: {
      Timestamp: at.getTime(),
      CloudWatchMetrics: [
        {
          Namespace: metricNamespace,
          Dimensions: [Object.keys(dimensions)],
          Metrics: Object.keys(counts).map((Name) => ({ Name, Unit: 'Count' })),
        },
      ],
    },
    ...dimensions,
    ...counts,
  });
