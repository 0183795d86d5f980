import { type Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';

/** The namespace of the service's metrics. */
export const metricNamespace = 'Foldstream';

/** Collects what an invocation measures, so that it costs a line of the log and not one for each number. Names say their unit. */
export const measureWith =
  (metrics: Metrics): ((what: string, value: number) => void) =>
  (what, value) => {
    metrics.addMetric(what, what.endsWith('Milliseconds') ? MetricUnit.Milliseconds : MetricUnit.Count, value);
  };

/** A middleware that writes the metrics of each invocation at its end, however it ends, and nothing where nothing was measured. */
export const metered = (metrics: Metrics) => {
  const flush = () => {
    if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
  };
  return { after: flush, onError: flush };
};
