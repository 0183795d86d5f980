import type { Answer, CommandRequest } from './command-handler.ts';
import type { AnyDecider } from './decider.ts';
import { type Domain, sagaNamed } from './domain.ts';
import { Invalid, NotFound, Refusal } from './errors.ts';
import { type EventStore, recorded } from './event-store.ts';
import type { AnyStep } from './saga.ts';
import type { CallOperator, Executions, Failures, SagaCall, SagaTokens } from './saga-ports.ts';
import { answerIn, commandOf, type SagaAnswer, type SagaTask, stepNamed } from './saga-run.ts';
import { restored } from './stored-events.ts';
import type { Address } from './stream.ts';

/** Nothing was done, and nothing will be: the saga turns back. Its message is the reason. A state machine knows it by its name. */
export class Refused extends Error {
  override readonly name = 'Refused';
  constructor(reason: string, options: ErrorOptions) {
    super(reason, options);
    this.stack = `Refused: ${reason}`; // It travels with the execution, which has no room for where it was thrown.
  }
}

export interface Stepping {
  readonly domain: Domain;
  readonly handle: (decider: AnyDecider, stream: Address, request: CommandRequest<AnyDecider>) => Promise<Answer>;
  readonly eventStore: Pick<EventStore, 'read'>;
  readonly tokens: SagaTokens;
  readonly executions: Executions;
  readonly callOperator: CallOperator;
}

/**
 * Does a task of a saga: sends its command and, where the step waits for an event, sees to it that it hears of it. May be done
 * any number of times. @throws Refused; anything else says that it is not known whether the task was done.
 */
export const sagaStep =
  (stepping: Stepping) =>
  async (call: SagaCall): Promise<void> => {
    if (call.does === 'wait') return stepping.callOperator(call);
    const { decider, stream, request } = commandOrRefused(() =>
      commandOf(sagaNamed(stepping.domain, call.saga), call.execution, call.input, taskOf(call)),
    );
    const answer = await stepping.handle(decider, stream, request as CommandRequest<AnyDecider>).catch(asRefused);
    if (call.token !== undefined) await wait(stepping, call as Waiter, answer);
  };

type Waiter = SagaCall & Required<Pick<SagaCall, 'token' | 'step' | 'index'>>;

/** Known as one who waits first, then a look at the stream: an event that came before that is found, and one that comes later finds us. */
const wait = async ({ domain, tokens, executions, eventStore }: Stepping, call: Waiter, answer: Answer): Promise<void> => {
  const { saga, step: name, index, execution, token } = call;
  const step = stepNamed(sagaNamed(domain, saga), name);
  // What was said before the command was not said to it.
  const since = answer.events[0]?.version ?? answer.version + 1;
  const waiting = { stream: answer.stream, since, saga, step: name, index, execution, token, timeoutSeconds: step.timeoutSeconds ?? 0 };
  await tokens.put(waiting);
  const said = await answerSince(eventStore, step, answer.stream, since);
  if (said === undefined) return;
  await executions.answer(token, said);
  await tokens.delete(waiting);
};

const answerSince = async (
  store: Stepping['eventStore'],
  step: AnyStep,
  stream: Address,
  since: number,
): Promise<SagaAnswer | undefined> => {
  for (let from: number | undefined = since; from !== undefined; ) {
    const { commits, next }: Awaited<ReturnType<EventStore['read']>> = await store.read(stream, { from, limit: 100 });
    for (const commit of commits)
      for (const event of recorded(commit)) {
        const said = event.metadata.version >= since ? answerIn(step, restored(step.to.events, event, commit)) : undefined;
        if (said !== undefined) return said;
      }
    from = next;
  }
  return undefined;
};

const taskOf = ({ does, step = '', index = 0, failed = {} }: SagaCall): SagaTask =>
  does === 'abort' ? { does, reason: reasonOf(failed as Failures | readonly Failures[]) } : { does: does as 'send' | 'undo', step, index };

/** Why a saga came to nothing, in words for who reads the last command. */
export const reasonOf = (failed: Failures | readonly Failures[]): string => {
  const [first = {}] = [failed].flat() as readonly Failures[];
  const [step, { Error: error, Cause: cause = '' }] = Object.entries(first)[0] ?? ['The saga', { Error: 'unknown' }];
  if (error === 'Aborted') return cause;
  if (error === 'Refused') return messageIn(cause);
  return `${step} ${error === 'States.Timeout' ? 'was not answered in time' : 'failed'}`;
};

/** A function's error is JSON with a message. */
const messageIn = (cause: string): string => {
  try {
    return String(JSON.parse(cause).errorMessage ?? cause);
  } catch {
    return cause;
  }
};

const commandOrRefused = <T>(make: () => T): T => {
  try {
    return make();
  } catch (error) {
    return asRefused(error);
  }
};

/**
 * The answers of which it is certain that nothing was done. A conflict with other writers is none, it will pass; nor is a command
 * that is not what it was at an earlier try: that try may have done something.
 */
const asRefused = (error: unknown): never => {
  if (error instanceof Refusal) throw new Refused(error.code, { cause: error });
  if (error instanceof NotFound || (error instanceof Invalid && error.code !== 'IdempotencyKeyReused'))
    throw new Refused(error.message, { cause: error });
  throw error;
};
