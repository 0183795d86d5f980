import progress from 'cli-progress';

/** Shows how far something is. */
export const barOf = (title: string, total: number): { readonly tick: () => void; readonly stop: () => void } => {
  const bar = new progress.SingleBar(
    { format: `${title} {bar} {value}/{total} {eta_formatted}`, stream: process.stderr, noTTYOutput: true, notTTYSchedule: 5000 },
    progress.Presets.shades_classic,
  );
  bar.start(total, 0);
  return { tick: () => bar.increment(), stop: () => bar.stop() };
};

export interface Outcome<R> {
  readonly done: R[];
  readonly failed: unknown[];
}

/** Runs the work on every item, a number of them at once, and shows the progress. A failure does not stop the others. */
export const all = async <T, R>(
  title: string,
  items: readonly T[],
  concurrency: number,
  work: (item: T) => Promise<R>,
): Promise<Outcome<R>> => {
  const { tick, stop } = barOf(title, items.length);
  const outcome = await each(items, concurrency, async (item) => {
    try {
      return await work(item);
    } finally {
      tick();
    }
  });
  stop();
  return outcome;
};

/** The same, without a word. */
export const each = async <T, R>(items: readonly T[], concurrency: number, work: (item: T) => Promise<R>): Promise<Outcome<R>> => {
  const queue = items.values();
  const done: R[] = [];
  const failed: unknown[] = [];
  const worker = async (): Promise<void> => {
    for (const item of queue)
      await work(item).then(
        (result) => done.push(result),
        (error) => failed.push(error),
      );
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return { done, failed };
};
