import { NotFound } from '../basics/errors.ts';
import { type CommandTo, commandsFrom } from '../processes/command-to.ts';
import { processName } from '../processes/kinds.ts';
import { type Cause, demandKnown, type SendingPorts, sendCommands, sendCommandsAgain } from '../processes/sending.ts';
import { nextTime, shownAt, timesBetween } from './cron.ts';
import type { Positions } from './ports.ts';
import { type AnySchedule, expressionOf, type Recurrence } from './schedule.ts';

export interface SchedulePorts extends SendingPorts {
  readonly schedules: readonly AnySchedule[];
  readonly positions: Positions;
  /** Called for a time that `catchUp` leaves out. */
  readonly onLeftOut: (schedule: string, scheduledAt: string) => void;
}

/** A time of a schedule, as the Scheduler delivers it. */
export interface Due {
  readonly schedule: string;
  readonly scheduledAt: Date;
  /** An earlier delivery may have sent the commands. */
  readonly isRepeated: boolean;
}

/** The Scheduler delivers within a minute. What comes later may have been delivered before. */
const doubtMilliseconds = 2 * 60_000;

/** With `catchUp: 'none'`, a time that is this late is not sent. */
const lateMilliseconds = 10 * 60_000;

/** So many missed times are sent in one delivery. */
const mostAtOnce = 100;

/**
 * Sends the commands of a time, and those of the times that were missed before it, as `catchUp` says. The time may be delivered repeatedly:
 * each command acts once. A command that is refused, and a row that throws, are parked.
 * @throws the error of a command whose outcome is unknown; NotFound, if the code has no such schedule; Error, if there is more to catch up
 * with: the time has to be delivered again.
 */
export const sendDue =
  (ports: SchedulePorts) =>
  async ({ schedule: name, scheduledAt, isRepeated }: Due): Promise<void> => {
    const schedule = scheduleNamed(ports, name);
    const time = exactTime(schedule.every, scheduledAt.getTime());
    const send = (at: number, again: boolean) => sendTime(ports, schedule, at, again || ports.now().getTime() - at > doubtMilliseconds);
    if (schedule.catchUp !== 'all') {
      if (isLeftOut(schedule, time, ports.now().getTime())) ports.onLeftOut(name, scheduledAt.toISOString());
      else await send(time, isRepeated);
      return;
    }
    const { expression, timeZone } = expressionOf(schedule.every);
    const known = `${expression} ${timeZone}`;
    const position = await ports.positions.get(name);
    const since = position?.expression === known ? Date.parse(position.sentUntil) : undefined;
    const missed = since === undefined ? [] : missedTimes(schedule.every, since, time, mostAtOnce + 1);
    const reach = (at: number) => ports.positions.put(name, { expression: known, sentUntil: new Date(at).toISOString() });
    for (const at of missed.slice(0, mostAtOnce)) {
      await send(at, true);
      await reach(at);
    }
    if (missed.length > mostAtOnce) throw new Error(`${name} has more than ${mostAtOnce} missed times: it goes on at the next delivery`);
    // A time that is not after the position was sent, or the zone's rules have changed: its id tells.
    await send(time, isRepeated || (since !== undefined && time <= since));
    if (since === undefined || time > since) await reach(time);
  };

/**
 * Sends what one time has sent once more, for an operator. What is carried out now is no longer parked.
 * @throws as `sendDue` does.
 */
export const sendTimeAgain =
  (ports: SchedulePorts) =>
  async (process: string, scheduledAt: string): Promise<void> => {
    const schedule = scheduleNamed(ports, process.replace(/^schedule:/, ''));
    await sendCommandsAgain(ports, causeOf(schedule, Date.parse(scheduledAt), true), () => commandsAt(schedule, Date.parse(scheduledAt)));
  };

/** The commands of one time. @throws what the row throws. */
export const commandsAt = (schedule: AnySchedule, time: number): readonly CommandTo[] =>
  commandsFrom(schedule, schedule.sends({ scheduledAt: new Date(time).toISOString() }));

const scheduleNamed = ({ schedules }: SchedulePorts, name: string): AnySchedule => {
  const found = schedules.find((one) => one.name === name);
  if (found === undefined) throw new NotFound('NotFound', `there is no schedule '${name}'`);
  return found;
};

const causeOf = ({ name }: AnySchedule, time: number, isRepeated: boolean): Cause => {
  const id = new Date(time).toISOString();
  return { process: processName('schedule', name), id, since: id, isRepeated, of: { correlationId: `schedule:${name}/${id}` } };
};

const sendTime = async (ports: SchedulePorts, schedule: AnySchedule, time: number, isRepeated: boolean): Promise<void> =>
  demandKnown(await sendCommands(ports, causeOf(schedule, time, isRepeated), () => commandsAt(schedule, time)));

/** A time of a cron expression is a whole minute. */
const exactTime = (every: Recurrence, time: number): number => (every.kind === 'cron' ? time - (time % 60_000) : time);

/** Whether a time is not sent any more. With `latest` it is not if a later one has come, which is delivered too. */
const isLeftOut = ({ catchUp, every }: AnySchedule, time: number, now: number): boolean =>
  catchUp === 'none' ? now - time > lateMilliseconds : now >= (timeAfter(every, time) ?? Number.POSITIVE_INFINITY);

const timeAfter = (every: Recurrence, time: number): number | undefined =>
  every.kind === 'rate' ? time + every.minutes * 60_000 : nextTime(every.times, time);

/** The times between two that were sent or are being sent, the earliest first. */
const missedTimes = (every: Recurrence, since: number, time: number, most: number): readonly number[] => {
  if (every.kind === 'rate') {
    const period = every.minutes * 60_000;
    // Counted back from the time, because a schedule that is made anew has other times. Half a period is not a missed time.
    const count = Math.max(0, Math.ceil((time - since) / period - 1.5));
    return Array.from({ length: Math.min(count, most) }, (_, index) => time - (count - index) * period);
  }
  const { timeZone } = every.times;
  // An hour that is shown twice is no missed time, whichever of both the Scheduler takes.
  const shown = new Set([since, time].map((one) => shownAt(timeZone, one)));
  return timesBetween(every.times, since, time - 1, most + 1)
    .filter((one) => !shown.has(shownAt(timeZone, one)))
    .slice(0, most);
};
