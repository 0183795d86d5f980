import type { Handler } from '../template/deploy.ts';
import { propertiesOf } from '../template/template.ts';
import { found, type Host } from './host.ts';

interface Properties {
  readonly Enabled?: boolean;
  readonly EventSourceArn: string;
  readonly FunctionName: string;
  readonly ScalingConfig?: { readonly MaximumConcurrency?: number };
  readonly FunctionResponseTypes?: readonly string[];
}

/**
 * A function that reads a queue, one message in an invocation, and so many invocations at once as the mapping says. Lambda may hand over any
 * number of messages up to the batch size.
 */
export const queueMapping: Handler<Host> = async (resource, host) => {
  const {
    Enabled = true,
    EventSourceArn,
    FunctionName,
    ScalingConfig,
    FunctionResponseTypes = [],
  } = propertiesOf<Properties>(resource, {
    uses: ['Enabled', 'EventSourceArn', 'FunctionName', 'FunctionResponseTypes', 'ScalingConfig'],
    ignores: ['BatchSize', 'MetricsConfig', 'LoggingConfig', 'Tags'],
  });
  const queue = found(host.queues, EventSourceArn, 'queue');
  const invoke = found(host.functions, FunctionName.split(':').at(-1) ?? '', 'function');
  return {
    ref: resource.logicalId,
    start: () => {
      const reportsFailures = FunctionResponseTypes.includes('ReportBatchItemFailures');
      if (Enabled) queue.readBy(invoke, { concurrency: ScalingConfig?.MaximumConcurrency, reportsFailures });
    },
    stop: async () => queue.stop(),
  };
};
