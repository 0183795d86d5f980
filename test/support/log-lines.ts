import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import { jest } from '@jest/globals';
import { metricNamespace } from '../../adapters/lambda/metrics.ts';
import type { ObservabilityPorts } from '../../adapters/lambda/observed.ts';

/** Around handlers of which nobody reads the log. */
export const unobserved = (): ObservabilityPorts => ({
  logger: new Logger({ logLevel: 'SILENT' }),
  metrics: new Metrics({ namespace: metricNamespace, serviceName: 'foldstream-test' }),
  isSampled: () => false,
  clients: [],
});

// biome-ignore lint/suspicious/noExplicitAny: whatever a function says.
type Line = Readonly<Record<string, any>>;

/** From now on the lines of the functions come here, and not to the terminal: `said` from the log, `measured` for CloudWatch. */
export const takeLines = () => {
  const lines: Line[] = [];
  for (const stream of [process.stdout, process.stderr])
    jest.spyOn(stream, 'write').mockImplementation((text) => {
      for (const line of String(text).split('\n').filter(Boolean)) lines.push(parsed(line));
      return true;
    });
  return { said: () => lines.filter((line) => !('_aws' in line)), measured: () => lines.filter((line) => '_aws' in line) };
};

const parsed = (line: string): Line => {
  try {
    return JSON.parse(line);
  } catch {
    return { line };
  }
};
