import type { Results } from '../measures/all.ts';
import { decimal, table, whole } from './markdown.ts';

export const batchTable = ({ projections: { batches } }: Results): string => {
  const sizes = [...(batches[0]?.bySize.keys() ?? [])];
  return table(
    ['trips · WCU · RCU, an event', ...sizes.map((size) => `in batches of ${whole(size)}`)],
    batches.map(({ title, bySize }) => [
      title,
      ...[...bySize.values()].map(({ trips, writeUnits, readUnits }) =>
        [trips, writeUnits, readUnits].map((count) => decimal(count)).join(' · '),
      ),
    ]),
  );
};

export const fillTable = ({ projections: { fills } }: Results): string =>
  table(
    ['', 'events per second', 'of the raw writes', 'missing, by the audit'],
    fills.map(({ title, eventsPerSecond, ratio, missing }) => [title, whole(eventsPerSecond), decimal(ratio), String(missing)]),
  );

/** The source of the read models. */
export const registerOf = ({ projections: { isMadeUp, fines, events, batchedEvents } }: Results): string =>
  `${whole(events)} events of ${whole(fines)} traffic fines (${isMadeUp ? 'made up' : 'a real register'}), and for the batches ${whole(batchedEvents)} of them`;
