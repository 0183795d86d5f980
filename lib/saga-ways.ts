import { choiceOf, groupAfter, groupsOf, isClosed, leaderOf } from '../core/sagas/order.ts';
import type { Question } from '../core/sagas/ports.ts';
import { revisionOf } from '../core/sagas/saga.ts';
import { mostRoundsComment } from './execution-history.ts';
import {
  closeState,
  decideTask,
  isUndone,
  type Machine,
  operatorOfDecision,
  type State,
  type States,
  stepOf,
  undoTask,
} from './saga-tasks.ts';

// The states of a saga that decides: it asks the function where to go, keeps the answer in its data under `ways`, and the way back follows it.

const wayPath = (step: string, asks: Question): string => `$.ways.${step}.${asks}`;
export const roundPath = (step: string): string => `${wayPath(step, 'repeat')}.round`;

const askingNames = { when: 'needed?', until: 'until when?', repeat: 'another round?' } as const;
const askingName = (step: string, asks: Question): string => (asks === 'choose' ? step : `${step}: ${askingNames[asks]}`);

interface Asking {
  readonly step: string;
  readonly asks: Question;
  readonly next: string;
  /** The next state if the answer is a refusal, or if an operator gives the question up. */
  readonly before: string;
  readonly more?: Readonly<Record<string, unknown>>;
}

/** Asks the function, and keeps the answer. Nothing is done yet, so a failure leads to an operator. */
const ask = (machine: Machine, { step, asks, next, before, more = {} }: Asking): States => {
  const state = askingName(step, asks);
  const decision = { state, step, before };
  return {
    [state]: { ...decideTask(machine, { asks, ...more }, decision), ResultPath: wayPath(step, asks), Next: next },
    ...operatorOfDecision(machine, decision),
  };
};

const goes = (step: string, asks: Question, way: string, Next: string) => ({
  Variable: `${wayPath(step, asks)}.way`,
  StringEquals: way,
  Next,
});

/** The places that a group of steps leads to. */
export interface Places {
  readonly next: string;
  /** The next state if it is known that the group was not done. */
  readonly before: string;
}

/** The state with which a group begins: it may have to be asked for. */
export const entryOf = (machine: Machine, step: string, name: string): string =>
  stepOf(machine.saga, step).when === undefined ? entryOfNeeded(machine, step, name) : askingName(step, 'when');

/** The first state of a group that is needed. */
export const entryOfNeeded = ({ saga }: Machine, step: string, name: string): string => {
  const { repeat, until } = stepOf(saga, step);
  if (until !== undefined) return askingName(step, 'until');
  return repeat === undefined ? name : askingName(step, 'repeat');
};

/** Asks whether the step is needed. Empty for a step that always is. */
export const whenNeeded = (machine: Machine, step: string, entry: string, { next, before }: Places): States => {
  if (stepOf(machine.saga, step).when === undefined) return {};
  const answered = `${step}: yes or no`;
  return {
    ...ask(machine, { step, asks: 'when', next: answered, before }),
    [answered]: { Type: 'Choice', Choices: [goes(step, 'when', 'yes', entry), goes(step, 'when', 'no', next)] },
  };
};

/** Waits until the time that the function says. */
export const untilTime = (machine: Machine, step: string, { next, before }: Places): States => ({
  ...ask(machine, { step, asks: 'until', next: step, before }),
  [step]: { Type: 'Wait', TimestampPath: `${wayPath(step, 'until')}.at`, Next: next },
});

/** Chooses a branch. */
export const choice = (machine: Machine, step: string, to: (branch: string) => string, before: string): States => {
  const { branches = [] } = stepOf(machine.saga, step);
  const answered = `${step}: which branch?`;
  return {
    ...ask(machine, { step, asks: 'choose', next: answered, before, more: { branches } }),
    [answered]: { Type: 'Choice', Choices: branches.map((branch) => goes(step, 'choose', branch, to(branch))) },
  };
};

const roundBefore = (step: string): string => `${step}: the round before`;

/** Asks before each round of a step that repeats. Empty for any other step. */
export const rounds = (machine: Machine, step: string, { next, before }: Places): States => {
  const { repeat } = stepOf(machine.saga, step);
  if (repeat === undefined) return {};
  const [asking, answered, begun] = [askingName(step, 'repeat'), `${step}: again or on`, `${step}: any round?`];
  const { [asking]: task, ...others } = ask(machine, { step, asks: 'repeat', next: answered, before: begun }) as Record<string, State>;
  return {
    [asking]: { ...(task as State), Comment: mostRoundsComment(repeat.atMost + 1) },
    ...others,
    [answered]: { Type: 'Choice', Choices: [goes(step, 'repeat', 'again', step), goes(step, 'repeat', 'on', next)] },
    // No round may have been begun, and the last one that was is done.
    [begun]: {
      Type: 'Choice',
      Choices: [{ Variable: roundPath(step), IsPresent: true, Next: isUndone(machine.saga, step) ? `Undo ${step}` : before }],
      Default: before,
    },
  };
};

/** The places of one round: the next round is asked for, and the way back goes over the rounds before. */
export const placesOfRound = (machine: Machine, step: string, places: Places): Places => {
  if (stepOf(machine.saga, step).repeat === undefined) return places;
  return { next: askingName(step, 'repeat'), before: isUndone(machine.saga, step) ? roundBefore(step) : places.before };
};

/** Undoes round by round, the last one first. */
export const undoRounds = (machine: Machine, step: string, before: string): States => {
  const [back, any] = [roundBefore(step), `${step}: any round left?`];
  const { repeat } = stepOf(machine.saga, step);
  return {
    ...undoTask(machine, step, { isAlone: true, without: back, ends: { Next: back } }),
    [back]: {
      Type: 'Pass',
      Comment: mostRoundsComment((repeat?.atMost ?? 1) + 1),
      Parameters: { 'round.$': `States.MathAdd(${roundPath(step)}, -1)` },
      ResultPath: wayPath(step, 'repeat'),
      Next: any,
    },
    [any]: {
      Type: 'Choice',
      Choices: [{ Variable: roundPath(step), NumericGreaterThanEquals: 0, Next: `Undo ${step}` }],
      Default: before,
    },
  };
};

const wasNeeded = (step: string): string => `${step}: was it needed?`;
const backFrom = (step: string): string => `Back from ${step}`;

/** The way back of a saga: which state undoes what stands before a group. */
export interface WayBack {
  /** The first state that undoes this group, if it was done. */
  readonly ofDone: (group: number) => string;
  /** The first state that undoes all that was done before this group. */
  readonly before: (group: number) => string;
  /** The choices on the way back: which branch was taken, and whether a step was needed. */
  readonly choicesAt: (group: number) => States;
}

export const wayBack = (machine: Machine, undoNameOf: (group: number) => string): WayBack => {
  const { saga } = machine;
  const groups = groupsOf(saga);
  const nameOf = (group: number): string => groups[group]?.[0] ?? '';
  const isUndoneGroup = (group: number): boolean => (groups[group] ?? []).some((step) => isUndone(saga, step));
  const ofDone = (group: number): string => (isUndoneGroup(group) ? undoNameOf(group) : before(group));
  /** From a later group: this one may not have been needed, and the last round of it is done. */
  const from = (group: number): string => {
    const step = nameOf(group);
    if (!isUndoneGroup(group)) return before(group);
    if (leaderOf(saga, group)?.when !== undefined) return wasNeeded(step);
    return afterDone(group);
  };
  const afterDone = (group: number): string => (leaderOf(saga, group)?.repeat === undefined ? ofDone(group) : roundBefore(nameOf(group)));
  /** The branches of a choice with the first state of their ways back, without those that lead to what stands before the choice. */
  const branchesBack = (at: number): readonly (readonly [string, string])[] =>
    (leaderOf(saga, at)?.branches ?? []).flatMap((branch) => {
      const last = groups.findLastIndex((_, group) => choiceOf(saga, group) === at && leaderOf(saga, group)?.branch === branch);
      const back = last < 0 ? before(at) : from(last);
      return back === before(at) ? [] : [[branch, back] as const];
    });
  const fromChoice = (at: number): string => (branchesBack(at).length > 0 ? backFrom(nameOf(at)) : before(at));
  const before = (group: number): string => {
    const [choiceHere, choiceAbove] = [choiceOf(saga, group), choiceOf(saga, group - 1)];
    if (group === 0) return 'Abort';
    if (choiceHere !== undefined)
      return leaderOf(saga, group - 1)?.branch === leaderOf(saga, group)?.branch ? from(group - 1) : before(choiceHere);
    return choiceAbove === undefined ? from(group - 1) : fromChoice(choiceAbove);
  };
  return {
    ofDone,
    before,
    choicesAt: (group) => {
      const [step, leader] = [nameOf(group), leaderOf(saga, group)];
      if (leader?.choose !== undefined && branchesBack(group).length > 0)
        return {
          [backFrom(step)]: {
            Type: 'Choice',
            Choices: branchesBack(group).map(([branch, to]) => goes(step, 'choose', branch, to)),
            Default: before(group),
          },
        };
      if (leader?.when === undefined || !isUndoneGroup(group)) return {};
      return {
        [wasNeeded(step)]: { Type: 'Choice', Choices: [goes(step, 'when', 'yes', afterDone(group))], Default: before(group) },
      };
    },
  };
};

/** After a step that learns: the context is of this definition now, whichever one the saga was started with. */
export const learned = ({ saga }: Machine, step: string, next: string): States => ({
  [learnedName(step)]: { Type: 'Pass', Result: revisionOf(saga), ResultPath: '$.revision', Next: next },
});
export const learnedName = (step: string): string => `${step}: learned`;

/** The first state after a group. */
export const nextOf = (machine: Machine, entries: readonly string[], group: number, branch?: string): string =>
  entries[groupAfter(machine.saga, group, branch)] ?? (isClosed(machine.saga) ? closeState : 'Completed');
