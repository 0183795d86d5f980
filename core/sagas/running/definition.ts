import { rowOf } from '../../basics/messages.ts';
import type { AnySaga, AnyStep } from '../saga.ts';

/**
 * The running code does not know what an execution refers to: another release has started it, or the code was rolled back. This proves
 * nothing about the task, so it is no refusal. The execution waits until code that knows it is deployed, and an operator continues it.
 */
export class UnknownDefinition extends Error {
  override readonly name = 'UnknownDefinition';
}

/** The saga that an execution runs. @throws UnknownDefinition. */
export const runningSaga = (sagas: readonly AnySaga[], name: string): AnySaga => {
  const saga = sagas.find((one) => one.name === name);
  if (saga === undefined) throw new UnknownDefinition(`this release has no saga '${name}'`);
  return saga;
};

/** The step of this name. @throws UnknownDefinition. */
export const stepNamed = (saga: AnySaga, name: string): AnyStep => {
  const step = rowOf(saga.steps, name);
  if (step === undefined) throw new UnknownDefinition(`this release has no step '${name}' in the saga '${saga.name}'`);
  return step;
};
