import type { Measure } from '../core/telemetry.ts';

export interface MetricLine {
  readonly at: Date;
  /** Whose metrics they are; each combination of them is a metric of its own. */
  readonly dimensions: Readonly<Record<string, string>>;
  /** One number, or up to a hundred; milliseconds where the name ends so. */
  readonly counts: Readonly<Record<string, number | readonly number[]>>;
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
          Metrics: Object.keys(counts).map((Name) => ({ Name, Unit: isTime(Name) ? 'Milliseconds' : 'Count' })),
        },
      ],
    },
    ...dimensions,
    ...counts,
  });

const isTime = (name: string): boolean => name.endsWith('Milliseconds');

export interface Meter {
  readonly measure: Measure;
  /** Writes down what was measured since the last time, and nothing where nothing was. */
  readonly flush: () => void;
}

const valuesPerLine = 100;

/** Collects what an invocation measures, so that it costs a line of the log and not one for each number. */
export const meterOf = ({ now, service, write = writeMetrics }: MeterSettings): Meter => {
  const collected = new Map<string, number[]>();
  const flush = (): void => {
    if (collected.size === 0) return;
    const counts = Object.fromEntries(
      [...collected].map(([name, values]) => [name, isTime(name) ? values : values.reduce((a, b) => a + b)]),
    );
    collected.clear();
    write({ at: now(), dimensions: { Service: service }, counts });
  };
  return {
    measure: (what, value) => {
      const values = collected.get(what) ?? [];
      collected.set(what, [...values, value]);
      if (values.length + 1 === valuesPerLine) flush();
    },
    flush,
  };
};

export interface MeterSettings {
  readonly now: () => Date;
  /** The name of the stack. */
  readonly service: string;
  readonly write?: (line: MetricLine) => void;
}

/** A middleware that writes the metrics of each invocation at its end, however it ends. */
export const metered = ({ flush }: Meter) => ({ after: () => flush(), onError: () => flush() });
