import type { Logger } from '@aws-lambda-powertools/logger';
import * as z from 'zod';
import { parse } from '../../core/basics/messages.ts';
import type { Measure } from '../../core/basics/telemetry.ts';
import type { EventBus } from '../../core/publish/relay.ts';
import type { InterruptibleRun, LateInterruption } from '../../core/sagas/fates.ts';
import type { AskOperator, ExecutionToStop, SagaStops, SagaTaskRequest } from '../../core/sagas/ports.ts';
import { sagaPublicationName, stopNotice } from '../../core/sagas/publication.ts';
import type { OperatorCases } from '../sagas/dynamo-operator-cases.ts';
import type { Cause } from './tracing.ts';

const failure = z.object({ Error: z.string(), Cause: z.string().optional() });
const failures = z.record(z.string(), failure);
const failed = z.union([failure, failures, z.array(failures)]);

/** The input that the state machine of a saga sends to its function: lib/saga-definition.ts. */
const SagaTask = z.object({
  saga: z.string(),
  revision: z.int().optional(),
  execution: z.string(),
  input: z.object({
    ...{ event: z.string(), revision: z.int().optional(), correlationId: z.string(), actor: z.string().optional(), context: z.unknown() },
    ...{ depth: z.int().optional(), again: z.boolean().optional(), at: z.string().optional(), stuck: z.unknown().optional() },
    // The machine's data in executions that decide.
    ways: z.record(z.string(), z.object({ repeat: z.object({ round: z.int() }).optional() })).optional(),
    failed: failed.optional(),
  }),
  // The machine's data in steps that begin together; `input` has them elsewhere.
  told: z.object({ stuck: z.unknown().optional() }).optional(),
  // The state machines say `wait`, in this release and in executions of earlier ones.
  does: z.enum(['send', 'look', 'decide', 'close', 'undo', 'abort', 'wait']).transform((does) => (does === 'wait' ? 'ask-operator' : does)),
  step: z.string().optional(),
  index: z.int().optional(),
  asks: z.enum(['when', 'choose', 'until', 'repeat']).optional(),
  branches: z.array(z.string()).optional(),
  state: z.string().optional(),
  token: z.string(),
  isInterruptible: z.boolean().optional(),
  entered: z.object({ RetryCount: z.int().optional(), EnteredTime: z.iso.datetime().optional().catch(undefined) }).nullish(),
  redrives: z.int().nullish(),
  failed: failed.optional(),
});

/** @throws Invalid (`InvalidData`). */
export const toSagaCall = (event: unknown): SagaTaskRequest => {
  const { entered, redrives, input, told, ...task } = parse(SagaTask, event, 'task') as z.output<typeof SagaTask>;
  const { stuck, ways = {}, failed: reasons, ...began } = input;
  // An engine that does not send the counts does not prove that this is the first try. Nor does a machine of an earlier release, and the
  // last command of a saga that aborts: its payload has the reasons, and no room for the data that say whether an operator was asked.
  const isEnteredOnce = redrives === 0 && ![stuck, told?.stuck].some(wasStuck(task.step));
  const { RetryCount, EnteredTime: enteredAt } = (isEnteredOnce ? entered : undefined) ?? {};
  const tries = { isRetry: RetryCount !== 0, ...(enteredAt === undefined ? {} : { enteredAt }) };
  const round = task.does === 'decide' ? ways[task.step ?? '']?.repeat?.round : undefined;
  const more = {
    ...(round === undefined ? {} : { round }),
    ...(task.does === 'abort' && reasons !== undefined ? { failed: reasons } : {}),
  };
  return { ...more, ...task, input: began, ...(isCommand(task.does) ? tries : {}) } as SagaTaskRequest;
};

const isCommand = (does: string): boolean => ['send', 'undo', 'abort'].includes(does);

/** Whether an operator had this step tried again. Machines of earlier releases do not say which step it was, and it can be the last one only. */
const wasStuck =
  (step = '') =>
  (stuck: unknown): boolean =>
    typeof stuck === 'object' && stuck !== null && (failure.safeParse(stuck).success || Object.hasOwn(stuck, step));

/** The cause of a task: the event that started the saga, and the correlation id of that event. */
export const causesOfTask = (event: unknown): readonly Cause[] => {
  const { data } = SagaTask.pick({ input: true }).safeParse(event);
  return data === undefined ? [] : [{ correlationId: data.input.correlationId, causationId: data.input.event }];
};

const Notice = z.object({ detail: z.object({ id: z.string(), correlationid: z.string().optional() }) });

/** The id of the event in a notice from the bus. @throws Invalid (`InvalidData`). */
export const toEventId = (event: unknown): string => parse(Notice, event, 'notice').detail.id;

/** The cause of a notice: its event, and the correlation id of that event. */
export const causesOfNotice = (event: unknown): readonly Cause[] => {
  const { data } = Notice.safeParse(event);
  return data === undefined ? [] : [{ correlationId: data.detail.correlationid, causationId: data.detail.id }];
};

const Stop = z.object({
  'detail-type': z.literal(stopNotice),
  detail: z.object({ time: z.iso.datetime(), data: z.object({ saga: z.string(), execution: z.string(), why: z.string() }) }),
});

/**
 * Sends notices to stop executions. The function that does the steps does not know the machines, because they refer to it; the listener
 * does.
 */
export const stopNotices = ({ bus, now }: { readonly bus: EventBus; readonly now: () => Date }): SagaStops => ({
  stop: ({ execution, ...more }) =>
    bus.publish({
      ...{ specversion: '1.0', source: sagaPublicationName, type: stopNotice, datacontenttype: 'application/json' },
      ...{ id: execution, subject: execution, time: now().toISOString(), streamversion: 1 },
      ...{ correlationid: execution, causationid: execution },
      data: { execution, ...more },
    }),
});

/**
 * The machines that need such a notice are of earlier releases: they try a task for less than half an hour. An older notice comes from a
 * replay of the archive, or has waited in a queue for too long.
 */
const hoursToStop = 1;

/** The execution that a notice says to stop, `too late` if the notice is old, and undefined if the notice says something else. */
export const toStop = (event: unknown, now: Date): ExecutionToStop | 'too late' | undefined => {
  const { data: notice } = Stop.safeParse(event);
  if (notice === undefined) return undefined;
  const { time, data } = notice.detail;
  return Date.parse(time) < now.getTime() - hoursToStop * 3600 * 1000 ? 'too late' : data;
};

interface Noting {
  readonly measure: Measure;
  readonly logger: Pick<Logger, 'warn'>;
}

/** Logs and counts a saga that does not start because its event is too old. An operator may start it by hand. */
export const noteTooLate =
  ({ measure, logger }: Noting) =>
  (saga: string, event: string): void => {
    logger.warn('an event is too old to start a saga', { saga, event });
    measure('sagasTooLate', 1);
  };

/** Logs and counts an event that came after the point of no return of a saga, and did not interrupt it. */
export const noteTooLateToInterrupt =
  ({ measure, logger }: Noting) =>
  ({ saga, event: run, execution }: InterruptibleRun, { event, reason }: LateInterruption): void => {
    logger.warn('an event is too late to interrupt a saga', { saga, run, execution, event, reason });
    measure('sagasNotInterrupted', 1);
  };

/** Logs and counts a saga that does not start because another run has its key. */
export const noteNotUnique =
  ({ measure, logger }: Noting) =>
  (saga: string, event: string, holder: string): void => {
    logger.warn('a saga does not start: another run has its key', { saga, event, holder });
    measure('sagasNotUnique', 1);
  };

export interface AskOperatorPorts {
  readonly cases: OperatorCases;
  readonly measure: Measure;
  readonly logger: Pick<Logger, 'error'>;
}

/** Tells the operator of a case: stores a row for the command line, writes a line to the log, and counts a metric that has an alarm. */
export const callOperator =
  ({ cases, measure, logger }: AskOperatorPorts): AskOperator =>
  async (call) => {
    await cases.open(call);
    const { saga, execution, state, failed, input } = call;
    logger.error('a saga waits for an operator', { saga, event: input.event, execution, state, failed });
    measure('sagasWaiting', 1);
  };
