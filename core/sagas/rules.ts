import type { AnyDecider } from '../write/decider.ts';
import { choiceOf, groupAfter, groupsOf, learnsIn } from './order.ts';
import { type AnySaga, type AnyStep, definitionsOf, machineName, maxItems, namesOf, revisionOf } from './saga.ts';

type Demand = (holds: boolean, rule: string) => void;

/** Checks the rules of a saga, in all its revisions, that the compiler cannot check. It calls `demand` with the text of each rule. */
export const checkSaga = (deciders: readonly AnyDecider[], saga: AnySaga, demand: Demand): void => {
  for (const definition of definitionsOf(saga)) checkDefinition(deciders, definition, demand);
  const revisions = definitionsOf(saga).map(revisionOf);
  demand(new Set(revisions).size === revisions.length, `${saga.name}: two definitions have the same revision`);
};

const checkDefinition = (deciders: readonly AnyDecider[], saga: AnySaga, demand: Demand): void => {
  const { name, startsOn, steps, onAbort } = saga;
  const own: Demand = (holds, rule) => demand(holds, `${name}: ${rule}`);
  const isMember = (to: AnyDecider): boolean => deciders.includes(to);
  for (const one of namesOf(saga))
    demand(
      /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(one) && one.length <= 40,
      `'${one}': a saga's name is kebab-case, of 40 characters at most`,
    );
  checkRevision(saga, own);
  own(isMember(startsOn.of), `it starts on an event of '${startsOn.of.name}', which is no aggregate here`);
  own(Object.hasOwn(startsOn.of.events, startsOn.event), `it starts on '${startsOn.event}', which '${startsOn.of.name}' does not record`);
  own(isMember(onAbort.to), `onAbort sends to '${onAbort.to.name}', which is no aggregate here`);
  for (const [type, { of }] of Object.entries(saga.interruptedBy ?? {})) {
    own(isMember(of), `an event of '${of.name}' interrupts it, which is no aggregate here`);
    own(Object.hasOwn(of.events, type), `'${type}' interrupts it, which '${of.name}' does not record`);
  }
  own(Object.keys(steps).length > 0, 'it has no step');
  for (const [step, definition] of Object.entries(steps)) {
    const ofStep: Demand = (holds, rule) => own(holds, `${step} ${rule}`);
    const { to } = definition;
    ofStep(to === undefined || isMember(to), `sends to '${to?.name}', which is no aggregate here`);
    checkStep(step, definition, ofStep);
  }
  checkWays(saga, own);
  own(waitSeconds(saga) <= maxWaitDays * 24 * 3600, `its steps wait for more than ${maxWaitDays} days, one after the other`);
  checkOrder(saga, own);
};

const checkRevision = (saga: AnySaga, demand: Demand): void => {
  const revision = revisionOf(saga);
  demand(Number.isInteger(revision) && revision >= 1, 'a revision is a whole number from 1');
  for (const older of saga.before ?? []) {
    demand(machineName(older) === machineName(saga), `'${older.name}' in \`before\` is another saga`);
    demand(revisionOf(older) < revision, `revision ${revisionOf(older)} cannot be before revision ${revision}`);
  }
};

const checkStep = (name: string, step: AnyStep, demand: Demand): void => {
  demand(/^[A-Z][A-Za-z0-9]{0,39}$/.test(name), 'is not named like a command: PascalCase, 40 characters at most');
  const { to, awaits, learns = {}, timeoutSeconds = 1 } = step;
  const isNamed = (type: string) => (awaits === undefined ? isKnown(to, type) : Object.hasOwn(awaits, type));
  for (const type of Object.keys(learns)) demand(isNamed(type), `learns from '${type}', which it does not ${awaits ? 'await' : 'know'}`);
  checkForm(step, demand);
  if (awaits === undefined) return;
  demand(Number.isInteger(timeoutSeconds) && timeoutSeconds >= 1, 'waits for whole seconds, from 1');
  demand(Object.values(awaits).includes('proceed'), 'awaits no event that proceeds');
  for (const type of Object.keys(awaits))
    demand(Object.hasOwn(to?.events ?? {}, type), `awaits '${type}', which '${to?.name}' does not record`);
};

/** Whether a step can learn from an event or from an answered command of this name. */
const isKnown = (to: AnyDecider | undefined, type: string): boolean =>
  [to?.events, to?.answers].some((rows) => Object.hasOwn(rows ?? {}, type));

const checkForm = (step: AnyStep, demand: Demand): void => {
  const { choose, until, maxDays = 1, repeat, undo, forEach, alongside, branches = [] } = step;
  demand(choose === undefined || step.branch === undefined, 'chooses inside of a branch: a choice stands in no branch');
  demand(choose === undefined || new Set(branches).size >= 2, 'chooses between fewer than two branches');
  demand(choose === undefined || new Set(branches).size === branches.length, 'has two branches of one name');
  for (const branch of branches)
    demand(isBranchName(branch), `has the branch '${branch}': a name has letters, digits and hyphens, 40 at most`);
  demand(until === undefined || (Number.isInteger(maxDays) && maxDays >= 1), 'waits for whole days, from 1');
  if (repeat === undefined) return;
  demand(Number.isInteger(repeat.atMost) && repeat.atMost >= 1 && repeat.atMost <= maxItems, `repeats from 1 to ${maxItems} rounds`);
  demand(undo !== undefined, 'repeats, so it needs an undo: a round that fails leads back over the rounds before');
  demand(forEach === undefined && alongside === undefined, 'repeats, so it begins alone and has no forEach');
};
const isBranchName = (name: string): boolean => /^[A-Za-z0-9-]{1,40}$/.test(name);

/** What only the place of a row can say: its branch, and what stands above it. */
const checkWays = (saga: AnySaga, demand: Demand): void => {
  const seen = new Map<number, string[]>();
  let hasLearned = '';
  for (const [index, group] of groupsOf(saga).entries()) {
    const [name, ...others] = group as [string];
    const leader = saga.steps[name] as AnyStep;
    const { branch } = leader;
    const choice = choiceOf(saga, index);
    const known = choice === undefined ? undefined : saga.steps[groupsOf(saga)[choice]?.[0] ?? ''];
    demand(
      branch === undefined || known?.branches?.includes(branch) === true,
      `${name} is of the branch '${branch}', which no choice above it has`,
    );
    const begun = seen.get(choice ?? -1) ?? [];
    demand(
      branch === undefined || begun.at(-1) === branch || !begun.includes(branch),
      `${name}: the steps of the branch '${branch}' stand together`,
    );
    if (choice !== undefined && branch !== undefined) seen.set(choice, [...begun, branch]);
    for (const other of others) {
      const step = saga.steps[other] as AnyStep;
      demand(step.branch === undefined && step.when === undefined, `${other} has the branch and the \`when\` of ${name}, and says neither`);
    }
    const isTogether = others.length > 0 || leader.forEach !== undefined;
    demand(
      !isTogether || !group.some((step) => learnsIn(saga.steps[step] as AnyStep)),
      `${name} learns, so it begins alone and has no forEach`,
    );
    demand(!isTogether || hasLearned === '', `${name} begins with others, so it stands above ${hasLearned}, which learns`);
    hasLearned ||= group.find((step) => learnsIn(saga.steps[step] as AnyStep)) ?? '';
  }
};

/** Step Functions ends every execution after a year. 300 days leave the rest for retries and for operators. */
const maxWaitDays = 300;

/** The longest time that a saga can wait. Steps that begin together wait together, so the longest of a group counts. */
const waitSeconds = (saga: AnySaga): number =>
  groupsOf(saga)
    .map((group) => Math.max(...group.map((step) => secondsOf(saga.steps[step]))))
    .reduce((sum, seconds) => sum + seconds, 0);

const secondsOf = ({ timeoutSeconds = 0, maxDays = 0, repeat }: Partial<AnyStep> = {}): number =>
  timeoutSeconds * (repeat?.atMost ?? 1) + maxDays * 24 * 3600;

/** A step must stand right below the steps that it is alongside of, and only the last step may have no `undo`. */
const checkOrder = (saga: AnySaga, demand: Demand): void => {
  const groups = groupsOf(saga);
  for (const [first, ...others] of groups) {
    const leader = saga.steps[first as string] as AnyStep;
    demand(leader.alongside === undefined, `${first} is alongside '${leader.alongside}', so it must stand right below it`);
    for (const other of others) {
      const { alongside, forEach } = saga.steps[other] as AnyStep;
      demand(alongside === first, `${other} is alongside '${alongside}', so it must stand right below it`);
      demand(forEach === undefined && leader.forEach === undefined, `${other}: a step with forEach cannot have a step alongside`);
    }
  }
  for (const [index, group] of groups.entries())
    for (const step of group) {
      const isLast = groupAfter(saga, index) === groups.length && group.length === 1;
      demand(
        isLast || saga.steps[step]?.undo !== undefined || saga.steps[step]?.send === undefined,
        `${step} has no undo: only the last step may have none, and it must begin alone`,
      );
    }
};
