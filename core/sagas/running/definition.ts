import { rowOf } from '../../basics/messages.ts';
import { type AnySaga, type AnyStep, definitionsOf, namesOf, revisionOf } from '../saga.ts';

/**
 * The running code does not know what an execution refers to: another release has started it, or the code was rolled back. This proves
 * nothing about the task, so it is no refusal. The execution waits until code that knows it is deployed, and an operator continues it.
 */
export class UnknownDefinition extends Error {
  override readonly name = 'UnknownDefinition';
}

/** What an execution runs. One that an earlier release started does not say its revision: it is the first. */
export interface Running {
  readonly saga: string;
  readonly revision?: number;
}

/** The definition that an execution runs. @throws UnknownDefinition. */
export const runningSaga = (sagas: readonly AnySaga[], { saga: name, revision = 1 }: Running): AnySaga => {
  const saga = sagas.find((one) => namesOf(one).includes(name));
  if (saga === undefined) throw new UnknownDefinition(`this release has no saga '${name}'`);
  const definition = definitionsOf(saga).find((one) => revisionOf(one) === revision);
  if (definition === undefined) throw new UnknownDefinition(`this release has no revision ${revision} of the saga '${name}'`);
  return definition;
};

/** The step of this name. @throws UnknownDefinition. */
export const stepNamed = (saga: AnySaga, name: string): AnyStep => {
  const step = rowOf(saga.steps, name);
  if (step === undefined) throw new UnknownDefinition(`this release has no step '${name}' in the saga '${saga.name}'`);
  return step;
};
