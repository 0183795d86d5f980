import type { Handler } from '../template/deploy.ts';
import { demand, propertiesOf } from '../template/template.ts';
import { found, type Host } from './host.ts';

interface Properties {
  readonly BatchSize?: number;
  readonly Enabled?: boolean;
  readonly EventSourceArn: string;
  readonly FunctionName: string;
  readonly ScalingConfig?: { readonly MaximumConcurrency?: number };
}

/** A function that reads a queue, so many messages at once as the mapping says. */
export const queueMapping: Handler<Host> = async (resource, host) => {
  const {
    BatchSize = 10,
    Enabled = true,
    EventSourceArn,
    FunctionName,
    ScalingConfig,
  } = propertiesOf<Properties>(resource, {
    uses: ['BatchSize', 'Enabled', 'EventSourceArn', 'FunctionName', 'ScalingConfig'],
    ignores: ['MetricsConfig', 'LoggingConfig', 'Tags'],
  });
  demand(BatchSize === 1, resource, 'the local system hands over the messages of a queue one at a time: BatchSize must be 1');
  const queue = found(host.queues, EventSourceArn, 'queue');
  const invoke = found(host.functions, FunctionName.split(':').at(-1) ?? '', 'function');
  return {
    ref: resource.logicalId,
    start: () => {
      if (Enabled) queue.readBy(invoke, ScalingConfig?.MaximumConcurrency);
    },
    stop: async () => queue.stop(),
  };
};
