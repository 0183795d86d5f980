import * as z from 'zod';
import { webhooksOf } from '../../core/registry/domain.ts';
import { signatureHeaderOf, signedHeadersOf } from '../../core/webhooks/signatures.ts';
import type { AnyWebhook } from '../../core/webhooks/webhook.ts';
import { type Description, type Json, schemaOf } from './parts.ts';

/** The routes that providers post to. */
export const webhook: Description<'webhook'> = {
  variables: { webhook: 'the provider' },
  query: {},
  takes: {},
  gives: {},
  refusals: {
    400: 'a body that is not of this provider: nothing is recorded',
    401: 'not signed with a secret of this webhook, or too old: nothing is recorded',
    413: 'a body that is too large',
    415: 'not JSON',
    503: 'a required service did not answer: deliver the event again',
  },
  operations: (domain) =>
    webhooksOf(domain).map((one) => ({
      operationId: `webhook-of-${one.name}`,
      tag: 'webhooks',
      of: { webhook: one.name },
      body: bodyOf(one),
      answers: { 200: { description: told(one), schema: received } },
    })),
};

/** A body has what every body of the provider has. That of an event with a row has more. */
const bodyOf = ({ envelope, events }: AnyWebhook): Json => ({
  allOf: [
    schemaOf(envelope, 'input'),
    { anyOf: [...Object.entries(events).map(([type, { schema }]) => named(type, schema)), { title: 'another event' }] },
  ],
});

const named = (title: string, schema: z.ZodType): Json => ({ title, ...schemaOf(schema, 'input') });

const told = ({ verifies }: AnyWebhook): string => {
  const [header, covered] = [signatureHeaderOf(verifies), signedHeadersOf(verifies)];
  const by = header === undefined ? 'The provider signs the body' : `The header ${header} signs the body`;
  return `the event, and what came of it. ${by}${covered.length === 0 ? '' : `, and the headers ${covered.join(', ')}`}.`;
};

const received = schemaOf(
  z.object({
    id: z.string().describe("the event's id"),
    outcome: z
      .enum(['received', 'parked', 'ignored'])
      .describe(
        'received: its commands are carried out; parked: an aggregate refused one, and an operator decides; ignored: its type causes nothing',
      ),
  }),
  'output',
);
