import type { Logger } from '@aws-lambda-powertools/logger';
import * as z from 'zod';
import { parse } from '../../core/basics/messages.ts';
import type { Measure } from '../../core/basics/telemetry.ts';
import type { AskOperator, SagaTaskRequest } from '../../core/sagas/ports.ts';
import type { OperatorCases } from '../sagas/dynamo-operator-cases.ts';
import type { Cause } from './tracing.ts';

const failure = z.object({ Error: z.string(), Cause: z.string().optional() });
const failures = z.record(z.string(), failure);

/** The input that the state machine of a saga sends to its function: lib/saga-definition.ts. */
const SagaTask = z.object({
  saga: z.string(),
  execution: z.string(),
  input: z.object({
    ...{ event: z.string(), correlationId: z.string(), actor: z.string().optional(), context: z.unknown() },
    stuck: failure.optional(),
  }),
  // The state machines say `wait`, in this release and in executions of earlier ones.
  does: z.enum(['send', 'undo', 'abort', 'wait']).transform((does) => (does === 'wait' ? 'ask-operator' : does)),
  step: z.string().optional(),
  index: z.int().optional(),
  state: z.string().optional(),
  token: z.string(),
  entered: z.object({ RetryCount: z.int().optional() }).nullish(),
  redrives: z.int().nullish(),
  failed: z.union([failure, failures, z.array(failures)]).optional(),
});

/** @throws Invalid (`InvalidData`). */
export const toSagaCall = (event: unknown): SagaTaskRequest => {
  const { entered, redrives, input, ...task } = parse(SagaTask, event, 'task') as z.output<typeof SagaTask>;
  const { stuck, ...told } = input;
  // An engine that does not send the counts does not prove that this is the first try.
  const isFirst = entered?.RetryCount === 0 && redrives === 0 && stuck === undefined;
  return { ...task, input: told, ...(task.does === 'send' ? { isRetry: !isFirst } : {}) } as SagaTaskRequest;
};

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

/** Logs and counts a saga that does not start because its event is too old. An operator may start it by hand. */
export const noteTooLate =
  ({ measure, logger }: { readonly measure: Measure; readonly logger: Pick<Logger, 'warn'> }) =>
  (saga: string, event: string): void => {
    logger.warn('an event is too old to start a saga', { saga, event });
    measure('sagasTooLate', 1);
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
