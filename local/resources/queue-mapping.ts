import type { Handler } from '../template/deploy.ts';
import { propertiesOf } from '../template/template.ts';
import { found, type Host } from './host.ts';

interface Properties {
  readonly Enabled?: boolean;
  readonly EventSourceArn: string;
  readonly FunctionName: string;
  readonly FunctionResponseTypes?: readonly string[];
}

/** A function that reads a queue, one message at a time: Lambda may hand over any number up to the batch size. The limit of its concurrency has no effect here: a function has a few threads. */
export const queueMapping: Handler<Host> = async (resource, host) => {
  const {
    Enabled = true,
    EventSourceArn,
    FunctionName,
    FunctionResponseTypes = [],
  } = propertiesOf<Properties>(resource, {
    uses: ['Enabled', 'EventSourceArn', 'FunctionName', 'FunctionResponseTypes'],
    ignores: ['BatchSize', 'MetricsConfig', 'LoggingConfig', 'ScalingConfig', 'Tags'],
  });
  const queue = found(host.queues, EventSourceArn, 'queue');
  const invoke = found(host.functions, FunctionName.split(':').at(-1) ?? '', 'function');
  return {
    ref: resource.logicalId,
    start: () => {
      if (Enabled) queue.readBy(invoke, { reportsFailures: FunctionResponseTypes.includes('ReportBatchItemFailures') });
    },
    stop: async () => queue.stop(),
  };
};
