import { rowOf } from '../basics/messages.ts';
import { type Domain, reactionsOf, remindersOf, sagasOf } from '../registry/domain.ts';
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
}

export interface StepShape {
  readonly name: string;
  readonly to: string;
  readonly alongside?: string;
  readonly forEach?: string;
  readonly awaits?: readonly string[];
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
});

const stepShape = (name: string, { to, alongside, forEach, awaits, undo }: AnyStep): StepShape => ({
  ...{ name, to: to.name },
  ...(alongside === undefined ? {} : { alongside }),
  ...(forEach === undefined ? {} : { forEach }),
  ...(awaits === undefined ? {} : { awaits: Object.keys(awaits).sort() }),
  isUndone: typeof undo === 'function',
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
  const changes = [...changesOf(was.context, is.context, `${path}.context`), ...orderChanges(path, was.steps, is.steps)];
  return changes.map((change) => (change.severity === 'compatible' ? compatible(change) : incompatible({ ...change, ...ofChange(named) })));
};

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
  const fields = (['to', 'alongside', 'forEach'] as const).filter((field) => was[field] !== is[field]);
  return [
    ...fields.map((field) => changed('incompatible', `${path}.${field}`, was[field], is[field])),
    ...awaitsChanges(`${path}.awaits`, was.awaits, is.awaits),
    // A machine that does not undo the step does not ask for an undo.
    ...(was.isUndone === is.isUndone
      ? []
      : [changed(is.isUndone ? 'compatible' : 'incompatible', `${path}.undo`, was.isUndone, is.isUndone)]),
  ];
};

/** Another event may end a step that waits. A step that waited for nothing has no time to wait. */
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

/** The key of the reactions in the schema lock, beside the aggregates. It cannot be an aggregate's name, because it has a hyphen. */
export const reactionsKey = 'sent-by-reactions';

/** What the ids of a reaction's commands are made of, and the events that cause them. */
export interface ReactionShape {
  readonly of: string;
  /** Sorted. */
  readonly on: readonly string[];
}

/** By the reaction's name. */
export type ReactionShapes = Readonly<Record<string, ReactionShape>>;

export const reactionShapes = (domain: Domain): ReactionShapes =>
  Object.fromEntries(reactionsOf(domain).map(({ name, of, on }) => [name, { of: of.name, on: Object.keys(on).sort() }]));

/** All differences. An event that waits in the queue during a deployment finds the reaction under its name, or it causes nothing. */
export const compareReactions = (locked: ReactionShapes, current: ReactionShapes): readonly SchemaFinding[] =>
  [...new Set([...Object.keys(locked), ...Object.keys(current)])].flatMap((name): readonly SchemaFinding[] => {
    const path = `reaction ${name}`;
    const [was, is] = [rowOf<ReactionShape>(locked, name), rowOf<ReactionShape>(current, name)];
    if (was === undefined) return [compatible({ path, change: 'is a new reaction' })];
    if (is === undefined) return [goneReaction(path)];
    if (was.of !== is.of) return [{ ...goneReaction(path), change: 'reacts to another aggregate', before: was.of, after: is.of }];
    return same(was.on, is.on) ? [] : [compatible({ path, change: 'reacts to other events', before: was.on, after: is.on })];
  });

const goneReaction = (path: string): SchemaFinding =>
  incompatible({
    path,
    change: 'is no longer in the domain',
    breaks:
      'events that wait in its queue cause nothing. Under another name, the commands have other ids: those of an event that is delivered again are carried out twice',
    remedy:
      'keep the name and the aggregate. To end the reaction, wait until its queue is empty and `npm run es -- processes` lists nothing; then accept it with --incompatible',
  });

/** The key of the reminders in the schema lock. */
export const remindersKey = 'sent-by-reminders';

/** What the schedules of a reminder and the ids of its commands are made of, and the events that set, move and cancel its time. */
export interface ReminderShape {
  readonly of: string;
  /** Sorted. */
  readonly due: readonly string[];
}

/** By the reminder's name. */
export type ReminderShapes = Readonly<Record<string, ReminderShape>>;

export const reminderShapes = (domain: Domain): ReminderShapes =>
  Object.fromEntries(remindersOf(domain).map(({ name, of, due }) => [name, { of: of.name, due: Object.keys(due).sort() }]));

/** All differences. A schedule that was made before a deployment finds the reminder, and the row of its event, or it fires in vain. */
export const compareReminders = (locked: ReminderShapes, current: ReminderShapes): readonly SchemaFinding[] =>
  [...new Set([...Object.keys(locked), ...Object.keys(current)])].flatMap((name): readonly SchemaFinding[] => {
    const path = `reminder ${name}`;
    const [was, is] = [rowOf<ReminderShape>(locked, name), rowOf<ReminderShape>(current, name)];
    if (was === undefined) return [compatible({ path, change: 'is a new reminder' })];
    if (is === undefined) return [goneReminder(path)];
    if (was.of !== is.of) return [{ ...goneReminder(path), change: 'is of another aggregate', before: was.of, after: is.of }];
    const gone = was.due.filter((type) => !is.due.includes(type));
    if (gone.length > 0) return [goneRows(path, gone, is.due)];
    return same(was.due, is.due) ? [] : [compatible({ path, change: 'has more events', before: was.due, after: is.due })];
  });

const goneReminder = (path: string): SchemaFinding =>
  incompatible({
    path,
    change: 'is no longer in the domain',
    breaks:
      'its schedules fire in vain. Under another name, the times that are ahead are scheduled anew, and commands that were sent under the old name may be sent again',
    remedy:
      'keep the name and the aggregate. To end the reminder, wait until `npm run es -- reminders` and `npm run es -- processes` list nothing of it; then accept it with --incompatible',
  });

const goneRows = (path: string, gone: readonly string[], after: readonly string[]): SchemaFinding =>
  incompatible({
    path,
    change: 'has fewer events',
    before: gone,
    after,
    breaks: `an event before ${gone.join(', ')} counts again: times that were set are forgotten, and times that were moved or cancelled come back`,
    remedy: 'keep the row. If the event is no longer recorded, it does no harm',
  });
