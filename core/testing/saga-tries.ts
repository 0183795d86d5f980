import type { SagaInput } from '../sagas/ports.ts';
import { commandOf, type SagaCommand } from '../sagas/running/run.ts';
import type { AnySaga } from '../sagas/saga.ts';
import { idOf, type Result, type Task } from './saga-flow.ts';
import { executeAnew, knownSince, type World } from './saga-world.ts';

/**
 * What a saga takes a refusal for at a later try. It doubts it: an earlier try that is found in the log was carried out, and one that
 * is not may still be on its way. The others are what would be wrong.
 */
export type Trust = 'doubted' | 'looked up' | 'believed';

/** Whose tries these are. */
export interface Telling {
  readonly saga: AnySaga;
  readonly input: SagaInput;
  readonly trust: Trust;
}

/** The command of a task; made once, for it is the same every time. */
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

/** One try: what the write side does, and what the saga takes it for. */
export interface Tried {
  readonly how: string;
  readonly world: World;
  readonly result: Result;
  /** The version from which on the step's event comes, where it waits for one. */
  readonly since: number;
}

/** What a try may come to. At a later one the id of the command is still known, or forgotten. */
export const triesOf = (telling: Telling, world: World, task: Task, isAgain: boolean): readonly Tried[] => {
  const command = commandFor(telling, task);
  const earlier = knownSince(world, command);
  const known: readonly Tried[] = earlier === undefined ? [] : [{ how: 'known', world, result: 'done', since: earlier }];
  if (earlier !== undefined && !isAgain) return known;
  const anew = executeAnew(world, command);
  const word = earlier === undefined ? '' : 'forgotten, then ';
  if (!('refused' in anew)) return [...known, { how: `${word}done`, result: 'done', ...anew }];
  const result = takenFor(telling.trust, task, { isAgain, isInLog: earlier !== undefined });
  return [...known, { how: `${word}refused: ${anew.refused}`, world, result, since: earlier ?? 0 }];
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
