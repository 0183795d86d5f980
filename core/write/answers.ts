import type * as z from 'zod';
import { NewerRelease } from '../basics/errors.ts';
import { type Catalogue, rowOf } from '../basics/messages.ts';
import { eventId } from '../basics/stream.ts';
import type { Commit, StoredAnswer } from '../log/event-store.ts';
import { unknownSeal } from '../log/newer-release.ts';
import { checkEvent } from '../log/stored-events.ts';
import { currentVersion, upcast } from '../log/upcasting.ts';

// What a decision answers to its caller. It is stored in the commit, so that a repeated request gets the same answer.

/** The part of a decider that describes its answers. */
interface Answering {
  readonly answers?: { readonly [command: string]: z.ZodType | undefined };
}

/** The schemas of a decider's answers, by command. */
export const answersOf = ({ answers = {} }: Answering): Catalogue => answers as Catalogue;

/** The schema of a command's answer; undefined if the command has none. */
export const answerSchema = (decider: Answering, command: string): z.ZodType | undefined => rowOf(answersOf(decider), command);

/** An answer as the commit keeps it, with the version of its schema. `undefined` for a command without an answer. */
export const toStoredAnswer = (decider: Answering, command: string, data: unknown): StoredAnswer | undefined => {
  const schema = answerSchema(decider, command);
  return schema === undefined ? undefined : { schema: currentVersion(schema), data };
};

/**
 * The answer in a stored commit, lifted to the current version of its schema; undefined if the commit has none, as one of a release before
 * the command had an answer. @throws NewerRelease if only a newer release can read it; InvalidEvent if it does not fit.
 */
export const answerIn = (decider: Answering, command: string, { stream, version, answer, sealed }: Commit): unknown => {
  if (answer === undefined) return undefined;
  const event = eventId(stream, version);
  if (sealed !== undefined) throw unknownSeal(event, sealed);
  const schema = answerSchema(decider, command);
  if (schema === undefined || answer.schema > currentVersion(schema))
    throw new NewerRelease(`${event}: a newer release answered this request, and this release cannot repeat the answer`, { event });
  const data = upcast(schema, { type: command, schema: answer.schema, data: answer.data }, event);
  return checkEvent(answersOf(decider), { type: command, data }, `${event}: the answer`).data;
};
