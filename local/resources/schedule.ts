import { join } from 'node:path';
import { recurring } from '../scheduler/recurring.ts';
import type { Handler } from '../template/deploy.ts';
import { demand, propertiesOf } from '../template/template.ts';
import { found, type Host } from './host.ts';

interface Properties {
  readonly ScheduleExpression: string;
  readonly ScheduleExpressionTimezone?: string;
  readonly FlexibleTimeWindow: { readonly Mode: string };
  readonly Target: { readonly Arn: string; readonly Input?: string };
}

/** A recurring schedule. It fires at a queue, which cannot refuse a message: so its retries and dead letters have nothing to do here. */
export const schedule: Handler<Host> = async (resource, host) => {
  const { ScheduleExpression, ScheduleExpressionTimezone, FlexibleTimeWindow, Target } = propertiesOf<Properties>(resource, {
    uses: ['ScheduleExpression', 'ScheduleExpressionTimezone', 'FlexibleTimeWindow', 'Target'],
    ignores: ['Description', 'State', 'Name', 'GroupName'],
  });
  const { stateFolder, queues, timeScale } = host;
  demand(FlexibleTimeWindow.Mode === 'OFF', resource, 'the local Scheduler has no flexible time window');
  const times = recurring({
    ...{ expression: ScheduleExpression, timeZone: ScheduleExpressionTimezone ?? 'UTC', timeScale },
    file: join(stateFolder, 'schedules', `${resource.logicalId}.json`),
    fire: (time) => {
      const scheduled = `${time.toISOString().slice(0, 19)}Z`;
      found(queues, Target.Arn, 'queue').send(JSON.parse((Target.Input ?? '{}').replaceAll('<aws.scheduler.scheduled-time>', scheduled)));
    },
  });
  return { ref: resource.logicalId, attributes: {}, start: async () => times.start(), stop: async () => times.stop() };
};
