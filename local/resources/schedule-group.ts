import { join } from 'node:path';
import { invalid } from '../scheduler/schedule-times.ts';
import { type Schedule, scheduleGroup } from '../scheduler/schedules.ts';
import type { Handler } from '../template/deploy.ts';
import { propertiesOf } from '../template/template.ts';
import { found, type Host } from './host.ts';

/**
 * A group of the EventBridge Scheduler, to which the functions add schedules. They fire at a queue, which cannot refuse a message: so their
 * retries and dead letters have nothing to do here.
 */
export const scheduleGroupOf: Handler<Host> = async (resource, host) => {
  const { Name } = propertiesOf<{ readonly Name?: string }>(resource, { uses: ['Name'], ignores: ['Tags'] });
  const { region, account, stateFolder, timeScale, queues, scheduleGroups } = host;
  const name = Name ?? `${host.namePrefix}-${resource.logicalId}`.slice(-64);
  const group = scheduleGroup({
    ...{ name, timeScale, arnPrefix: `arn:aws:scheduler:${region}:${account}:schedule` },
    folder: join(stateFolder, 'schedules', resource.logicalId),
    demandTarget: (arn) => {
      if (!queues.has(arn)) throw invalid(`there is no queue ${arn} in this stack, and the local Scheduler knows no other targets`);
    },
    fire: ({ Target }: Schedule) => found(queues, Target.Arn, 'queue').send(JSON.parse(Target.Input ?? '{}')),
  });
  scheduleGroups.set(name, group);
  const arn = `arn:aws:scheduler:${region}:${account}:schedule-group/${name}`;
  return { ref: name, attributes: { Arn: arn }, start: group.start, stop: async () => group.stop() };
};
