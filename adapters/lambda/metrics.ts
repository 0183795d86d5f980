import { type Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';

/** The namespace of the service's metrics. */
export const metricNamespace = 'Foldstream';

/** Collects the measures of an invocation, so that all of them cost one line of the log. The name of a measure says its unit. */
export const measureWith =
  (metrics: Metrics): ((what: string, value: number) => void) =>
  (what, value) => {
    metrics.addMetric(what, what.endsWith('Milliseconds') ? MetricUnit.Milliseconds : MetricUnit.Count, value);
  };

/** A middleware that writes the metrics at the end of each invocation, also of a failed one. It writes no line if there are no metrics. */
export const metered = (metrics: Metrics) => {
  const flush = () => {
    if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
  };
  return { after: flush, onError: flush };
};
