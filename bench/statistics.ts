export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1
    ? (sorted[Math.floor(middle)] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
};

export const mapValues = <A, B>(record: Readonly<Record<string, A>>, map: (value: A) => B): Readonly<Record<string, B>> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]));

export interface Timing {
  readonly milliseconds: number;
  /** The processor time of this process. Other processes do not count. */
  readonly effort: number;
}

export const timed = async (run: () => unknown): Promise<Timing> => {
  const [begun, usage] = [performance.now(), process.cpuUsage()];
  await run();
  const milliseconds = performance.now() - begun;
  const { user, system } = process.cpuUsage(usage);
  return { milliseconds, effort: (user + system) / 1000 };
};

/**
 * Runs every variant once a round, in rotating order. Returns for each variant the medians of its ratios to the base variant of the same
 * round, because a slow phase of the machine slows both.
 */
export const interleaved = async <K extends string>(
  rounds: number,
  base: K,
  variants: Readonly<Record<K, () => Promise<Timing>>>,
): Promise<{ readonly times: Readonly<Record<K, number>>; readonly efforts: Readonly<Record<K, number>> }> => {
  const names = Object.keys(variants) as K[];
  const timings: Record<K, Timing>[] = [];
  for (let round = 0; round < rounds; round++) {
    const timing: Partial<Record<K, Timing>> = {};
    for (const turn of names.keys()) {
      const name = names[(round + turn) % names.length] as K;
      timing[name] = await variants[name]();
    }
    timings.push(timing as Record<K, Timing>);
  }
  const ratios = (part: keyof Timing) =>
    Object.fromEntries(names.map((name) => [name, median(timings.map((timing) => timing[name][part] / timing[base][part]))])) as Record<
      K,
      number
    >;
  return { times: ratios('milliseconds'), efforts: ratios('effort') };
};
