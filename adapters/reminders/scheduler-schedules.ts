import { createHash } from 'node:crypto';
import {
  ConflictException,
  CreateScheduleCommand,
  type CreateScheduleCommandInput,
  DeleteScheduleCommand,
  GetScheduleCommand,
  type GetScheduleCommandOutput,
  ListSchedulesCommand,
  ResourceNotFoundException,
  type SchedulerClient,
  UpdateScheduleCommand,
} from '@aws-sdk/client-scheduler';
import * as z from 'zod';
import { Unavailable } from '../../core/basics/errors.ts';
import type { Scheduled, Schedules } from '../../core/reminders/ports.ts';
import { dueNotice } from '../../core/reminders/publication.ts';
import { orUnavailable } from '../aws/unavailable.ts';

/** Where schedules are, and where they fire. */
export interface SchedulePlace {
  readonly group: string;
  /** ARN of the queue of the function that hears of them. */
  readonly queue: string;
  /** ARN of the queue of those that could not be delivered to it. */
  readonly deadLetters: string;
  /** ARN of the role that sends to both. */
  readonly role: string;
}

export interface SchedulerSchedules {
  readonly client: SchedulerClient;
  readonly place: SchedulePlace;
  readonly now: () => Date;
}

/** The SDK tries for ten seconds, and the Scheduler refuses a time that is past. */
const soonestMilliseconds = 15_000;

/** A page of names, each of which is then read. */
const pageSize = 50;

/**
 * The schedules of EventBridge Scheduler, one-time and in UTC. A name is a hash, so that a second try makes no second schedule. A schedule
 * deletes itself after it has fired. It fires within 60 seconds after its time.
 */
export const schedulerSchedules = ({ client, place, now }: SchedulerSchedules): Schedules => {
  const { group } = place;
  const keyOf = (one: Pick<Scheduled, 'process' | 'event'>): ScheduleKey => ({ Name: scheduleName(one), GroupName: group });
  return {
    ensure: async (scheduled) => {
      const wanted = requestFor(scheduled, place, now());
      try {
        await orUnavailable(client.send(new CreateScheduleCommand(wanted)));
        return 'made';
      } catch (error) {
        if (!(error instanceof ConflictException)) throw error;
      }
      const there = await get(client, keyOf(scheduled));
      if (there !== undefined && isAsWanted(there, wanted)) return 'kept';
      try {
        await orUnavailable(client.send(new UpdateScheduleCommand(wanted)));
        return 'moved';
      } catch (error) {
        // It has fired meanwhile, or another process changes it at this moment: the next try sees what came of that.
        if (error instanceof ResourceNotFoundException || error instanceof ConflictException)
          throw new Unavailable(`the schedule of ${scheduled.event} is being changed`, { cause: error });
        throw error;
      }
    },

    delete: async (scheduled) => {
      try {
        await orUnavailable(client.send(new DeleteScheduleCommand(keyOf(scheduled))));
        return true;
      } catch (error) {
        if (error instanceof ResourceNotFoundException) return false;
        if (error instanceof ConflictException)
          throw new Unavailable(`the schedule of ${scheduled.event} is being changed`, { cause: error });
        throw error;
      }
    },

    list: scheduleList({ client, group }),
  };
};

/** The schedules of a group, a page at a time. Each costs a request, because a list has names alone. */
export const scheduleList =
  ({ client, group: GroupName }: { readonly client: SchedulerClient; readonly group: string }): Schedules['list'] =>
  async (NextToken) => {
    const asked = { GroupName, MaxResults: pageSize, ...(NextToken === undefined ? {} : { NextToken }) };
    const { Schedules = [], NextToken: cursor } = await orUnavailable(client.send(new ListSchedulesCommand(asked)));
    const found = await Promise.all(
      Schedules.map(async ({ Name = '' }) => toScheduled((await get(client, { Name, GroupName }))?.Target?.Input)),
    );
    return { schedules: found.filter((one) => one !== undefined), ...(cursor === undefined ? {} : { cursor }) };
  };

interface ScheduleKey {
  readonly Name: string;
  readonly GroupName: string;
}

const get = async (client: SchedulerClient, key: ScheduleKey): Promise<GetScheduleCommandOutput | undefined> => {
  try {
    return await orUnavailable(client.send(new GetScheduleCommand(key)));
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
};

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');

/** At most 64 characters. The event's id has the tenant, the aggregate and the id, which may be longer. */
export const scheduleName = ({ process, event }: Pick<Scheduled, 'process' | 'event'>): string =>
  `${hash(process).slice(0, 12)}-${hash(event).slice(0, 48)}`;

const requestFor = (scheduled: Scheduled, { group, queue, deadLetters, role }: SchedulePlace, now: Date): CreateScheduleCommandInput => {
  const { process, event, at } = scheduled;
  const soonest = Math.max(Date.parse(at), now.getTime() + soonestMilliseconds);
  const seconds = new Date(Math.ceil(soonest / 1000) * 1000).toISOString().slice(0, 'yyyy-mm-ddThh:mm:ss'.length);
  return {
    ...{ Name: scheduleName(scheduled), GroupName: group, ScheduleExpression: `at(${seconds})`, ScheduleExpressionTimezone: 'UTC' },
    ...{ FlexibleTimeWindow: { Mode: 'OFF' }, ActionAfterCompletion: 'DELETE' },
    Target: {
      ...{ Arn: queue, RoleArn: role, DeadLetterConfig: { Arn: deadLetters } },
      RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
      Input: JSON.stringify({ 'detail-type': dueNotice, detail: { data: { process, event, at } } }),
    },
  };
};

/** The time is compared as the event says it, and not as it was rounded. The queue of a stage may have been replaced. */
const isAsWanted = ({ Target: there }: GetScheduleCommandOutput, { Target: wanted }: CreateScheduleCommandInput): boolean =>
  there?.Input === wanted?.Input && there?.Arn === wanted?.Arn && there?.RoleArn === wanted?.RoleArn;

const Fired = z.object({
  'detail-type': z.literal(dueNotice),
  detail: z.object({ data: z.object({ process: z.string(), event: z.string(), at: z.iso.datetime() }) }),
});

/** What a schedule's message says; undefined if it says something else. */
export const toFired = (notice: unknown): Scheduled | undefined => Fired.safeParse(notice).data?.detail.data;

const toScheduled = (input: string | undefined): Scheduled | undefined => {
  try {
    return toFired(JSON.parse(input ?? ''));
  } catch {
    return undefined; // Somebody else's schedule in the group.
  }
};
