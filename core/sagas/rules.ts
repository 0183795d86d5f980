import type { AnyDecider } from '../write/decider.ts';
import { type AnySaga, type AnyStep, definitionsOf, groupsOf, machineName, namesOf, revisionOf } from './saga.ts';

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
  own(Object.keys(steps).length > 0, 'it has no step');
  for (const [step, definition] of Object.entries(steps)) {
    const ofStep: Demand = (holds, rule) => own(holds, `${step} ${rule}`);
    ofStep(isMember(definition.to), `sends to '${definition.to.name}', which is no aggregate here`);
    checkStep(step, definition, ofStep);
  }
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

const checkStep = (name: string, { to, awaits, timeoutSeconds = 1 }: AnyStep, demand: Demand): void => {
  demand(/^[A-Z][A-Za-z0-9]{0,39}$/.test(name), 'is not named like a command: PascalCase, 40 characters at most');
  if (awaits === undefined) return;
  demand(Number.isInteger(timeoutSeconds) && timeoutSeconds >= 1, 'waits for whole seconds, from 1');
  demand(Object.values(awaits).includes('proceed'), 'awaits no event that proceeds');
  for (const type of Object.keys(awaits)) demand(Object.hasOwn(to.events, type), `awaits '${type}', which '${to.name}' does not record`);
};

/** Step Functions ends every execution after a year. 300 days leave the rest for retries and for operators. */
const maxWaitDays = 300;

/** The longest time that a saga can wait. Steps that begin together wait together, so the longest of a group counts. */
const waitSeconds = (saga: AnySaga): number =>
  groupsOf(saga)
    .map((group) => Math.max(...group.map((step) => saga.steps[step]?.timeoutSeconds ?? 0)))
    .reduce((sum, seconds) => sum + seconds, 0);

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
      const isLast = index === groups.length - 1 && group.length === 1;
      demand(
        isLast || saga.steps[step]?.undo !== undefined,
        `${step} has no undo: only the last step may have none, and it must begin alone`,
      );
    }
};
