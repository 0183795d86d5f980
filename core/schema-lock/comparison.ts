import { rowOf } from '../basics/messages.ts';
import { type JsonSchema, type SchemaChange, same } from './bounds.ts';
import { changesOf } from './changes.ts';
import type { AggregateLock, CurrentShapes, EventLock, FormerLock, FormerLocks, SchemaLock } from './lock.ts';

/** A difference between the lock and the code, with its effect on stored data and its remedy. */
export interface SchemaFinding extends SchemaChange {
  /** What breaks if the difference is accepted anyway. */
  readonly breaks?: string;
  readonly remedy: string;
}

type Difference = Omit<SchemaFinding, 'severity' | 'remedy'> & { readonly remedy?: string };

const recordIt = 'record it: npm run schemas:accept';

export const compatible = (difference: Difference): SchemaFinding => ({ severity: 'compatible', remedy: recordIt, ...difference });
export const incompatible = (difference: Required<Pick<Difference, 'breaks' | 'remedy'>> & Difference): SchemaFinding => ({
  severity: 'incompatible',
  ...difference,
});

/** All differences, by aggregate and event. An empty list means that all stored data can be read, and that the lock is up to date. */
export const compare = (locked: SchemaLock, current: CurrentShapes): readonly SchemaFinding[] => [
  ...Object.entries(locked).flatMap(([name, lock]) => aggregateFindings(name, lock, current[name])),
  ...Object.keys(current).flatMap((name) => (locked[name] === undefined ? [compatible({ path: name, change: 'is a new aggregate' })] : [])),
];

const aggregateFindings = (name: string, lock: AggregateLock, current: CurrentShapes[string] | undefined): readonly SchemaFinding[] => {
  if (current === undefined)
    return [
      incompatible({
        path: name,
        change: 'is no longer in the domain',
        breaks: `stored streams of ${name} can no longer be read`,
        remedy: `keep the aggregate in the domain's deciders: its events stay stored`,
      }),
    ];
  return [
    ...Object.entries(lock.events).flatMap(([type, event]) => eventFindings(`${name}.${type}`, event, current.events[type])),
    ...Object.keys(current.events).flatMap((type) =>
      lock.events[type] === undefined ? [compatible({ path: `${name}.${type}`, change: 'is a new event' })] : [],
    ),
    ...Object.keys(lock.events).flatMap((type) => writingFindings(name, type, { was: lock, is: current })),
    ...formerFindings(name, lock.former, current.former),
    ...foldingFindings(name, lock, current),
  ];
};

type Writing = Pick<AggregateLock, 'events' | 'writes'>;

/** Another version is recorded, of those that both can read. Any of them is safe: the lock keeps it for `doctor --against`. */
const writingFindings = (
  name: string,
  type: string,
  { was, is }: { readonly was: Writing; readonly is: Writing },
): readonly SchemaFinding[] => {
  const [before, after] = [was, is].map(({ events }) => newestOf(events[type] ?? {}));
  const [wrote, writes] = [was.writes?.[type] ?? before, is.writes?.[type] ?? after];
  if (before !== after || wrote === writes) return [];
  return [compatible({ path: `${name}.${type}`, change: `is recorded as version ${writes}, and no longer as version ${wrote}` })];
};

/** The newest schema version of an event. */
export const newestOf = (event: EventLock): number => Math.max(...Object.keys(event).map(Number));

/** The differences of stored data with schema versions: of an event, or of an answer. */
export const eventFindings = (path: string, locked: EventLock, current: EventLock | undefined): readonly SchemaFinding[] => {
  const type = path.slice(path.indexOf('.') + 1);
  if (current === undefined)
    return [
      incompatible({
        path,
        change: 'was removed',
        breaks: `a stream with a ${type} can no longer be read`,
        remedy: `keep ${type} in \`events\`, with a row in \`evolve\`; \`decide\` need not record it any more. If it is another event by now, or none, say so with \`withFormer\``,
      }),
    ];
  const [was, is] = [newestOf(locked), newestOf(current)];
  if (is < was) return [lowered(path, was, is)];
  if (is > was + 1) return [skipped(path, was, is)];
  if (is === was + 1) return [compatible({ path, change: `is at version ${is}`, before: locked[was], after: current[is] })];
  return changesOf(locked[was] as JsonSchema, current[is] as JsonSchema, path).map((change) =>
    change.severity === 'compatible' ? compatible(change) : incompatible({ ...change, ...ofSchemaChange(type, was) }),
  );
};

const ofSchemaChange = (type: string, version: number) => ({
  breaks: `a stored ${type} of version ${version} may not fit, or may lose data`,
  remedy: `raise the version: wrap the schema, ${type}: versioned(schema, { …, ${version}: { from: oldSchema, to: (data) => … } }), with the old schema and an upcaster that turns old data into new data`,
});

const lowered = (path: string, was: number, is: number): SchemaFinding =>
  incompatible({
    path,
    change: `is at version ${is}, but version ${was} is stored`,
    breaks: `stored events of version ${was} can no longer be read`,
    remedy: `restore the upcaster from version ${was - 1} to ${was}; an upcaster must never be removed`,
  });

const skipped = (path: string, was: number, is: number): SchemaFinding =>
  incompatible({
    path,
    change: `goes from version ${was} to ${is} at once`,
    breaks: `the lock has no version ${was + 1}, so it cannot check that such events can be read`,
    remedy: `raise the version by one, to ${was + 1}, with one upcaster from ${was}`,
  });

/** Snapshots are stored states. If the same events fold into another state, the revision must go up so that old snapshots are ignored. */
const foldingFindings = (name: string, lock: AggregateLock, current: CurrentShapes[string]): readonly SchemaFinding[] => {
  const [was, is] = [lock.revision, current.revision];
  if (is > was) return [compatible({ path: `${name}.revision`, change: `goes from ${was} to ${is}: states are folded anew` })];
  if (is < was)
    return [
      incompatible({
        path: `${name}.revision`,
        change: `goes back from ${was} to ${is}`,
        breaks: `old snapshots of revision ${is} are read again, and may contain another state`,
        remedy: `a revision must only go up: set it to ${was + 1}`,
      }),
    ];
  const parts: Readonly<Record<string, readonly [unknown, unknown]>> = {
    [`${name}.initialState`]: [lock.initialState, current.initialState],
    ...Object.fromEntries(
      Object.entries(lock.evolve)
        .filter(([type]) => current.evolve[type] !== undefined) // A row for a new event changes no old state.
        .map(([type, source]) => [`${name}.evolve.${type}`, [source, current.evolve[type]]]),
    ),
    [`${name}.state`]: [JSON.stringify(lock.state), JSON.stringify(current.state)],
  };
  return Object.entries(parts).flatMap(([path, [before, after]]) =>
    before === after ? [] : [incompatible({ path, change: 'has changed', before, after, ...ofFoldingChange(name, is) })],
  );
};

export const ofFoldingChange = (name: string, revision: number) => ({
  breaks: `the new code reads old snapshots of ${name}, but may fold the same events into another state`,
  remedy: `raise the revision: \`revision: ${revision + 1}\` in ${name}'s decider; if the states stay the same, as after a refactoring, accept it with --incompatible`,
});

// What stored events have become: another type, several events, or none. The ids of what they have caused depend on it.

const formerFindings = (name: string, locked: FormerLocks = {}, current: FormerLocks = {}): readonly SchemaFinding[] =>
  [...new Set([...Object.keys(locked), ...Object.keys(current)])].flatMap((type) => {
    const [were, are] = [rowOf(locked, type) ?? {}, rowOf(current, type) ?? {}];
    return [...new Set([...Object.keys(were), ...Object.keys(are)])].flatMap((version) =>
      rowFindings({ path: `${name}.${type}@${version}`, type, version }, were[version], are[version]),
    );
  });

interface Row {
  readonly path: string;
  readonly type: string;
  readonly version: string;
}

const rowFindings = ({ path, type, version }: Row, was: FormerLock | undefined, is: FormerLock | undefined): readonly SchemaFinding[] => {
  if (was === undefined) return is === undefined ? [] : [compatible({ path, change: becoming(is) })];
  if (is === undefined)
    return [
      incompatible({
        path,
        change: `no longer becomes ${was.into.join(', ') || 'nothing'}`,
        breaks: `a stream with a ${type} of version ${version} can no longer be read`,
        remedy: `restore row ${version} of ${type} in \`withFormer\`; such a row must never be removed`,
      }),
    ];
  return [
    ...(same(was.into, is.into)
      ? []
      : [
          incompatible({
            ...{ path: `${path}.into`, change: 'has changed', before: was.into, after: is.into },
            breaks: 'the parts have other ids: what they have published, called or started happens again',
            remedy: `restore \`into\` of row ${version} of ${type}; give a type that has changed a row of its own in \`withFormer\``,
          }),
        ]),
    ...(was.othersAct === is.othersAct
      ? []
      : [
          incompatible({
            ...{ path: `${path}.othersAct`, change: 'has changed', before: was.othersAct ?? false, after: is.othersAct ?? false },
            breaks: is.othersAct
              ? 'parts of events that were told long ago act when such an event is told again, and not otherwise'
              : 'parts of events that wait in queues and in the relay cause nothing',
            remedy: `restore \`othersAct\` of row ${version} of ${type}; it is decided in the release that adds the split`,
          }),
        ]),
  ];
};

const becoming = ({ into, othersAct }: FormerLock): string => {
  if (into.length === 0) return 'is dropped: readers pass it over';
  if (into.length === 1) return `becomes ${into[0]}`;
  return `becomes ${into.join(', ')}, of which ${othersAct ? 'all act' : 'the first one acts'} for stored events`;
};
