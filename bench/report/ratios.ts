import type { Results } from '../measures/all.ts';
import { decimal, kilobytes, ratio, table, whole } from './markdown.ts';

export const throughputTable = ({ throughput }: Results): string =>
  table(
    [
      'of the raw put',
      ...throughput.map(({ concurrency }) => `commands per second, ${concurrency} at a time`),
      ...throughput.map(({ concurrency }) => `processor time, ${concurrency} at a time`),
    ],
    Object.keys(throughput[0]?.speeds ?? {}).map((name) => [
      name,
      ...throughput.map(({ speeds }) => decimal(speeds[name] ?? Number.NaN)),
      ...throughput.map(({ efforts }) => `${decimal(efforts[name] ?? Number.NaN)} ×`),
    ]),
  );

const folds: Readonly<Record<string, string>> = {
  bare: 'a bare reduce',
  parsed: '`JSON.parse`, then a bare reduce',
  foldstream: '**this project**: lifted to today’s schema, checked, folded',
  castore: 'Castore: folded, not checked',
  equinox: 'Equinox-JS: decompressed, parsed, folded, not checked',
};

export const foldTable = ({ folding }: Results): string =>
  table(
    ['', 'events per second, of a bare reduce'],
    Object.entries(folding).map(([name, speed]) => [folds[name] ?? name, ratio(speed)]),
  );

export const loadTimeTable = ({ loads }: Results): string => {
  const stores = [...(loads[0]?.costs.keys() ?? [])];
  return table(
    ['time of a load, of the raw queries', ...loads.map(({ events }) => `${whole(events)} events`)],
    stores.map((store) => [
      store.name,
      ...loads.map(({ events, costs }) => {
        const cost = costs.get(store);
        if (cost === undefined) return '';
        return cost.events === events ? `${ratio(cost.ratio)} ×` : 'incomplete';
      }),
    ]),
  );
};

export const memoryTable = ({ loads }: Results): string => {
  const measured = loads.filter(({ memory }) => memory.size > 0);
  const stores = [...(measured[0]?.memory.keys() ?? [])];
  return table(
    ['MB alive at most during a load', ...measured.map(({ events }) => `${whole(events)} events`)],
    stores.map((store) => [store.name, ...measured.map(({ memory }) => decimal(memory.get(store) ?? Number.NaN, 1))]),
  );
};

export const bundleTable = ({ bundles }: Results): string =>
  table(
    ['', 'minified, with the SDK', 'without it', 'time of its import', 'processor time of its import'],
    Object.entries(bundles).map(([name, { bytes, bytesWithoutSdk, importRatio, importEffort }]) => [
      name,
      kilobytes(bytes),
      kilobytes(bytesWithoutSdk),
      `${decimal(importRatio)} ×`,
      `${decimal(importEffort)} ×`,
    ]),
  );
