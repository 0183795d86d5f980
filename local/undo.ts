/** Collects what has to be stopped, and stops it once, the latest first; each step even if the one before it failed. */
export const undoing = () => {
  const steps: (() => unknown)[] = [];
  let done: Promise<void> | undefined;
  return {
    onStop: (step: () => unknown): void => void steps.push(step),
    undo: (): Promise<void> => {
      done ??= runAll(steps.reverse());
      return done;
    },
  };
};

const runAll = async (steps: readonly (() => unknown)[]): Promise<void> => {
  const errors: unknown[] = [];
  for (const step of steps) {
    try {
      await step();
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw new AggregateError(errors, `the system did not stop properly: ${errors.map(String).join(', ')}`);
};
