import * as z from 'zod';
import { groupsOf, isClosed, isPointOfNoReturn, learnsIn } from '../core/sagas/order.ts';
import { type AnySaga, maxItems } from '../core/sagas/saga.ts';
import { maxHistoryEvents, mostItemsComment, worstHistory } from './execution-history.ts';
import { leastPatience, patienceWithin, type SagaPatience } from './saga-patience.ts';
import {
  abortTask,
  answersIn,
  anyError,
  closeTask,
  failedToOperator,
  isUndone,
  lateErrors,
  lateTask,
  lateTo,
  type Machine,
  ownErrorsIn,
  type State,
  type States,
  sendTask,
  stepOf,
  stepOperatorTask,
  undoTask,
  unknownToOperator,
} from './saga-tasks.ts';
import {
  choice,
  entryOf,
  entryOfNeeded,
  learned,
  learnedName,
  nextOf,
  type Places,
  placesOfRound,
  rounds,
  undoRounds,
  untilTime,
  wayBack,
  whenNeeded,
} from './saga-ways.ts';

/** A state machine in the Amazon States Language, as JSON. */
export interface Definition {
  readonly Comment?: string;
  readonly StartAt: string;
  readonly States: States;
}

type Group = readonly string[];

/** The states that follow a group of steps. */
interface Ways extends Places {
  /** The next state if it is not known whether the group was done. */
  readonly back: string;
}

/**
 * The state machine of a saga. Each task has the name of its step, so the graph shows the process. All tasks invoke one function with
 * `{ does, saga, revision, step, index, execution, input, token, failed? }`.
 * The machine's data are the execution's input; `failed`, the reasons of the abort by step; `stuck`, the steps that waited for an operator;
 * `begun`, the outcome of each step that began together with others; and `ways`, what the function has decided. A step that learns replaces
 * the context.
 * @throws Error, if the name of a state is too long, or if the history of an execution has no room for a day of tries.
 */
export const sagaDefinition = (saga: AnySaga, functionArn: string, partition = 'aws'): Definition => {
  const mostItems = mostItemsOf(saga);
  const withPatience = (patience: SagaPatience) => definitionWith({ saga, functionArn, partition, patience, mostItems });
  const patience = patienceWithin((one) => worstHistory(withPatience(one)), maxHistoryEvents - ofOperators);
  if (patience === undefined)
    throw new Error(
      `${saga.name}: the history of an execution has no room to try each step for a day: ${worstHistory(withPatience(leastPatience))} events, ` +
        `and AWS accepts ${maxHistoryEvents}. Bound its lists in the context (z.array(…).max(…)), or give it fewer steps with a list`,
    );
  return withPatience(patience);
};

/** The events that are left for an operator: each look at a task takes some ten, and the tries after it. */
const ofOperators = 500;

const definitionWith = (machine: Machine): Definition => {
  const { saga } = machine;
  const groups = groupsOf(saga);
  const entries = groups.map((group) => entryOf(machine, group[0] as string, groupName(saga, group)));
  const back = wayBack(machine, (index) => undoName(saga, groups[index] as Group));
  const forth = groups.map((group, index): States => {
    const [step] = group as readonly [string];
    const places = { next: nextOf(machine, entries, index), before: back.before(index) };
    if (stepOf(saga, step).choose !== undefined)
      return choice(machine, step, (branch) => nextOf(machine, entries, index, branch), places.before);
    return {
      ...whenNeeded(machine, step, entryOfNeeded(machine, step, groupName(saga, group)), places),
      ...doing(machine, group, { ...places, back: back.ofDone(index) }),
    };
  });
  const undone = groups.map((group, index) => ({
    ...back.choicesAt(index),
    ...(back.ofDone(index) === undoName(saga, group) ? undo(machine, group, back.before(index)) : {}),
  }));
  const States = {
    ...Object.assign({}, ...forth),
    ...(isClosed(saga) ? closeTask(machine, { next: 'Completed', back: back.before(groups.length) }) : {}),
    Completed: { Type: 'Succeed' },
    ...Object.assign({}, ...undone.toReversed()),
    ...abortTask(machine, 'Aborted'),
    Aborted: { Type: 'Succeed', Comment: 'The saga was aborted, and its steps are undone.' },
  };
  const definition = { Comment: saga.name, StartAt: entries[0] as string, States };
  for (const name of stateNames(definition))
    if (name.length > maxNameLength)
      throw new Error(`${saga.name}: the state '${name}' has ${name.length} characters, and AWS takes ${maxNameLength}: shorten its steps`);
  return definition;
};

/** The states of a group that is needed. */
const doing = (machine: Machine, group: Group, ways: Ways): States => {
  const [step] = group as readonly [string];
  if (stepOf(machine.saga, step).until !== undefined) return untilTime(machine, step, ways);
  if (!isAlone(machine.saga, group)) return together(machine, group, ways);
  return { ...rounds(machine, step, ways), ...alone(machine, step, { ...ways, ...placesOfRound(machine, step, ways) }) };
};

const maxNameLength = 80;

/** The names of all states, including those inside maps and branches. */
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

/** The states of a single step. The point of no return is such a step. */
const alone = (machine: Machine, step: string, { next: after, back, before }: Ways): States => {
  const isLearning = learnsIn(stepOf(machine.saga, step));
  const next = isLearning ? learnedName(step) : after;
  const failed = { ResultPath: `$.failed.${step}` };
  const answered = { ErrorEquals: answersIn(machine.saga), ...failed, Next: before };
  const isLast = isPointOfNoReturn(stepOf(machine.saga, step));
  const unknown = isLast ? failedToOperator(step) : { ErrorEquals: anyError, ...failed, Next: back };
  const late = stepOf(machine.saga, step).awaits === undefined ? [] : [lateTo(step)];
  const others = [answered, unknownToOperator(step)];
  return {
    [step]: sendTask(machine, step, { isAlone: true, ends: { Catch: [...others, ...late, unknown], Next: next } }),
    ...lateTask(machine, step, { Catch: [...others, unknown], Next: next }),
    ...stepOperatorTask(machine, step, { Next: isLast ? before : back, ...failed }),
    ...(isLearning ? learned(machine, step, after) : {}),
  };
};

/** Steps that begin together, or one step for each item of a list. Each ends by itself; the next state looks at the outcomes. */
const together = (machine: Machine, group: Group, { next, back }: Ways): States => {
  const name = groupName(machine.saga, group);
  const list = listOf(machine.saga, group);
  const begun = begunPath(group);
  const after = {
    // As text, because a choice cannot look into a list. A failed step has a field `failed`.
    ResultSelector: { 'each.$': '$', 'text.$': 'States.JsonToString($)' },
    ResultPath: begun,
    Next: `${name}: all done?`,
  };
  const wasNotDone = { Variable: `${begun}.text`, StringMatches: '*"failed"*', Next: `${name}: not done` };
  const all: State =
    list === undefined
      ? { Type: 'Parallel', Branches: group.map((step) => one(machine, step)), Parameters: {} }
      : {
          ...mapOver(machine, list, { items: `$.context.${list}`, processor: one(machine, group[0] as string) }),
          ItemSelector: { 'index.$': '$$.Map.Item.Index' },
        };
  return {
    [name]: { ...all, ...after },
    [`${name}: all done?`]: { Type: 'Choice', Choices: [wasNotDone], Default: next },
    [`${name}: not done`]: { Type: 'Pass', InputPath: `${begun}.each[*].failed`, ResultPath: '$.failed', Next: back },
  };
};

const begunPath = ([first]: Group): string => `$.begun.${first}`;

/**
 * One of the steps that begin together. The machine's data have room for the saga's own reasons of all steps, 200 bytes each, but not for
 * as many stack traces: of any other error only the name is kept.
 */
const one = (machine: Machine, step: string): Definition => {
  const failed = `$.failed.${step}`;
  const [rest, inShort] = [`${step} failed`, `${step} failed: in short`];
  const late = stepOf(machine.saga, step).awaits === undefined ? [] : [lateTo(step)];
  const endsWith = (errors: readonly string[], first: readonly object[] = []) => ({
    Catch: [
      ...[unknownToOperator(step), ...first],
      { ErrorEquals: errors, ResultPath: failed, Next: rest },
      { ErrorEquals: anyError, ResultPath: failed, Next: inShort },
    ],
    End: true,
  });
  return {
    StartAt: step,
    States: {
      [step]: sendTask(machine, step, { isAlone: false, ends: endsWith(ownErrorsIn(machine.saga), late) }),
      ...lateTask(machine, step, endsWith(lateErrors)),
      ...stepOperatorTask(machine, step, { Next: rest, ResultPath: failed }),
      [inShort]: { Type: 'Pass', Parameters: { 'Error.$': `${failed}.Error` }, ResultPath: failed, Next: rest },
      [rest]: { Type: 'Succeed' },
    },
  };
};

const undo = (machine: Machine, group: Group, next: string): States => {
  const { saga } = machine;
  const [first] = group as [string];
  if (stepOf(saga, first).repeat !== undefined) return undoRounds(machine, first, next);
  if (isAlone(saga, group)) return undoTask(machine, first, { isAlone: true, without: next, ends: { Next: next } });
  const each = `${begunPath(group)}.each`;
  const list = listOf(saga, group);
  const all: State =
    list === undefined
      ? {
          Type: 'Parallel',
          InputPath: each,
          Branches: group.filter((step) => isUndone(saga, step)).map((step) => branch(machine, group, step)),
        }
      : mapOver(machine, list, { items: each, processor: oneBack(machine, first) });
  return { [undoName(saga, group)]: { ...all, ResultPath: null, Next: next } };
};

/** The compensation of one of the steps that began together. A step whose answer proves that it was not done needs no undo. */
const oneBack = (machine: Machine, step: string): Definition => {
  const error = `$.failed.${step}.Error`;
  const answered = { Or: answersIn(machine.saga).map((answer) => ({ Variable: error, StringEquals: answer })) };
  const rest = `${step} needs no undo`;
  const wasNotDone = { And: [{ Variable: error, IsPresent: true }, answered], Next: rest };
  return {
    StartAt: `Was ${step} done?`,
    States: {
      [`Was ${step} done?`]: { Type: 'Choice', Choices: [wasNotDone], Default: `Undo ${step}` },
      ...undoTask(machine, step, { isAlone: false, without: rest, ends: { End: true, OutputPath: null } }),
      [rest]: { Type: 'Succeed', OutputPath: null },
    },
  };
};

const branch = (machine: Machine, group: Group, step: string): Definition => {
  const { StartAt, States } = oneBack(machine, step);
  const take = { Type: 'Pass', InputPath: `$[${group.indexOf(step)}]`, Next: StartAt };
  return { StartAt: `How ${step} ended`, States: { [`How ${step} ended`]: take, ...States } };
};

interface MapOver {
  /** The path of the items. */
  readonly items: string;
  readonly processor: Definition;
}

const mapOver = ({ mostItems }: Machine, list: string, { items, processor }: MapOver): State => ({
  Type: 'Map',
  Comment: mostItemsComment(mostItems[list] ?? maxItems),
  ItemsPath: items,
  ItemProcessor: { ProcessorConfig: { Mode: 'INLINE' }, ...processor },
});

/** The greatest length of each list that has a step: the one in the schema of the context, or the one of all lists. */
const mostItemsOf = ({ context, steps }: AnySaga): Readonly<Record<string, number>> => {
  const { properties = {} } = z.toJSONSchema(context, { io: 'input', unrepresentable: 'any' });
  const lists = Object.values(steps).flatMap(({ forEach }) => forEach ?? []);
  const mostOf = (list: string) => (properties[list] as { readonly maxItems?: number } | undefined)?.maxItems ?? maxItems;
  return Object.fromEntries(lists.map((list) => [list, Math.min(mostOf(list), maxItems)]));
};
