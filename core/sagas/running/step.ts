import { Invalid, NewerRelease, Refusal } from '../../basics/errors.ts';
import type { EventStore } from '../../log/event-store.ts';
import type { Answer, CommandRequest, HandleCommand } from '../../write/command-handler.ts';
import type { AnyDecider } from '../../write/decider.ts';
import type { SagaFates } from '../fates.ts';
import { isInterruptible } from '../interruption.ts';
import { isPointOfNoReturn } from '../order.ts';
import type { AskOperator, Failures, Interrupted, SagaStops, SagaTaskAnswers, SagaTaskRequest, SagaTokens, TaskAnswer } from '../ports.ts';
import { reasonOf } from '../reason.ts';
import type { AnySaga, AnyStep } from '../saga.ts';
import { awaitedSince, eventsOf, newestWithRow } from './awaited.ts';
import { decided } from './decide.ts';
import { runningSaga, stepNamed, UnknownDefinition } from './definition.ts';
import { inputFor } from './input.ts';
import { type Interrupting, interruptedAtLast, interruptedBefore, interruptedWaiting } from './interrupted.ts';
import { answerOf, answerOfCommand, type Learning } from './learning.ts';
import { look } from './look.ts';
import { triesOf } from './retry.ts';
import { commandOf, contextOf, type SagaTask, streamToWatch } from './run.ts';

export interface SagaStepPorts {
  readonly sagas: readonly AnySaga[];
  readonly handle: HandleCommand;
  readonly eventStore: Pick<EventStore, 'read'>;
  readonly tokens: SagaTokens;
  /** What was decided about the runs that events may interrupt. Without it none is interrupted. */
  readonly fates?: SagaFates | undefined;
  readonly executions: SagaTaskAnswers;
  /** Stops executions of machines that do not know the answer `unknown`. */
  readonly stops: SagaStops;
  readonly callOperator: AskOperator;
  readonly now: () => Date;
}

/**
 * Does one task of a saga: sends its command and answers the execution with the result. If the step awaits an event, it stores the token
 * so that the event can answer. It may run any number of times. A task that this code does not know waits for an operator.
 * @throws an error if the outcome of the task is unknown.
 */
export const sagaStep =
  (stepping: SagaStepPorts) =>
  async (call: SagaTaskRequest): Promise<void> => {
    if (call.does === 'ask-operator') return stepping.callOperator(call);
    try {
      await doTask(stepping, call);
    } catch (error) {
      // A newer release knows the step, the command or what is in the stream. So nobody knows yet whether the task can be done.
      if (!(error instanceof UnknownDefinition || error instanceof NewerRelease)) throw error;
      await waitForOtherCode(stepping, call, error.message);
    }
  };

const doTask = async (stepping: SagaStepPorts, call: SagaTaskRequest): Promise<void> => {
  if (call.does === 'look') return stepping.executions.answer(call.token, await look(stepping, call));
  if (call.does === 'decide') return stepping.executions.answer(call.token, await decide(stepping, call));
  const interrupted = await interruption(stepping, call);
  if (call.does === 'close' || interrupted !== undefined) return stepping.executions.answer(call.token, interrupted ?? { proceed: true });
  const watched = call.does === 'send' ? await watch(stepping, call) : undefined;
  if (watched !== undefined) return wait(stepping, call, watched);
  const sent = await send(stepping, call);
  if ('refused' in sent) return stepping.executions.answer(call.token, sent);
  const { answer, type } = sent;
  if (call.does !== 'send') return stepping.executions.answer(call.token, { proceed: true });
  if (stepOf(stepping, call).awaits !== undefined) return wait(stepping, call, answer);
  const said = await answerOfCommand(stepping.eventStore, await learningOf(stepping, call), { type, answer });
  return stepping.executions.answer(call.token, said);
};

/** The event that interrupts the saga before this task. A step without `undo` is the point of no return, and so is the end. */
const interruption = async (stepping: SagaStepPorts, call: SagaTaskRequest): Promise<Interrupted | undefined> => {
  const run = call.does === 'send' || call.does === 'close' ? await interrupting(stepping, call) : undefined;
  if (run === undefined) return undefined;
  const isLast = call.does === 'close' || isPointOfNoReturn(stepOf(stepping, call));
  return isLast ? interruptedAtLast(run) : interruptedBefore(run, call.isRetry === true);
};

/** The run of this task, if its machine knows that events may interrupt it. */
const interrupting = async ({ sagas, eventStore, fates }: SagaStepPorts, call: SagaTaskRequest): Promise<Interrupting | undefined> => {
  if (call.isInterruptible !== true || fates === undefined) return undefined;
  const saga = runningSaga(sagas, call);
  if (!isInterruptible(saga)) return undefined;
  const input = await inputFor(eventStore, saga, call.input);
  return { eventStore, fates, saga, revision: call.revision, execution: call.execution, input, context: contextOf(saga, input) };
};

const decide = async (stepping: SagaStepPorts, call: SagaTaskRequest): Promise<TaskAnswer> => {
  const { saga, input } = await learningOf(stepping, call);
  const { step = '', asks = 'when', branches, round } = call;
  return decided(saga, input, { step, asks, branches, round, now: stepping.now() });
};

/** Where a step that sends nothing waits. It is as if a command to this stream had found nothing to do. */
const watch = async (stepping: SagaStepPorts, call: SagaTaskRequest): Promise<Answer | undefined> => {
  if (stepOf(stepping, call).of === undefined) return undefined;
  const { saga, input, step } = await learningOf(stepping, call);
  const stream = streamToWatch(saga, input, step);
  return stream && { stream, version: 0, events: [], isRepeated: false };
};

/** The step of a task, with the context that it sees. */
const learningOf = async ({ sagas, eventStore }: SagaStepPorts, call: SagaTaskRequest): Promise<Learning> => {
  const saga = runningSaga(sagas, call);
  return { saga, step: call.step ?? '', input: await inputFor(eventStore, saga, call.input) };
};

const send = async ({ sagas, handle, eventStore }: SagaStepPorts, call: SagaTaskRequest): Promise<SentCommand | Refused> => {
  try {
    const saga = runningSaga(sagas, call);
    const { decider, stream, request } = commandOf(saga, call.execution, await inputFor(eventStore, saga, call.input), taskOf(call));
    const tried = { ...request, tries: triesOf(eventStore, call) };
    const answer = await handle(decider, { id: stream.id, tenant: stream.tenant }, tried as CommandRequest<AnyDecider>);
    return { type: request.command.type, answer };
  } catch (error) {
    const refused = refusalIn(error);
    // The log has no earlier try. But one may still be on its way, so it is not known whether the step will be done.
    return call.does === 'send' && call.isRetry === true ? { ...refused, onRetry: true } : refused;
  }
};

type Refused = Extract<TaskAnswer, { readonly refused: string }>;
interface SentCommand {
  readonly type: string;
  readonly answer: Answer;
}

/**
 * A machine that passes its revision asks an operator. An older machine asks one for a command that undoes or that ends the saga; for a
 * step it takes every error, and a lack of an answer too, for a reason to undo the saga. So such an execution is stopped.
 */
const waitForOtherCode = async ({ executions, stops }: SagaStepPorts, call: SagaTaskRequest, unknown: string): Promise<void> => {
  if (call.revision !== undefined || call.does !== 'send') return executions.answer(call.token, { unknown });
  await stops.stop({ saga: call.saga, execution: call.execution, why: unknown });
};

const stepOf = ({ sagas }: SagaStepPorts, call: SagaTaskRequest): AnyStep => stepNamed(runningSaga(sagas, call), call.step ?? '');

/**
 * Stores the token first, then reads the stream. The read finds an event that was recorded earlier, the listener one that is recorded
 * later. The two must not change places.
 */
const wait = async (stepping: SagaStepPorts, call: SagaTaskRequest, { stream, events, version }: Answer): Promise<void> => {
  const { tokens, executions, eventStore } = stepping;
  const { saga, revision, step: name = '', index = 0, execution, token } = call;
  const step = stepOf(stepping, call);
  const learning = await learningOf(stepping, call);
  // The first event of the command may be the awaited one. A command without events finds what it asks for done already, so an awaited
  // event that is in the stream says so. Other events before the command do not answer it. Any event answers a step that sends nothing.
  const newest = step.of === undefined ? version : Number.MAX_SAFE_INTEGER;
  const alreadySaid = async () =>
    step.onlyNew ? undefined : newestWithRow(eventStore, { events: eventsOf(step), rows: step.awaits ?? {} }, stream, newest);
  const since = events[0]?.version ?? (await alreadySaid()) ?? version + 1;
  const { timeoutSeconds = 0, learns } = step;
  const told = learns === undefined ? {} : { told: JSON.stringify(learning.input) };
  const known = { saga, ...(revision === undefined ? {} : { revision }), step: name, index, execution, token, ...told };
  const waiting = { stream, since, ...known, timeoutSeconds };
  await tokens.put(waiting);
  const run = await interrupting(stepping, call);
  const interrupted = run && (await interruptedWaiting(run, { step: name, index, token, seconds: timeoutSeconds + day }));
  const event = interrupted === undefined ? await awaitedSince(eventStore, step, stream, since) : undefined;
  const said = interrupted ?? (event && answerOf(learning, event));
  if (said === undefined) return;
  await executions.answer(token, said);
  await tokens.delete(waiting);
};

/** A row is of use a day longer than its step waits, as the rows of the tokens are. */
const day = 24 * 3600;

const taskOf = ({ does, step = '', index = 0, failed = {} }: SagaTaskRequest): SagaTask =>
  does === 'abort' ? { does, reason: reasonOf(failed as Failures | readonly Failures[]) } : { does: does as 'send' | 'undo', step, index };

/**
 * Turns an error into a refusal if it proves that the task did not act. @throws every other error: conflicts will pass, and a reused key
 * may mean that an earlier try, with other data, acted.
 */
const refusalIn = (error: unknown): Refused => {
  if (error instanceof Refusal) return { refused: error.code };
  const isUnsendable = error instanceof Invalid && error.code !== 'IdempotencyKeyReused';
  if (isUnsendable) return { refused: error.message };
  throw error;
};
