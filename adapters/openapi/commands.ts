import * as z from 'zod';
import { type Description, ref, schemaOf } from './parts.ts';

export const command: Description<'command'> = {
  variables: { aggregate: 'the kind of aggregate', id: 'the aggregate', command: 'the command' },
  query: {},
  takes: {
    'idempotency-key': 'A second request with the same key gets the same answer and changes nothing.',
    'if-match': 'A version in quotes. 412 if the stream is at another version.',
    'if-none-match': '*: 412 if the stream exists.',
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
    deciders.flatMap(({ name, commands }) =>
      Object.keys(commands).map((type) => ({
        operationId: type,
        tag: name,
        of: { aggregate: name, command: type },
        body: schemaOf(commands[type], 'input'),
        answers: { 200: { description: 'the recorded events; no events if the command changed nothing', schema: ref('Answer') } },
      })),
    ),
};

export const answer = schemaOf(
  z.object({
    aggregate: z.string(),
    id: z.string(),
    version: z.int().describe('the version of the stream after the command'),
    events: z.array(z.object({ type: z.string(), version: z.int() })),
    token: z.string().describe('for Read-After'),
  }),
  'output',
);
