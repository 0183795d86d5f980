import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { ofService } from '../../lib/folders.ts';
import { type Finding, fits, unfit } from './findings.ts';

/** The part of a schema lock that says what a release can read. Aggregates stand beside the keys with a hyphen. */
export interface ReadableLock {
  readonly [aggregate: string]: AggregateLock | undefined;
  readonly 'running-sagas'?: Readonly<Record<string, ByVersion>> & { readonly events?: never; readonly writes?: never };
  readonly 'read-models'?: { readonly events?: never; readonly writes?: never; readonly projections?: Readonly<Record<string, ByVersion>> };
}
interface AggregateLock {
  readonly events?: Readonly<Record<string, ByVersion>>;
  /** Of the types that are not recorded in their newest version. */
  readonly writes?: Readonly<Record<string, number>>;
  /** Stored types that are other events by now. */
  readonly former?: Readonly<Record<string, ByVersion>>;
  readonly evolve?: Readonly<Record<string, string>>;
}
type ByVersion = Readonly<Record<string, unknown>>;

const twoSteps = 'first deploy a release that reads it and records none, then this one, or let the streams wait (docs/how-to/roll-back.md)';

/**
 * What stands against a rollback from one release to another, by their schema locks: what the newer one records or runs and the older one
 * does not know. An empty list means that nothing has to wait after a rollback.
 */
export const obstacles = (newer: ReadableLock, older: ReadableLock): readonly Finding[] => [
  ...aggregatesIn(newer).flatMap((aggregate) => ofAggregate(aggregate, newer, older)),
  ...Object.entries(newer['running-sagas'] ?? {}).flatMap(([saga, revisions]) => ofSaga(saga, revisions, older['running-sagas']?.[saga])),
  ...Object.entries(older['read-models']?.projections ?? {}).flatMap(([name, revisions]) =>
    ofProjection(name, revisions, newer['read-models']?.projections?.[name]),
  ),
];

const aggregatesIn = (lock: ReadableLock): readonly string[] => Object.keys(lock).filter((name) => !name.includes('-'));

const ofAggregate = (aggregate: string, newer: ReadableLock, older: ReadableLock): readonly Finding[] => {
  const known = older[aggregate];
  if (known === undefined)
    return [unfit(`Aggregate ${aggregate}`, 'is new: after a rollback its commands answer 404, and its events are kept', twoSteps)];
  return Object.entries(newer[aggregate]?.events ?? {}).flatMap(([type, versions]) => {
    if (isFormer(newer[aggregate], type)) return []; // It is read, and recorded no more.
    const former = newest(known.events?.[type]);
    const current = newer[aggregate]?.writes?.[type] ?? newest(versions);
    if (current <= former) return [];
    const what = former === 0 ? 'is new' : `is of schema version ${current}, and that release knows ${former}`;
    return [unfit(`Event ${aggregate}.${type}`, `${what}: after a rollback each stream that has one answers 503 and waits`, twoSteps)];
  });
};

const isFormer = (lock: AggregateLock | undefined, type: string): boolean =>
  lock?.former?.[type] !== undefined && lock.evolve?.[type] === undefined;

const newest = (versions: ByVersion = {}): number => Math.max(0, ...Object.keys(versions).map(Number));

const ofSaga = (saga: string, revisions: ByVersion, former: ByVersion | undefined): readonly Finding[] => {
  const count = `npm run es -- sagas ${saga} --revision`;
  if (former === undefined)
    return [
      unfit(
        `Saga ${saga}`,
        'is new: a rollback would delete its state machine, and end its runs half way',
        `roll back only after ${count} counts no run`,
      ),
    ];
  return Object.keys(revisions)
    .filter((revision) => !Object.hasOwn(former, revision))
    .map((revision) =>
      unfit(
        `Saga ${saga}`,
        `has revision ${revision}, which that release does not know: after a rollback its runs wait, and nothing is undone`,
        `roll back after ${count} counts no run of it, or let the runs wait: they go on when this release is deployed again`,
      ),
    );
};

const ofProjection = (name: string, former: ByVersion, present: ByVersion = {}): readonly Finding[] =>
  Object.keys(former)
    .filter((revision) => !Object.hasOwn(present, revision))
    .map((revision) =>
      unfit(
        `Projection ${name}@${revision}`,
        'is no longer there: a rollback makes its table anew, and it serves after it is filled',
        `keep revision ${revision} until you are sure of this release (docs/how-to/change-a-projection.md)`,
      ),
    );

const lockFile = 'domain/schemas.lock.json';

/** What stands against a rollback from the working tree to a tag of git, or to any other commit. */
export const rollbackFindings = (tag: string): readonly Finding[] => {
  const what = `Rollback to ${tag}`;
  const { status, stdout, stderr } = spawnSync('git', ['show', `${tag}:./${lockFile}`], { cwd: ofService(), encoding: 'utf8' });
  if (status !== 0)
    return [unfit(what, (stderr ?? '').trim().split('\n')[0] || 'git does not answer', `name a commit that has ${lockFile}`)];
  const found = obstacles(JSON.parse(readFileSync(ofService(lockFile), 'utf8')), JSON.parse(stdout));
  return found.length === 0 ? [fits(what, 'is possible: it knows everything that this release records')] : found;
};
