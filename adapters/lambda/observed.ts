import type { Logger } from '@aws-lambda-powertools/logger';
import type { Metrics } from '@aws-lambda-powertools/metrics';
import type middy from '@middy/core';
import { metered } from './metrics.ts';
import { type Cause, traced } from './tracing.ts';

export interface ObservabilityPorts {
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Whether an invocation is one of those whose INFO lines are kept, whatever the level is. */
  readonly isSampled: () => boolean;
  /** The clients of AWS whose calls a trace shows. */
  readonly clients: readonly object[];
}

export interface Observed<E> {
  /** What led to an invocation; several, where it is a batch. */
  readonly causesOf?: (event: E) => readonly Cause[];
  /** What else its lines of the log are found by. */
  readonly keysOf?: (event: E) => Readonly<Record<string, string | undefined>>;
}

const nothing = () => [];

/** The middlewares around every function: its lines of the log and its trace say what led to it, and its metrics are written once. */
export const observed = <E, R>(
  observing: ObservabilityPorts,
  { causesOf = nothing, keysOf }: Observed<E> = {},
): middy.MiddlewareObj<E, R>[] => [
  traced({ clients: observing.clients, causesOf }),
  identified(observing, (event) => ({ ...keysOf?.(event), ...onlyOne(causesOf(event)) })),
  metered(observing.metrics),
];

/** The lines about a batch name their own. */
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

/** A middleware that says how an invocation went which nobody waits for. */
export const reported = <E, R>({ logger }: ObservabilityPorts): middy.MiddlewareObj<E, R> => ({
  after: () => logger.info('done'),
  onError: ({ error }) => logger.error('failed', { error }),
});
