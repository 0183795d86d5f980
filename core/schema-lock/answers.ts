import { rowOf } from '../basics/messages.ts';
import { currentVersion } from '../log/upcasting.ts';
import { openSchema } from '../publish/open-schema.ts';
import type { Domain } from '../registry/domain.ts';
import { answersOf } from '../write/answers.ts';
import type { JsonSchema } from './bounds.ts';
import { compatible, eventFindings, incompatible, newestOf, type SchemaFinding } from './comparison.ts';
import { type EventLock, mapValues, type SourceOf, storedSchema } from './lock.ts';
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
