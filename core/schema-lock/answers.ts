import type * as z from 'zod';
import { rowOf } from '../basics/messages.ts';
import { currentVersion } from '../log/upcasting.ts';
import { openSchema } from '../publish/open-schema.ts';
import type { Domain } from '../registry/domain.ts';
import { answersOf } from '../write/answers.ts';
import { commandVersion, schemasOfVersions } from '../write/command-versions.ts';
import type { JsonSchema } from './bounds.ts';
import { changesOf } from './changes.ts';
import { compatible, eventFindings, incompatible, newestOf, type SchemaFinding } from './comparison.ts';
import { type EventLock, mapValues, type SourceOf, storedSchema, toJsonSchema } from './lock.ts';
import { heardChanges } from './published.ts';
import { olderOf } from './rehearsal.ts';

// What commands answer to their callers. An answer is stored, so it must stay readable; and clients read it, so it may only gain fields.

/** Every schema version of every answer, by aggregate and command. */
export type AnswerShapes = Readonly<Record<string, Readonly<Record<string, EventLock>>>>;

/** Their key in the lock, beside the aggregates. It cannot be an aggregate's name, because it has a hyphen. */
export const answersKey = 'command-answers';

/** The shapes in the present code, with the older versions out of the lock. @throws Error, naming the command. */
export const answerShapes = ({ deciders }: Domain, locked: AnswerShapes, sourceOf: SourceOf): AnswerShapes =>
  Object.fromEntries(
    deciders
      .filter((decider) => Object.keys(answersOf(decider)).length > 0)
      .map((decider) => [
        decider.name,
        mapValues(answersOf(decider), (schema, command) => ({
          ...olderOf(locked[decider.name]?.[command], currentVersion(schema)),
          [currentVersion(schema)]: storedSchema(schema, `answer of ${decider.name}.${command}`, sourceOf),
        })),
      ]),
  );

/** All differences. An empty list means that stored answers and clients can be served, and that the lock is up to date. */
export const compareAnswers = (locked: AnswerShapes, current: AnswerShapes): readonly SchemaFinding[] =>
  namesIn(locked, current).flatMap((name) => {
    const [were, are] = [rowOf<Answers | undefined>(locked, name) ?? {}, rowOf<Answers | undefined>(current, name) ?? {}];
    return namesIn(were, are).flatMap((command) =>
      answerFindings(
        `answer of ${name}.${command}`,
        rowOf<EventLock | undefined>(were, command),
        rowOf<EventLock | undefined>(are, command),
      ),
    );
  });

type Answers = AnswerShapes[string];

const namesIn = (...tables: readonly object[]): readonly string[] => [...new Set(tables.flatMap(Object.keys))];

const answerFindings = (path: string, was: EventLock | undefined, is: EventLock | undefined): readonly SchemaFinding[] => {
  if (was === undefined) return [compatible({ path, change: 'is new' })];
  if (is === undefined)
    return [
      incompatible({
        path,
        change: 'was removed',
        breaks: 'clients that read the answer get none, and a repeated request whose answer is stored gets 503 (`NewerRelease`)',
        remedy: 'keep its row in `answers`',
      }),
    ];
  const heard = clientFindings(path, newest(was), newest(is));
  return [...heard, ...eventFindings(path, was, is).filter((stored) => !heard.some((one) => one.path === stored.path))];
};

const newest = (lock: EventLock): JsonSchema => lock[newestOf(lock)] as JsonSchema;

/** What a client that knows the old answer may not understand. */
const clientFindings = (path: string, was: JsonSchema, is: JsonSchema): readonly SchemaFinding[] =>
  heardChanges(openSchema(was), openSchema(is), path)
    .filter(({ severity }) => severity === 'incompatible')
    .map((change) =>
      incompatible({
        ...change,
        breaks: 'clients that know the old answer may not understand the new one',
        remedy:
          'an answer may only gain fields: give the new one to a new command, beside this one; if no client reads it, accept it with --incompatible',
      }),
    );

// The older versions of commands. Nothing of them is stored, and clients send them.

/** Every schema version of the commands that have several, by aggregate and command. */
export type CommandShapes = AnswerShapes;

/** Their key in the lock. */
export const commandsKey = 'command-versions';

/** The shapes in the present code, which has all versions. @throws Error, naming the command, if the source of a check is not visible. */
export const commandShapes = ({ deciders }: Domain, sourceOf: SourceOf): CommandShapes =>
  Object.fromEntries(
    deciders.flatMap(({ name, commands }) => {
      const several = Object.entries<z.ZodType>(commands).filter(([, schema]) => commandVersion(schema) > 1);
      const shapes = several.map(([type, schema]) => [type, versionsOf(schema, `command ${name}.${type}`, sourceOf)] as const);
      return shapes.length === 0 ? [] : [[name, Object.fromEntries(shapes)]];
    }),
  );

const versionsOf = (schema: z.ZodType, path: string, sourceOf: SourceOf): EventLock =>
  Object.fromEntries(schemasOfVersions(schema).map((one, index) => [index + 1, toJsonSchema(one, { io: 'input', path, sourceOf })]));

/** All differences. An empty list means that the clients of every version can be served, and that the lock is up to date. */
export const compareCommands = (locked: CommandShapes, current: CommandShapes): readonly SchemaFinding[] =>
  namesIn(locked, current).flatMap((name) => {
    const [were, are] = [rowOf<Answers | undefined>(locked, name) ?? {}, rowOf<Answers | undefined>(current, name) ?? {}];
    return namesIn(were, are).flatMap((command) => {
      const [was, is] = [rowOf<EventLock | undefined>(were, command) ?? {}, rowOf<EventLock | undefined>(are, command) ?? {}];
      return namesIn(was, is).flatMap((version) => versionFindings(`command ${name}.${command}@${version}`, was[version], is[version]));
    });
  });

const versionFindings = (path: string, was: JsonSchema | undefined, is: JsonSchema | undefined): readonly SchemaFinding[] => {
  if (was === undefined) return [compatible({ path, change: 'is a new version' })];
  const old = { breaks: 'clients that send this version get 400', remedy: 'restore its row in `versionedCommand`' };
  if (is === undefined) return [incompatible({ path, change: 'was removed', ...old })];
  return changesOf(was, is, path).map((change) =>
    change.severity === 'compatible'
      ? compatible(change)
      : incompatible({
          ...change,
          ...old,
          remedy: 'restore the schema of this version, and give the other one the next version, with a row in `versionedCommand`',
        }),
  );
};
