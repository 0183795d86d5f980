import type { Results } from '../measures/all.ts';
import type { Cost } from '../measures/commands.ts';
import type { LoadCost } from '../measures/loads.ts';
import { foldstream, foldstreamRefolding } from '../stores/foldstream.ts';
import { decimal, kilobytes, table, whole } from './markdown.ts';

export interface Target {
  readonly promise: string;
  readonly measured: string;
  readonly isMet: boolean;
  /** Whether it is a count, which is the same in every run. A ratio depends on the machine and its load. */
  readonly isExact: boolean;
}

/** The promises of this project, and whether this run kept them. */
export const targetsOf = ({ commands, throughput, loads, bundles }: Results): readonly Target[] => {
  const costs = commands.get(foldstream);
  const longest = loads.at(-1);
  const bundle = bundles['**this project**, the command Lambda'];
  const memory = (store: typeof foldstream): number => longest?.memory.get(store) ?? Number.NaN;
  return [
    exact('a command, warm: 1 trip, 1 WCU, 0 RCU', costs?.oneWarm, [1, 1, 0]),
    exact('a command, cold, small aggregate: 2 trips, 1 WCU, ≤ 0.5 RCU', costs?.oneColdSmall, [2, 1, 0.5]),
    exact('three events, warm: the same', costs?.threeWarm, [1, 1, 0]),
    exact('three events, cold, small aggregate: the same', costs?.threeColdSmall, [2, 1, 0.5]),
    exact('a conflict: 1 trip and 1 WCU more, no read', costs?.conflict, [1, 1, 0]),
    ...loads.map(({ events, costs: ofStores }) => loadTarget(events, ofStores.get(foldstream))),
    {
      promise: 'its memory does not grow with the stream (< 2 MB; < 32 MB where no snapshot can be read)',
      measured: `${decimal(memory(foldstream), 1)} MB; ${decimal(memory(foldstreamRefolding), 1)} MB`,
      isMet: memory(foldstream) < 2 && memory(foldstreamRefolding) < 32,
      isExact: false,
    },
    ...throughput.flatMap(({ concurrency, speeds }) =>
      [foldstream.name, 'Lambda handler'].map((name) => {
        const speed = speeds[name] ?? Number.NaN;
        const promise = `commands per second, of the raw put: ≥ 0.9 (${name.replaceAll('*', '')}, ${concurrency} at a time)`;
        return { promise, measured: decimal(speed), isMet: speed >= 0.9, isExact: false };
      }),
    ),
    { promise: 'the command Lambda: ≤ 450 KB', measured: kilobytes(bundle.bytes), isMet: bundle.bytes <= 450 * 1024, isExact: true },
    {
      promise: 'its import: ≤ 1.5 × the bare client’s',
      measured: `${decimal(bundle.importRatio)} ×`,
      isMet: bundle.importRatio <= 1.5,
      isExact: false,
    },
  ];
};

const exact = (promise: string, cost: Cost | undefined, most: readonly number[]): Target => {
  const counts = cost === undefined || typeof cost === 'string' ? [] : [cost.trips, cost.writeUnits, cost.readUnits];
  const isMet = counts.length > 0 && counts.every((count, index) => count <= (most[index] ?? 0));
  return { promise, measured: counts.join(' · '), isMet, isExact: true };
};

const loadTarget = (events: number, cost: LoadCost | undefined): Target => ({
  promise: `a load of ${whole(events)} events: 1 trip, ≤ 1 RCU`,
  measured: `${cost?.trips} · ${cost?.readUnits}`,
  isMet: cost?.trips === 1 && cost.readUnits <= 1 && cost.events === events,
  isExact: true,
});

export const targetTable = (targets: readonly Target[]): string =>
  table(
    ['', 'measured', ''],
    targets.map(({ promise, measured, isMet }) => [promise, measured, isMet ? 'kept' : '**missed**']),
  );
