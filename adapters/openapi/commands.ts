import * as z from 'zod';
import { rowOf } from '../../core/basics/messages.ts';
import { clientCommands } from '../../core/registry/access.ts';
import { answerSchema } from '../../core/write/answers.ts';
import { commandVersion, schemasOfVersions } from '../../core/write/command-versions.ts';
import { type Description, type Json, ref, schemaOf } from './parts.ts';

export const command: Description<'command'> = {
  variables: { aggregate: 'the kind of aggregate', id: 'the aggregate', command: 'the command' },
  query: {},
  takes: {
    'idempotency-key': 'A second request with the same key gets the same answer and changes nothing.',
    'if-match': 'A version in quotes. 412 if the stream is at another version.',
    'if-none-match': '*: 412 if the stream exists.',
    'command-version': 'The schema version of the data. Without it they have version 1.',
  },
  gives: { etag: 'the version', 'idempotent-replayed': 'true if the answer is that of an earlier request with this key' },
  refusals: {
    400: 'data that do not fit the schema',
    409: 'the domain refuses the command, or other writers were first at every try',
    412: 'the stream is at another version',
    413: 'a body or commit that is too large',
    415: 'not JSON',
    422: 'an idempotency key that an earlier request used with other data',
    503: 'a required service did not answer, or only a newer release knows the stream (`NewerRelease`): send the same request again',
  },
  operations: ({ deciders }) =>
    deciders.flatMap((decider) =>
      clientCommands(decider).map((type) => ({
        operationId: type,
        tag: decider.name,
        of: { aggregate: decider.name, command: type },
        body: bodyOf(decider.commands[type]),
        ...(commandVersion(decider.commands[type]) === 1 ? { leavesOut: ['command-version'] as const } : {}),
        answers: {
          200: {
            description: 'the recorded events; no events if the command changed nothing',
            schema: answerTo(answerSchema(decider, type)),
          },
        },
        ...(rowOf<unknown>(decider.allow ?? {}, type) === undefined ? {} : { refusals: { 403: notAllowed } }),
      })),
    ),
};

/** The newest version stands first. */
const bodyOf = (schema: z.ZodType): Json => {
  const versions = schemasOfVersions(schema).map((one, index) => ({ ...schemaOf(one, 'input'), title: `version ${index + 1}` }));
  return versions.length === 1 ? schemaOf(schema, 'input') : { anyOf: versions.toReversed() };
};

const notAllowed = 'a rule of the aggregate does not allow this caller to send the command (`NotAllowed`)';

const answerShape = z.object({
  aggregate: z.string(),
  id: z.string(),
  version: z.int().describe('the version of the stream after the command'),
  events: z.array(z.object({ type: z.string(), version: z.int() })),
  token: z.string().describe('for Read-After'),
});

export const answer = schemaOf(answerShape, 'output');

/** A command may answer with data of its own. */
const answerTo = (schema: z.ZodType | undefined): Json => {
  if (schema === undefined) return ref('Answer');
  const own = z.object({ answer: schema.optional() });
  const told = 'missing only if an earlier release, which answered without it, carried out the request';
  return { ...schemaOf(answerShape.extend(own.shape), 'output'), description: `answer: ${told}` };
};
