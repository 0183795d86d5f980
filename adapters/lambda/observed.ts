import type { Logger } from '@aws-lambda-powertools/logger';
import type { Metrics } from '@aws-lambda-powertools/metrics';
import type middy from '@middy/core';
import { metered } from './metrics.ts';
import { type Cause, traced } from './tracing.ts';

export interface ObservabilityPorts {
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Whether the INFO lines of this invocation are logged, regardless of the log level. */
  readonly isSampled: () => boolean;
  /** The AWS clients whose calls a trace shows. */
  readonly clients: readonly object[];
}

export interface Observed<E> {
  /** The causes of an invocation. A batch has several. */
  readonly causesOf?: (event: E) => readonly Cause[];
  /** Further keys for the log lines of the invocation. */
  readonly keysOf?: (event: E) => Readonly<Record<string, string | undefined>>;
}

const nothing = () => [];

/** The middlewares around every function. They put the cause of an invocation into its log lines and trace, and write its metrics once. */
export const observed = <E, R>(
  observing: ObservabilityPorts,
  { causesOf = nothing, keysOf }: Observed<E> = {},
): middy.MiddlewareObj<E, R>[] => [
  traced({ clients: observing.clients, causesOf }),
  identified(observing, (event) => ({ ...keysOf?.(event), ...onlyOne(causesOf(event)) })),
  metered(observing.metrics),
];

/** The cause, if there is exactly one. The log lines of a batch name the causes of their own commits. */
const onlyOne = (causes: readonly Cause[]): Cause => (causes.length === 1 ? (causes[0] ?? {}) : {});

const identified = <E, R>({ logger, isSampled }: ObservabilityPorts, keysOf: (event: E) => object): middy.MiddlewareObj<E, R> => {
  const level = logger.getLevelName();
  return {
    before: ({ event, context }) => {
      logger.resetKeys();
      logger.setLogLevel(isSampled() ? 'INFO' : level);
      logger.appendKeys({ invocationId: context.awsRequestId, ...keysOf(event) });
    },
  };
};

/** A middleware that logs the outcome of an asynchronous invocation. */
export const reported = <E, R>({ logger }: ObservabilityPorts): middy.MiddlewareObj<E, R> => ({
  after: () => logger.info('done'),
  onError: ({ error }) => logger.error('failed', { error }),
});
