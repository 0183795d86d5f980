import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ServiceError } from '../http/service-error.ts';
import { pause } from '../waiting.ts';
import { invalid, timeOf } from './schedule-times.ts';

/** What a schedule is made of, in the fields of `CreateSchedule` that are known here. */
export interface ScheduleInput {
  readonly ScheduleExpression: string;
  readonly ScheduleExpressionTimezone?: string;
  readonly State?: 'ENABLED' | 'DISABLED';
  readonly ActionAfterCompletion?: 'DELETE' | 'NONE';
  readonly Description?: string;
  readonly FlexibleTimeWindow: { readonly Mode: string };
  readonly Target: {
    readonly Arn: string;
    readonly RoleArn: string;
    readonly Input?: string;
    readonly RetryPolicy?: { readonly MaximumEventAgeInSeconds?: number; readonly MaximumRetryAttempts?: number };
    readonly DeadLetterConfig?: { readonly Arn?: string };
  };
}

export interface Schedule extends ScheduleInput {
  readonly Name: string;
  readonly GroupName: string;
  readonly Arn: string;
  /** Seconds since 1970, as the protocol has it. */
  readonly CreationDate: number;
  readonly LastModificationDate: number;
}

/** A schedule on record. `fires`: the time of this machine's clock, in milliseconds since 1970; absent after it has fired. */
interface Kept {
  readonly schedule: Schedule;
  readonly fires?: number | undefined;
}

/** The schedules of one group. They outlive the system: what came due while it was stopped fires when it starts. */
export interface ScheduleGroup {
  readonly name: string;
  /** @throws ServiceError (`ConflictException`, `ValidationException`). */
  create(name: string, input: ScheduleInput): Schedule;
  /** Replaces the schedule as a whole. @throws ServiceError (`ResourceNotFoundException`, `ValidationException`). */
  update(name: string, input: ScheduleInput): Schedule;
  /** @throws ServiceError (`ResourceNotFoundException`). */
  get(name: string): Schedule;
  /** @throws ServiceError (`ResourceNotFoundException`). */
  delete(name: string): void;
  /** In the order of their names. */
  all(): readonly Schedule[];
  start(): void;
  stop(): void;
}

export interface ScheduleGroupProps {
  readonly name: string;
  /** `arn:aws:scheduler:REGION:ACCOUNT:schedule`. */
  readonly arnPrefix: string;
  readonly folder: string;
  /** How long a second until a time is, in seconds of the clock. It counts from the moment at which the schedule is made or changed. */
  readonly timeScale: number;
  /** Checks the target of a schedule. @throws ServiceError (`ValidationException`). */
  readonly demandTarget: (arn: string) => void;
  /** On record at the target when it returns. */
  readonly fire: (schedule: Schedule) => void;
}

export const scheduleGroup = (props: ScheduleGroupProps): ScheduleGroup => {
  const { name: group, folder, timeScale, arnPrefix, demandTarget } = props;
  mkdirSync(folder, { recursive: true });
  const kept = new Map<string, Kept>(readAll(folder).map((one) => [one.schedule.Name, one]));
  const waiting = new Map<string, AbortController>();
  let isStarted = false;

  const fileOf = (name: string) => join(folder, `${name}.json`);
  const keep = (name: string, one: Kept): void => {
    writeFileSync(`${fileOf(name)}.new`, JSON.stringify(one));
    renameSync(`${fileOf(name)}.new`, fileOf(name));
    kept.set(name, one);
  };
  const found = (name: string): Kept => {
    const one = kept.get(name);
    if (one === undefined) throw new ServiceError('ResourceNotFoundException', `Schedule ${name} does not exist.`);
    return one;
  };
  const forget = (name: string): void => {
    waiting.get(name)?.abort();
    waiting.delete(name);
    kept.delete(name);
    rmSync(fileOf(name), { force: true });
  };

  const wait = async (name: string): Promise<void> => {
    waiting.get(name)?.abort();
    const { fires, schedule } = found(name);
    if (!isStarted || fires === undefined || schedule.State === 'DISABLED') return;
    const stopped = new AbortController();
    waiting.set(name, stopped);
    await pause(Math.max(0, fires - Date.now()), stopped.signal);
    if (stopped.signal.aborted) return;
    props.fire(schedule); // Before it is forgotten: if the system is killed now, it fires again.
    if (schedule.ActionAfterCompletion === 'DELETE') forget(name);
    else keep(name, { schedule });
  };

  const put = (name: string, input: ScheduleInput, before?: Schedule): Schedule => {
    const now = Date.now();
    const due = timeOf(input.ScheduleExpression, input.ScheduleExpressionTimezone);
    demandFit(name, input);
    demandTarget(input.Target.Arn);
    if (due <= now) throw invalid(`Invalid Schedule Expression ${input.ScheduleExpression}: the time is past`);
    const schedule: Schedule = {
      State: 'ENABLED',
      ActionAfterCompletion: 'NONE',
      ScheduleExpressionTimezone: 'UTC',
      ...input,
      ...{ Name: name, GroupName: group, Arn: `${arnPrefix}/${group}/${name}` },
      ...{ CreationDate: before?.CreationDate ?? now / 1000, LastModificationDate: now / 1000 },
    };
    keep(name, { schedule, fires: now + (due - now) * timeScale });
    void wait(name);
    return schedule;
  };

  return {
    name: group,
    create: (name, input) => {
      if (kept.has(name)) throw new ServiceError('ConflictException', `Schedule ${name} already exists.`);
      return put(name, input);
    },
    update: (name, input) => put(name, input, found(name).schedule),
    get: (name) => found(name).schedule,
    delete: (name) => {
      found(name);
      forget(name);
    },
    all: () => [...kept.values()].map(({ schedule }) => schedule).sort((one, other) => (one.Name < other.Name ? -1 : 1)),
    start: () => {
      isStarted = true;
      for (const name of kept.keys()) void wait(name);
    },
    stop: () => {
      isStarted = false;
      for (const stopped of waiting.values()) stopped.abort();
    },
  };
};

const readAll = (folder: string): readonly Kept[] =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as Kept);

const mostInputBytes = 256 * 1024;

/** The limits of the Scheduler, and what the local system does not imitate. */
const demandFit = (name: string, { FlexibleTimeWindow, Target, ...more }: ScheduleInput): void => {
  const demand = (holds: boolean, message: string): void => {
    if (!holds) throw invalid(message);
  };
  demand(/^[0-9a-zA-Z-_.]{1,64}$/.test(name), `'${name}' cannot be the name of a schedule`);
  demand(FlexibleTimeWindow?.Mode === 'OFF', 'the local system knows the FlexibleTimeWindow OFF');
  demand(Target?.Arn !== undefined && Target.RoleArn !== undefined, 'a target needs Arn and RoleArn');
  demand(Buffer.byteLength(Target.Input ?? '') <= mostInputBytes, 'the Input of a target has at most 262144 bytes');
  const { MaximumEventAgeInSeconds: age = 86_400, MaximumRetryAttempts: attempts = 185 } = Target.RetryPolicy ?? {};
  demand(age >= 60 && age <= 86_400, 'MaximumEventAgeInSeconds is from 60 to 86400');
  demand(attempts >= 0 && attempts <= 185, 'MaximumRetryAttempts is from 0 to 185');
  const unknown = [
    ...Object.keys(more).filter((field) => !knownFields.has(field)),
    ...Object.keys(Target)
      .filter((field) => !knownOfTarget.has(field))
      .map((field) => `Target.${field}`),
  ];
  demand(unknown.length === 0, `the local system does not know ${unknown.join(', ')} of a schedule`);
};

const knownFields = new Set([
  ...['Name', 'GroupName', 'ClientToken', 'Description', 'State'],
  ...['ScheduleExpression', 'ScheduleExpressionTimezone', 'ActionAfterCompletion'],
]);
const knownOfTarget = new Set(['Arn', 'RoleArn', 'Input', 'RetryPolicy', 'DeadLetterConfig']);
