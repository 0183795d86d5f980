import type { SagaInput } from '../sagas/ports.ts';
import { answerIn } from '../sagas/running/awaited.ts';
import { stepNamed } from '../sagas/running/definition.ts';
import { commandOf, type SagaCommand } from '../sagas/running/run.ts';
import type { AnySaga } from '../sagas/saga.ts';
import { idOf, type Result, type Task } from './saga-flow.ts';
import { eventsSince, executeAnew, knownSince, type World } from './saga-world.ts';

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
}

/** The command of a task. It is the same in every try, so it is made once. */
export const commandFor = ({ saga, input }: Pick<Telling, 'saga' | 'input'>, task: Task): SagaCommand => {
  const { does, step, index } = task;
  const known = commandsOf.get(input) ?? new Map<string, SagaCommand>();
  commandsOf.set(input, known);
  const command =
    known.get(idOf(task)) ?? commandOf(saga, 'execution', input, does === 'abort' ? { does, reason: 'a reason' } : { does, step, index });
  known.set(idOf(task), command);
  return command;
};
const commandsOf = new WeakMap<SagaInput, Map<string, SagaCommand>>();

/** One try: what the write side does, and the outcome that the saga assumes. */
export interface Tried {
  readonly how: string;
  readonly world: World;
  readonly result: Result;
  /** The version from which on an event answers the step, if it awaits one. */
  readonly since: number;
}

/** The possible results of a try. At a later try the stream still knows the command's id, or has forgotten it. */
export const triesOf = (telling: Telling, world: World, task: Task, isAgain: boolean): readonly Tried[] => {
  const command = commandFor(telling, task);
  const earlier = knownSince(world, command);
  const known: readonly Tried[] = earlier === undefined ? [] : [{ how: 'known', world, result: 'done', since: earlier }];
  if (earlier !== undefined && !isAgain) return known;
  const anew = executeAnew(world, command);
  const word = earlier === undefined ? '' : 'forgotten, then ';
  if (!('refused' in anew)) {
    const newest = anew.world === world ? newestAwaited(telling, world, task) : undefined;
    return [...known, { how: `${word}done`, result: 'done', world: anew.world, since: newest ?? anew.since }];
  }
  const result = takenFor(telling.trust, task, { isAgain, isInLog: earlier !== undefined });
  return [...known, { how: `${word}refused: ${anew.refused}`, world, result, since: earlier ?? 0 }];
};

/** The version of the event that answers a step whose command finds nothing to do. */
const newestAwaited = (telling: Telling, world: World, task: Task): number | undefined => {
  if (task.does !== 'send') return undefined;
  const step = stepNamed(telling.saga, task.step);
  if (step.onlyNew === true) return undefined;
  const events = eventsSince(world, commandFor(telling, task).stream, 1);
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
