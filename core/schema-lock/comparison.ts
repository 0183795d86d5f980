import type { JsonSchema, SchemaChange } from './bounds.ts';
import { changesOf } from './changes.ts';
import type { AggregateLock, CurrentShapes, EventLock, SchemaLock } from './lock.ts';

/** A difference between what is locked and what the code says, what it does to the stored data, and what to do about it. */
export interface SchemaFinding extends SchemaChange {
  /** What goes wrong if it is accepted all the same. */
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

/** Every difference, by aggregate and event. None: what is stored can be read, and the lock says all. */
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
        breaks: `no stored ${name} can be read any more`,
        remedy: `keep the aggregate in the domain's deciders as long as its events are stored`,
      }),
    ];
  return [
    ...Object.entries(lock.events).flatMap(([type, event]) => eventFindings(`${name}.${type}`, event, current.events[type])),
    ...Object.keys(current.events).flatMap((type) =>
      lock.events[type] === undefined ? [compatible({ path: `${name}.${type}`, change: 'is a new event' })] : [],
    ),
    ...foldingFindings(name, lock, current),
  ];
};

/** The newest version that is in a lock. */
export const newestOf = (event: EventLock): number => Math.max(...Object.keys(event).map(Number));

const eventFindings = (path: string, locked: EventLock, current: EventLock | undefined): readonly SchemaFinding[] => {
  const type = path.slice(path.indexOf('.') + 1);
  if (current === undefined)
    return [
      incompatible({
        path,
        change: 'was removed',
        breaks: `a stream that holds a ${type} cannot be read any more`,
        remedy: `keep ${type} in \`events\`, with a row in \`evolve\`; nothing has to decide it any more`,
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
  breaks: `a stored ${type} of version ${version} may not fit, or loses what it says`,
  remedy: `raise the version: wrap the schema, ${type}: versioned(schema, { …, ${version}: { from: oldSchema, to: (data) => … } }), with the schema as it was and an upcaster that makes the new data of the old`,
});

const lowered = (path: string, was: number, is: number): SchemaFinding =>
  incompatible({
    path,
    change: `is at version ${is}, but version ${was} is stored`,
    breaks: `no stored event of version ${was} can be read any more`,
    remedy: `bring back the upcaster from version ${was - 1} to ${was}; an upcaster is never removed`,
  });

const skipped = (path: string, was: number, is: number): SchemaFinding =>
  incompatible({
    path,
    change: `goes from version ${was} to ${is} at once`,
    breaks: `what was stored as version ${was + 1} is not known, and nobody checks that it can be read`,
    remedy: `go up by one version, to ${was + 1}, with one upcaster from ${was}`,
  });

/** A snapshot is a fold that was kept: where the same events make another state, it has to be told by the revision. */
const foldingFindings = (name: string, lock: AggregateLock, current: CurrentShapes[string]): readonly SchemaFinding[] => {
  const [was, is] = [lock.revision, current.revision];
  if (is > was) return [compatible({ path: `${name}.revision`, change: `goes from ${was} to ${is}: states are folded anew` })];
  if (is < was)
    return [
      incompatible({
        path: `${name}.revision`,
        change: `goes back from ${was} to ${is}`,
        breaks: `snapshots that revision ${is} took long ago are read again, and may hold another state`,
        remedy: `a revision only goes up: make it ${was + 1}`,
      }),
    ];
  const parts: Readonly<Record<string, readonly [unknown, unknown]>> = {
    [`${name}.initialState`]: [lock.initialState, current.initialState],
    ...Object.fromEntries(
      Object.entries(lock.evolve)
        .filter(([type]) => current.evolve[type] !== undefined) // A row for a new event leaves the old states as they are.
        .map(([type, source]) => [`${name}.evolve.${type}`, [source, current.evolve[type]]]),
    ),
    [`${name}.state`]: [JSON.stringify(lock.state), JSON.stringify(current.state)],
  };
  return Object.entries(parts).flatMap(([path, [before, after]]) =>
    before === after ? [] : [incompatible({ path, change: 'has changed', before, after, ...ofFoldingChange(name, is) })],
  );
};

export const ofFoldingChange = (name: string, revision: number) => ({
  breaks: `snapshots of ${name} that the old code took are read by the new, which would make another state of the same events`,
  remedy: `raise the revision: \`revision: ${revision + 1}\` in ${name}'s decider; where the states stay the same, as in a mere rewording, accept it with --incompatible`,
});
