import { rowOf } from '../basics/messages.ts';
import { typesStored } from '../log/former.ts';
import { type Domain, sagasOf } from '../registry/domain.ts';
import { interruptingTypes, isInterruptible } from '../sagas/interruption.ts';
import { type AnySaga, type AnyStep, definitionsOf, machineName, revisionOf } from '../sagas/saga.ts';
import { type JsonSchema, type SchemaChange, same } from './bounds.ts';
import { changesOf } from './changes.ts';
import { compatible, incompatible, type SchemaFinding } from './comparison.ts';
import { type SourceOf, toJsonSchema } from './lock.ts';

/** What an execution that is under way needs of the code. Its state machine keeps the order of the steps and their time limits. */
export interface SagaShape {
  readonly context: JsonSchema;
  /** In their order. */
  readonly steps: readonly StepShape[];
  /** The events that interrupt it. Sorted. */
  readonly interruptedBy?: readonly string[];
  /** Among which runs its key is unique. */
  readonly unique?: 'running' | 'ever';
}

export interface StepShape {
  readonly name: string;
  /** Absent of a choice, and of a step that waits until a time. */
  readonly to?: string;
  readonly alongside?: string;
  readonly forEach?: string;
  readonly awaits?: readonly string[];
  /** What the step learns from. */
  readonly learns?: readonly string[];
  /** Of a step that only waits. */
  readonly waits?: 'for an event' | 'until a time';
  readonly branch?: string;
  readonly branches?: readonly string[];
  readonly isOptional?: true;
  /** The most rounds. */
  readonly rounds?: number;
  /** Whether a command undoes the step. */
  readonly isUndone: boolean;
}

/** The shapes of all sagas, by the name of the machine and by revision. A renamed saga keeps both. */
export type SagaShapes = Readonly<Record<string, Readonly<Record<string, SagaShape>>>>;

/** The shapes of a domain's sagas. @throws Error, naming the saga, if the source of a check of its context is not visible. */
export const sagaShapes = (domain: Domain, sourceOf: SourceOf): SagaShapes =>
  Object.fromEntries(
    sagasOf(domain).map((saga) => [
      machineName(saga),
      Object.fromEntries(definitionsOf(saga).map((definition) => [revisionOf(definition), shapeOf(definition, sourceOf)])),
    ]),
  );

const shapeOf = (saga: AnySaga, sourceOf: SourceOf): SagaShape => ({
  context: toJsonSchema(saga.context, { io: 'input', path: pathOf(machineName(saga), revisionOf(saga)), sourceOf }),
  steps: Object.entries(saga.steps).map(([name, step]) => stepShape(name, step)),
  ...(isInterruptible(saga) ? { interruptedBy: interruptingTypes(saga).sort() } : {}),
  ...(saga.unique === undefined ? {} : { unique: saga.unique.among }),
});

const stepShape = (name: string, step: AnyStep): StepShape => ({ ...actingShape(name, step), ...waysOf(step) });

/** With the names that awaited events have in the log: under a new name a step still awaits the same event. */
const actingShape = (name: string, { to, alongside, forEach, awaits, undo }: AnyStep): StepShape => ({
  name,
  ...(to === undefined ? {} : { to: to.name }),
  ...(alongside === undefined ? {} : { alongside }),
  ...(forEach === undefined ? {} : { forEach }),
  ...(awaits === undefined ? {} : { awaits: [...typesStored(to?.events ?? {}, Object.keys(awaits))].sort() }),
  isUndone: typeof undo === 'function',
});

/** What decides where an execution goes. Its machine asks for it. */
const waysOf = ({ of, until, learns, branch, branches, when, repeat }: AnyStep): Partial<StepShape> => ({
  ...(learns === undefined ? {} : { learns: Object.keys(learns).sort() }),
  ...(of === undefined ? {} : { waits: 'for an event' }),
  ...(until === undefined ? {} : { waits: 'until a time' }),
  ...(branch === undefined ? {} : { branch }),
  ...(branches === undefined ? {} : { branches: [...branches].sort() }),
  ...(when === undefined ? {} : { isOptional: true }),
  ...(repeat === undefined ? {} : { rounds: repeat.atMost }),
});

const pathOf = (name: string, revision: number | string): string => `saga ${name}@${revision}`;

/** All differences. An empty list means that the code can end all executions that are under way, and that the lock is up to date. */
export const compareSagas = (locked: SagaShapes, current: SagaShapes): readonly SchemaFinding[] =>
  namesIn(locked, current).flatMap((name) => {
    const [were, are] = [rowOf<Revisions>(locked, name), rowOf<Revisions>(current, name)];
    if (are === undefined) return [renamed(gone(`saga ${name}`, 'it'), name)];
    if (were === undefined) return [compatible({ path: `saga ${name}`, change: 'is a new saga' })];
    return namesIn(were, are).flatMap((revision) => revisionFindings({ name, revision }, were[revision], are[revision]));
  });

type Revisions = SagaShapes[string];

const namesIn = (...tables: readonly object[]): readonly string[] => [...new Set(tables.flatMap(Object.keys))];

interface Named {
  readonly name: string;
  readonly revision: string;
}

const revisionFindings = (named: Named, was: SagaShape | undefined, is: SagaShape | undefined): readonly SchemaFinding[] => {
  const path = pathOf(named.name, named.revision);
  if (is === undefined) return [gone(path, `revision ${named.revision}`)];
  if (was === undefined) return [compatible({ path, change: 'is a new revision' })];
  const changes = [
    ...changesOf(was.context, is.context, `${path}.context`),
    ...orderChanges(path, was.steps, is.steps),
    ...beginChanges(path, was, is),
  ];
  return changes.map((change) => (change.severity === 'compatible' ? compatible(change) : incompatible({ ...change, ...ofChange(named) })));
};

/** The machine of an execution says whether the function looks for interruptions, and a key is asked for at the start: no execution breaks. */
const beginChanges = (path: string, was: SagaShape, is: SagaShape): readonly SchemaChange[] =>
  (['interruptedBy', 'unique'] as const)
    .filter((field) => !same(was[field], is[field]))
    .map((field) => changed('compatible', `${path}.${field}`, was[field], is[field]));

const gone = (path: string, what: string): SchemaFinding =>
  incompatible({
    path,
    change: 'is no longer in the domain',
    breaks: `executions of ${what} that are under way wait for an operator, and cannot go on`,
    remedy: `keep ${what} until \`npm run es -- sagas --revision\` counts no execution of it; then accept it with --incompatible`,
  });

const renamed = (finding: SchemaFinding, name: string): SchemaFinding => ({
  ...finding,
  remedy: `if it has another name now, give it \`formerly: '${name}'\`; otherwise ${finding.remedy}`,
});

const ofChange = ({ name, revision }: Named) => ({
  breaks: `executions of revision ${revision} that are under way need the old definition: they wait for an operator, or end in another way`,
  remedy: `raise the revision: keep the old definition as it is, and make the new one beside it, with \`revision: ${Number(revision) + 1}\` and \`before: [${camel(name)}${revision}]\`, the old one`,
});

const camel = (name: string): string => name.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase());

const orderChanges = (path: string, before: readonly StepShape[], after: readonly StepShape[]): readonly SchemaChange[] => {
  const [were, are] = [tableOf(before), tableOf(after)];
  const kept = (steps: readonly StepShape[]) => steps.map(({ name }) => name).filter((name) => were[name] && are[name]);
  const order: readonly SchemaChange[] = same(kept(before), kept(after))
    ? []
    : [{ severity: 'incompatible', path: `${path}.steps`, change: 'have another order', before: kept(before), after: kept(after) }];
  return [...order, ...namesIn(were, are).flatMap((name) => stepChanges(`${path}.${name}`, were[name], are[name]))];
};

type Steps = Readonly<Record<string, StepShape | undefined>>;
const tableOf = (steps: readonly StepShape[]): Steps => Object.fromEntries(steps.map((step) => [step.name, step]));

const stepChanges = (path: string, was: StepShape | undefined, is: StepShape | undefined): readonly SchemaChange[] => {
  if (is === undefined) return [{ severity: 'incompatible', path, change: 'was removed' }];
  if (was === undefined) return [{ severity: 'incompatible', path, change: 'is a new step' }];
  const fields = (['to', 'alongside', 'forEach', 'waits', 'branch', 'branches', 'isOptional', 'rounds'] as const).filter(
    (field) => !same(was[field], is[field]),
  );
  return [
    ...fields.map((field) => changed('incompatible', `${path}.${field}`, was[field], is[field])),
    ...awaitsChanges(`${path}.awaits`, was.awaits, is.awaits),
    ...awaitsChanges(`${path}.learns`, was.learns, is.learns),
    // A machine that does not undo the step does not ask for an undo.
    ...(was.isUndone === is.isUndone
      ? []
      : [changed(is.isUndone ? 'compatible' : 'incompatible', `${path}.undo`, was.isUndone, is.isUndone)]),
  ];
};

/**
 * Another event may end a step that waits, and the saga may learn from another event. A step that waited for nothing has no time to wait,
 * and the machine of one that learned nothing keeps nothing.
 */
const awaitsChanges = (path: string, was: StepShape['awaits'], is: StepShape['awaits']): readonly SchemaChange[] => {
  if (same(was, is)) return [];
  const isWider = was?.every((type) => is?.includes(type)) === true;
  return [changed(isWider ? 'compatible' : 'incompatible', path, was, is)];
};

const changed = (severity: SchemaChange['severity'], path: string, before: unknown, after: unknown): SchemaChange => ({
  ...{ severity, path, change: 'has changed' },
  ...(before === undefined ? {} : { before }),
  ...(after === undefined ? {} : { after }),
});
