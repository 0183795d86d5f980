import { type AnySaga, namesOf } from '../saga.ts';

/** A task that waits for an operator, because the code did not know it. */
export interface WaitingTask {
  readonly token: string;
  readonly failed: unknown;
  /** The release that did not know it; absent in a case of an earlier version of the framework. */
  readonly release?: string | undefined;
}

export interface ContinuingPorts<T extends WaitingTask> {
  readonly sagas: readonly AnySaga[];
  readonly cases: { of(saga: string): Promise<readonly T[]>; close(one: T): Promise<void> };
  /** Has a task tried again. It does nothing if the task no longer waits. */
  readonly retry: (token: string) => Promise<void>;
  readonly release: string;
}

/**
 * Has each task that another release did not know tried again, once by each release. If this release does not know it either, it waits on,
 * as a new case. So a saga heals by itself after the right code is deployed. Call it repeatedly. Returns the number of tasks.
 */
export const continueSagas = async <T extends WaitingTask>({ sagas, cases, retry, release }: ContinuingPorts<T>): Promise<number> => {
  let tasks = 0;
  for (const saga of sagas.flatMap(namesOf))
    for (const one of await cases.of(saga)) {
      if (!isUnknown(one.failed) || one.release === release) continue;
      await retry(one.token); // First: a case that is closed without it would wait for ever.
      await cases.close(one);
      tasks += 1;
    }
  return tasks;
};

const isUnknown = (failed: unknown): boolean =>
  typeof failed === 'object' && failed !== null && (failed as { readonly Error?: unknown }).Error === 'UnknownDefinition';
