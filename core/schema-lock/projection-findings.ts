import { rowOf } from '../basics/messages.ts';
import { typesToday } from '../log/former.ts';
import type { AnyProjection } from '../read/projection.ts';
import type { Domain } from '../registry/domain.ts';
import { type SchemaChange, same } from './bounds.ts';
import { changesOf } from './changes.ts';
import { compatible, incompatible, type SchemaFinding } from './comparison.ts';
import { type ProjectionShape, pathOf, type ReadModelsLock, replayed } from './projections.ts';
import { resultChanges } from './result-changes.ts';
import { unwatched } from './sample-findings.ts';

const noReadModels: ReadModelsLock = { events: {}, projections: {} };

/**
 * All differences. An empty list means that the stored documents are those that the code would make, and that the lock is up to date.
 * `locked` is absent in a lock of an earlier release.
 */
export const compareReadModels = (
  domain: Domain,
  locked: ReadModelsLock | undefined,
  current: ReadModelsLock,
): readonly SchemaFinding[] => {
  const before = locked ?? noReadModels;
  const names = namesIn(before.projections, current.projections);
  const found = names.flatMap((name) => {
    const [were, are] = [rowOf<Revisions>(before.projections, name) ?? {}, rowOf<Revisions>(current.projections, name) ?? {}];
    const ofAll = Object.keys(are).flatMap((revision) => unwatched({ name, revision }, were[revision], are[revision] as ProjectionShape));
    return [...(locked === undefined ? [] : revisionsFindings({ domain, name, events: before.events }, were, are)), ...ofAll];
  });
  return locked === undefined && names.length > 0 ? [firstTime(current), ...found] : found;
};

type Revisions = Readonly<Record<string, ProjectionShape>>;

const namesIn = (...tables: readonly object[]): readonly string[] => [...new Set(tables.flatMap(Object.keys))];

/** A lock of an earlier release has no projections. */
const firstTime = ({ projections }: ReadModelsLock): SchemaFinding => {
  const all = Object.entries(projections).flatMap(([name, revisions]) => Object.keys(revisions).map((revision) => `${name}@${revision}`));
  return compatible({
    path: `projections ${all.join(', ')}`,
    change: 'are not in the lock yet',
    remedy: 'record them once, as they are deployed: npm run schemas:accept',
  });
};

interface Named {
  readonly name: string;
  readonly revision: string;
  /** The number of the next revision. */
  readonly next: number;
}

interface Compared {
  readonly domain: Domain;
  readonly name: string;
  readonly events: ReadModelsLock['events'];
}

const revisionsFindings = ({ domain, name, events }: Compared, were: Revisions, are: Revisions): readonly SchemaFinding[] => {
  const [old, now] = [Object.keys(were).map(Number), Object.keys(are).map(Number)];
  if (now.length === 0)
    return [compatible({ path: `projection ${name}`, change: 'is no longer in the domain: its read tables are deleted' })];
  if (old.length === 0) return [compatible({ path: `projection ${name}`, change: 'is a new projection' })];
  const next = Math.max(...old, ...now) + 1;
  return [...new Set([...old, ...now])].flatMap((revision): readonly SchemaFinding[] => {
    const [was, is] = [were[revision], are[revision]];
    const path = pathOf(name, revision);
    if (is === undefined) return now.some((one) => old.includes(one)) ? [dropped(path)] : [];
    if (was === undefined) return [added({ path, name, revision, next, old, now })];
    const projection = domain.projections.find((one) => one.name === name && one.revision === revision) as AnyProjection;
    const again = replayed(domain, projection, { events, shape: was });
    return [
      ...changesIn(path, { ...was, events: underTodaysNames(projection, was.events) }, { ...is, ...again }).map((change) =>
        incompatible({ ...change, ...ofChange({ name, revision: String(revision), next }) }),
      ),
      ...ownerChanges(path, was, is),
    ];
  });
};

/** A projection that has a row for what a stored event is today does not ignore it. The samples show whether it makes the same documents. */
const underTodaysNames = ({ events, evolve }: AnyProjection, types: readonly string[]): readonly string[] => [
  ...new Set(
    types.flatMap((type) => {
      const today = typesToday(events, type).filter((one) => Object.hasOwn(evolve, one));
      return today.length === 0 ? [type] : today;
    }),
  ),
];

const dropped = (path: string): SchemaFinding =>
  compatible({
    path,
    change: 'is no longer in the domain: the next deployment deletes its read table',
    remedy: 'make sure that another revision serves (`npm run es -- projections`); then record it: npm run schemas:accept',
  });

interface Addition {
  readonly path: string;
  readonly name: string;
  readonly revision: number;
  readonly next: number;
  readonly old: readonly number[];
  readonly now: readonly number[];
}

const added = ({ path, name, revision, next, old, now }: Addition): SchemaFinding => {
  const newest = Math.max(...old);
  if (revision < newest)
    return incompatible({
      path,
      change: `is new, but the lock has revision ${newest}`,
      breaks: `a read table that an earlier revision ${revision} has left may have documents of other code`,
      remedy: `a revision only goes up: set it to ${next}`,
    });
  if (old.some((one) => now.includes(one))) return compatible({ path, change: 'is a new revision' });
  return compatible({
    path,
    change: `takes the place of revision ${newest}: until it is filled, answers lack documents (x-freshness: filling)`,
    remedy: `to let revision ${newest} serve until then, keep its definition as it is, and register both: \`projections: [${camel(name)}${newest}, ${camel(name)}]\`; otherwise record it: npm run schemas:accept`,
  });
};

const camel = (name: string): string => name.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase());

/** Whether a finding concerns documents alone, which can be made again. No other stored data can. */
export const isOfDocuments = (finding: SchemaFinding): boolean => 'isOfDocuments' in finding;

const ofChange = ({ name, revision, next }: Named) => ({
  isOfDocuments: true,
  breaks: `the documents that are stored stay as revision ${revision} has made them, and differ from those that the code makes now`,
  remedy: `raise the revision: \`revision: ${next}\`, which is filled from all events; to let the old one serve until then, keep its definition as ${camel(name)}${revision} and register both: \`projections: [${camel(name)}${revision}, ${camel(name)}]\`; if no document is stored yet: npm run schemas:accept -- --projections`,
});

/** The documents stay, but other callers may read them. */
const ownerChanges = (path: string, { owner: was }: ProjectionShape, { owner: is }: ProjectionShape): readonly SchemaFinding[] => {
  if (was === is) return [];
  return [
    compatible({
      path: `${path}.owner`,
      change: `has changed from '${was ?? 'none'}' to '${is ?? 'none'}': other callers read the documents without the scope`,
      remedy: 'make sure that they may; then record it: npm run schemas:accept',
    }),
  ];
};

/** Both shapes have the results of the streams that the lock has recorded. */
const changesIn = (path: string, was: ProjectionShape, is: ProjectionShape): readonly SchemaChange[] => [
  ...(was.engine === is.engine ? [] : [changed(`${path}.engine`, was.engine, is.engine)]),
  ...indexChanges(path, was.indexes, is.indexes),
  // Documents that are stored do not get a new field, so a wider shape is a change like any other.
  ...changesOf(was.document, is.document, `${path}.document`).map((one): SchemaChange => ({ ...one, severity: 'incompatible' })),
  ...eventChanges(path, was.events, is.events),
  // With a key of another kind, the results cannot be compared.
  ...(was.key === is.key ? resultChanges(path, was, is) : [changed(`${path}.key`, was.key, is.key)]),
];

const changed = (path: string, before: unknown, after: unknown): SchemaChange => ({
  severity: 'incompatible',
  path,
  change: 'has changed',
  before,
  after,
});

type Indexes = ProjectionShape['indexes'];

const indexChanges = (path: string, were: Indexes, are: Indexes): readonly SchemaChange[] =>
  namesIn(were, are).flatMap((name): readonly SchemaChange[] => {
    const [was, is, at] = [rowOf(were, name), rowOf(are, name), `${path}.indexes.${name}`];
    if (is === undefined) return [{ severity: 'incompatible', path: at, change: 'was removed', before: was }];
    if (was === undefined) return [{ severity: 'incompatible', path: at, change: 'was added', after: is }];
    return same(was, is) ? [] : [changed(at, was, is)];
  });

const eventChanges = (path: string, were: readonly string[], are: readonly string[]): readonly SchemaChange[] => [
  ...were.filter((type) => !are.includes(type)).map((type) => eventChange(path, type, 'was removed: the projection ignores the event')),
  ...are
    .filter((type) => !were.includes(type))
    .map((type) => eventChange(path, type, 'was added: the projection ignored the event until now')),
];

const eventChange = (path: string, type: string, change: string): SchemaChange => ({
  severity: 'incompatible',
  path: `${path}.evolve.${type}`,
  change,
});
