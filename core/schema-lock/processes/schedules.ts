import { rowOf } from '../../basics/messages.ts';
import { type Domain, schedulesOf } from '../../registry/domain.ts';
import { expressionOf } from '../../schedules/schedule.ts';
import { compatible, incompatible, type SchemaFinding } from '../comparison.ts';

/** The key of the schedules in the schema lock, beside the aggregates. */
export const schedulesKey = 'sent-by-schedules';

/** When a schedule comes: `cron(0 3 * * ? *) Europe/Berlin`. */
export type ScheduleShape = string;

/** By the schedule's name, which the ids of its commands are made of. */
export type ScheduleShapes = Readonly<Record<string, ScheduleShape>>;

export const scheduleShapes = (domain: Domain): ScheduleShapes =>
  Object.fromEntries(
    schedulesOf(domain).map(({ name, every }) => {
      const { expression, timeZone } = expressionOf(every);
      return [name, `${expression} ${timeZone}`];
    }),
  );

/** All differences. A time that waits in the queue during a deployment finds the schedule under its name, or it is a dead letter. */
export const compareSchedules = (locked: ScheduleShapes, current: ScheduleShapes): readonly SchemaFinding[] =>
  [...new Set([...Object.keys(locked), ...Object.keys(current)])].flatMap((name): readonly SchemaFinding[] => {
    const path = `schedule ${name}`;
    const [was, is] = [rowOf<ScheduleShape>(locked, name), rowOf<ScheduleShape>(current, name)];
    if (was === undefined) return [compatible({ path, change: 'is a new schedule' })];
    if (is === undefined) return [gone(path)];
    // Times that were missed under the old expression are not sent: docs/how-to/schedule-commands.md says so.
    return was === is ? [] : [compatible({ path, change: 'comes at other times', before: was, after: is })];
  });

const gone = (path: string): SchemaFinding =>
  incompatible({
    path,
    change: 'is no longer in the domain',
    breaks:
      'its times that wait in the queue become dead letters. Under another name, the commands have other ids: those of a time that is delivered again are carried out twice',
    remedy:
      'keep the name. To end the schedule, wait until its queue is empty and `npm run es -- processes` lists nothing; then accept it with --incompatible',
  });
