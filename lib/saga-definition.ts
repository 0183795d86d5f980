import { type AnySaga, groupsOf } from '../core/sagas/saga.ts';
import {
  abortTask,
  answers,
  anyError,
  isUndone,
  type Machine,
  operatorTask,
  ownErrors,
  type State,
  type States,
  sendTask,
  stepOf,
  toOperator,
  undoTask,
} from './saga-tasks.ts';

/** A state machine in the Amazon States Language, as JSON. */
export interface Definition {
  readonly Comment?: string;
  readonly StartAt: string;
  readonly States: States;
}

type Group = readonly string[];

/** Where a group of steps leads. */
interface Ways {
  readonly next: string;
  /** When it is not known whether it was done. */
  readonly back: string;
  /** When it is known that it was not. */
  readonly before: string;
}

/**
 * The state machine of a saga. A task is named for its step, so the graph is the process; each sends its work to one function:
 * `{ does, saga, step, index, execution, input, token, failed? }`.
 * The machine's data are the execution's input; `failed`, why the saga came to nothing, by step; and `begun`, how each of those
 * that began together ended. @throws Error, where a name is too long.
 */
export const sagaDefinition = (saga: AnySaga, functionArn: string): Definition => {
  const machine = { saga, functionArn };
  const groups = groupsOf(saga);
  const entries = groups.map((group) => groupName(saga, group));
  /** Where the way back begins when everything up to this group is to be undone. */
  const back = (index: number): string => {
    const group = groups[index];
    if (group === undefined) return 'Abort';
    return group.some((step) => isUndone(saga, step)) ? undoName(saga, group) : back(index - 1);
  };
  const forth = groups.map((group, index) => {
    const ways = { next: entries[index + 1] ?? 'Completed', back: back(index), before: back(index - 1) };
    return isAlone(saga, group) ? alone(machine, group[0] as string, ways) : together(machine, group, ways);
  });
  const undone = groups.map((group, index) => (back(index) === undoName(saga, group) ? undo(machine, group, back(index - 1)) : {}));
  const States = {
    ...Object.assign({}, ...forth),
    Completed: { Type: 'Succeed' },
    ...Object.assign({}, ...undone.toReversed()),
    ...abortTask(machine, 'Aborted'),
    Aborted: { Type: 'Succeed', Comment: 'It came to nothing, and nothing is left of it.' },
  };
  const definition = { Comment: saga.name, StartAt: entries[0] as string, States };
  for (const name of stateNames(definition))
    if (name.length > maxNameLength)
      throw new Error(`${saga.name}: the state '${name}' has ${name.length} characters, and AWS takes ${maxNameLength}: shorten its steps`);
  return definition;
};

const maxNameLength = 80;

/** All of them, those inside of maps and branches too. */
export const stateNames = ({ States }: Definition): readonly string[] =>
  Object.entries(States).flatMap(([name, state]) => {
    const inner = [state['ItemProcessor'] ?? [], state['Branches'] ?? []].flat() as unknown as readonly Definition[];
    return [name, ...inner.flatMap(stateNames)];
  });

const listOf = (saga: AnySaga, [first]: Group): string | undefined => stepOf(saga, first as string).forEach;
const isAlone = (saga: AnySaga, group: Group): boolean => group.length === 1 && listOf(saga, group) === undefined;

const groupName = (saga: AnySaga, group: Group): string => {
  const list = listOf(saga, group);
  return list === undefined ? group.join(' and ') : `${group[0]} for each of ${list}`;
};
const undoName = (saga: AnySaga, group: Group): string => `${group.length === 1 ? 'Undo' : 'Back from'} ${groupName(saga, group)}`;

/** A step by itself; the point of no return is one. */
const alone = (machine: Machine, step: string, { next, back, before }: Ways): States => {
  const failed = { ResultPath: `$.failed.${step}` };
  const answered = { ErrorEquals: answers, ...failed, Next: before };
  if (stepOf(machine.saga, step).undo !== undefined) {
    const unknown = { ErrorEquals: anyError, ...failed, Next: back };
    return { [step]: sendTask(machine, step, { Catch: [answered, unknown], Next: next }) };
  }
  return {
    [step]: sendTask(machine, step, { Catch: [answered, toOperator(step)], Next: next }),
    ...operatorTask(machine, step, { step, index: 0 }, { Next: before, ...failed }),
  };
};

/** Steps that begin together, or one for each item of a list: each ends by itself, and then it is asked how. */
const together = (machine: Machine, group: Group, { next, back }: Ways): States => {
  const name = groupName(machine.saga, group);
  const list = listOf(machine.saga, group);
  const begun = begunPath(group);
  const after = {
    // As a text, because a choice cannot look into a list: whoever has failed says so in a field.
    ResultSelector: { 'each.$': '$', 'text.$': 'States.JsonToString($)' },
    ResultPath: begun,
    Next: `${name}: all done?`,
  };
  const wasNotDone = { Variable: `${begun}.text`, StringMatches: '*"failed"*', Next: `${name}: not done` };
  const all: State =
    list === undefined
      ? { Type: 'Parallel', Branches: group.map((step) => one(machine, step)), Parameters: {} }
      : { ...mapOver(`$.context.${list}`, one(machine, group[0] as string)), ItemSelector: { 'index.$': '$$.Map.Item.Index' } };
  return {
    [name]: { ...all, ...after },
    [`${name}: all done?`]: { Type: 'Choice', Choices: [wasNotDone], Default: next },
    [`${name}: not done`]: { Type: 'Pass', InputPath: `${begun}.each[*].failed`, ResultPath: '$.failed', Next: back },
  };
};

const begunPath = ([first]: Group): string => `$.begun.${first}`;

/** One of those that begin together. The data have room for reasons of ours from all of them, 200 bytes each, and not for as many stacks. */
const one = (machine: Machine, step: string): Definition => {
  const failed = `$.failed.${step}`;
  const [rest, inShort] = [`${step} failed`, `${step} failed: in short`];
  const ended = {
    Catch: [
      { ErrorEquals: ownErrors, ResultPath: failed, Next: rest },
      { ErrorEquals: anyError, ResultPath: failed, Next: inShort },
    ],
    End: true,
  };
  return {
    StartAt: step,
    States: {
      [step]: sendTask(machine, step, ended),
      [inShort]: { Type: 'Pass', Parameters: { 'Error.$': `${failed}.Error` }, ResultPath: failed, Next: rest },
      [rest]: { Type: 'Succeed' },
    },
  };
};

const undo = (machine: Machine, group: Group, next: string): States => {
  const { saga } = machine;
  const [first] = group as [string];
  if (isAlone(saga, group)) return undoTask(machine, first, next, { Next: next });
  const each = `${begunPath(group)}.each`;
  const all: State =
    listOf(saga, group) === undefined
      ? {
          Type: 'Parallel',
          InputPath: each,
          Branches: group.filter((step) => isUndone(saga, step)).map((step) => branch(machine, group, step)),
        }
      : mapOver(each, oneBack(machine, first));
  return { [undoName(saga, group)]: { ...all, ResultPath: null, Next: next } };
};

/** One of those that began together, on the way back: who has answered that nothing was done is left alone. */
const oneBack = (machine: Machine, step: string): Definition => {
  const error = `$.failed.${step}.Error`;
  const answered = { Or: answers.map((answer) => ({ Variable: error, StringEquals: answer })) };
  const rest = `${step} needs no undo`;
  const wasNotDone = { And: [{ Variable: error, IsPresent: true }, answered], Next: rest };
  return {
    StartAt: `Was ${step} done?`,
    States: {
      [`Was ${step} done?`]: { Type: 'Choice', Choices: [wasNotDone], Default: `Undo ${step}` },
      ...undoTask(machine, step, rest, { End: true, OutputPath: null }),
      [rest]: { Type: 'Succeed', OutputPath: null },
    },
  };
};

const branch = (machine: Machine, group: Group, step: string): Definition => {
  const { StartAt, States } = oneBack(machine, step);
  const take = { Type: 'Pass', InputPath: `$[${group.indexOf(step)}]`, Next: StartAt };
  return { StartAt: `How ${step} ended`, States: { [`How ${step} ended`]: take, ...States } };
};

const mapOver = (items: string, processor: Definition): State => ({
  Type: 'Map',
  ItemsPath: items,
  ItemProcessor: { ProcessorConfig: { Mode: 'INLINE' }, ...processor },
});
