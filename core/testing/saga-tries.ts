import type { Recorded } from '../basics/messages.ts';
import type { Address } from '../basics/stream.ts';
import type { SagaInput } from '../sagas/ports.ts';
import { answerIn } from '../sagas/running/awaited.ts';
import { stepNamed } from '../sagas/running/definition.ts';
import { answerAfter } from '../sagas/running/learning.ts';
import { commandOf, type SagaCommand, type SagaTask, streamToWatch } from '../sagas/running/run.ts';
import type { AnySaga } from '../sagas/saga.ts';
import { idOf, type Result, type Task } from './saga-flow.ts';
import { answerTo, eventsSince, executeAnew, knownSince, type World } from './saga-world.ts';

/**
 * How a saga treats a refusal at a later try. `doubted` is right: if the log has an earlier try, it was carried out; otherwise it may still
 * be on its way. The other two are wrong, and tests use them to show that.
 */
export type Trust = 'doubted' | 'looked up' | 'believed';

/** The execution whose tries are walked. */
export interface Telling {
  readonly saga: AnySaga;
  readonly input: SagaInput;
  readonly trust: Trust;
  /** The name of the execution, where a walk has several. */
  readonly execution?: string;
  /** The time of its decisions, where a walk has one. */
  readonly now?: string;
}

/** The command of a task. It is the same in every try, so it is made once. */
export const commandFor = (telling: Omit<Telling, 'trust'>, task: Task): SagaCommand & Pick<Telling, 'now'> => {
  const { saga, input, execution = 'execution', now } = telling;
  const known = commandsOf.get(input) ?? new Map<string, SagaCommand>();
  commandsOf.set(input, known);
  const key = task.context === undefined ? idOf(task) : `${idOf(task)} ${JSON.stringify(task.context)}`;
  const command = known.get(key) ?? commandOf(saga, execution, inputOf(input, task), requestOf(task));
  known.set(key, command);
  return now === undefined ? command : { ...command, now };
};

const requestOf = ({ does, step, index }: Task): SagaTask =>
  does === 'abort' ? { does, reason: 'a reason' } : { does: does === 'undo' ? 'undo' : 'send', step, index };

/** The input that a task sees. */
export const inputOf = (input: SagaInput, { context }: Task): SagaInput => (context === undefined ? input : { ...input, context });

/** The stream whose events a step awaits. */
export const streamFor = (telling: Pick<Telling, 'saga' | 'input'>, task: Task): Address =>
  streamToWatch(telling.saga, inputOf(telling.input, task), task.step) ?? commandFor(telling, task).stream;

/** The version from which on an event answers a step that sends nothing. */
export const watchedSince = (telling: Telling, world: World, task: Task): number => newestAwaited(telling, world, task) ?? 1;

/** The context after a step whose command is carried out; undefined if the saga learns nothing from it. */
export const learnedBy = (telling: Telling, task: Task, { world, since, answer }: Tried): unknown => {
  const { saga, input } = telling;
  if (task.does !== 'send') return undefined;
  const { learns, awaits } = stepNamed(saga, task.step);
  if (learns === undefined || awaits !== undefined) return undefined;
  const { stream, request } = commandFor(telling, task);
  const isOwn = ({ metadata }: Recorded) => metadata.commandId === request.commandId;
  const all = eventsSince(world, stream, 1);
  const own = eventsSince(world, stream, since).filter(isOwn);
  const newest = all.filter(({ type }) => Object.hasOwn(learns, type)).slice(-1);
  const carried = { type: request.command.type, answer, events: all.some(isOwn) ? own : newest };
  const said = answerAfter({ saga, step: task.step, input: inputOf(input, task) }, carried);
  return 'proceed' in said ? said.output : undefined;
};
const commandsOf = new WeakMap<SagaInput, Map<string, SagaCommand>>();

/** One try: what the write side does, and the outcome that the saga assumes. */
export interface Tried {
  readonly how: string;
  readonly world: World;
  readonly result: Result;
  /** The version from which on an event answers the step, if it awaits one. */
  readonly since: number;
  /** What the command's decision answered. */
  readonly answer?: unknown;
}

/** The possible results of a try. At a later try the stream still knows the command's id, or has forgotten it. */
export const triesOf = (telling: Telling, world: World, task: Task, isAgain: boolean): readonly Tried[] => {
  const command = commandFor(telling, task);
  const earlier = knownSince(world, command);
  const known: readonly Tried[] =
    earlier === undefined ? [] : [{ how: 'known', world, result: 'done', since: earlier, answer: answerTo(world, command) }];
  if (earlier !== undefined && !isAgain) return known;
  const anew = executeAnew(world, command);
  const word = earlier === undefined ? '' : 'forgotten, then ';
  if (!('refused' in anew)) {
    const newest = anew.world === world ? newestAwaited(telling, world, task) : undefined;
    return [...known, { how: `${word}done`, result: 'done', world: anew.world, since: newest ?? anew.since, answer: anew.answer }];
  }
  const result = takenFor(telling.trust, task, { isAgain, isInLog: earlier !== undefined });
  return [...known, { how: `${word}refused: ${anew.refused}`, world, result, since: earlier ?? 0 }];
};

/** The version of the event that answers a step whose command finds nothing to do. */
const newestAwaited = (telling: Telling, world: World, task: Task): number | undefined => {
  if (task.does !== 'send') return undefined;
  const step = stepNamed(telling.saga, task.step);
  if (step.onlyNew === true) return undefined;
  const events = eventsSince(world, streamFor(telling, task), 1);
  return events.findLast((event) => answerIn(step, event) !== undefined)?.metadata.version;
};

interface Refused {
  readonly isAgain: boolean;
  readonly isInLog: boolean;
}

const takenFor = (trust: Trust, { does }: Task, { isAgain, isInLog }: Refused): Result => {
  if (!isAgain || trust === 'believed') return 'not done';
  if (isInLog) return 'done';
  return does === 'send' && trust === 'doubted' ? 'unknown' : 'not done';
};
