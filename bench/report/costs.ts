import type { Results } from '../measures/all.ts';
import type { Cost } from '../measures/commands.ts';
import { decimal, table, whole } from './markdown.ts';

const shown = (cost: Cost, sign = ''): string => {
  if (typeof cost === 'string') return cost === 'recorded twice' ? '**recorded twice**' : cost;
  return [cost.trips, cost.writeUnits, cost.readUnits].map((count) => (count === 0 ? '0' : `${sign}${count}`)).join(' · ');
};

export const appendTable = ({ commands }: Results): string =>
  table(
    ['trips · WCU · RCU', 'first event', '1 event, cold, small', '1 event, cold', '1 event, warm', '3 events, cold', '3 events, warm'],
    [...commands].map(([{ name }, costs]) => [
      name,
      shown(costs.first),
      shown(costs.oneColdSmall),
      shown(costs.oneCold),
      shown(costs.oneWarm),
      shown(costs.threeCold),
      shown(costs.threeWarm),
    ]),
  );

export const otherwiseTable = ({ commands }: Results): string =>
  table(
    ['trips · WCU · RCU', 'a conflict, on top', 'repeated, cold', 'repeated, warm', 'refused, cold', 'refused, warm'],
    [...commands].map(([{ name }, costs]) => [
      name,
      shown(costs.conflict, '+'),
      shown(costs.repeatedCold),
      shown(costs.repeatedWarm),
      shown(costs.refusedCold),
      shown(costs.refusedWarm),
    ]),
  );

export const storageTable = ({ storage }: Results): string =>
  table(
    [
      '',
      'WCU a command: mean (least to most)',
      'bytes an event',
      'billed bytes an event',
      '3 events: mean WCU',
      '3 events: bytes an event',
    ],
    [...storage].map(([{ name }, [one, three]]) => [
      name,
      one === undefined ? '' : `${decimal(one.writeUnits.mean)} (${one.writeUnits.least} to ${one.writeUnits.most})`,
      one === undefined ? '' : whole(one.bytes),
      one === undefined ? '' : whole(one.billedBytes),
      three === undefined ? 'not possible' : decimal(three.writeUnits.mean),
      three === undefined ? '' : whole(three.bytes),
    ]),
  );

export const loadTable = ({ loads }: Results): string => {
  const stores = [...(loads[0]?.costs.keys() ?? [])];
  return table(
    ['trips · RCU', ...loads.map(({ events }) => `${whole(events)} events`)],
    stores.map((store) => [
      store.name,
      ...loads.map(({ events, costs }) => {
        const cost = costs.get(store);
        if (cost === undefined) return '';
        const lost = cost.events === events ? '' : `, **${whole(cost.events)} events only**`;
        return `${whole(cost.trips)} · ${cost.readUnits >= 100 ? whole(cost.readUnits) : cost.readUnits}${lost}`;
      }),
    ]),
  );
};
