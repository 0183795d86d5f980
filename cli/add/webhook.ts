import type { AnyDecider } from '../../core/write/decider.ts';
import { UsageError } from '../command-line.ts';
import type { Addition } from './addition.ts';
import { kebabName } from './names.ts';
import { type FolderOf, importsOf, named } from './saga.ts';
import { literal } from './samples.ts';

/** The files of a webhook that sends one command for one type of event. */
export const webhook = (text: string, sends: string | undefined, others: readonly AnyDecider[], folderOf: FolderOf): Addition => {
  const name = kebabName(text);
  if (sends === undefined) throw new UsageError('Say which command it sends: --sends AGGREGATE.Command.');
  const step = named(sends, others);
  const imports = importsOf({ of: step.to, step }, folderOf);
  const command = (id: string) => `commandTo(${step.to.name}, { id: ${id}, type: '${step.command}', data: ${literal(step.data)} })`;
  return {
    files: {
      [`${name.kebab}/webhook.ts`]: `import { commandTo, defineWebhook, hmac } from 'foldstream';
import * as z from 'zod';
${imports}

/** What a provider posts to /webhooks/${name.kebab}. Each of its events acts once, however often it is delivered. */
export const ${name.camel} = defineWebhook({
  name: '${name.kebab}',
  // As the provider's documentation says; stripe(), github(), shopify(), ed25519() and signedBy() are others.
  verifies: hmac({ header: 'x-signature', encoding: 'hex' }),
  envelope: z.object({ id: z.string(), type: z.string(), createdAt: z.iso.datetime() }),
  id: ({ id }) => id,
  type: ({ type }) => type,
  happenedAt: ({ createdAt }) => new Date(createdAt),
  to: [${step.to.name}],
  events: {
    'something.happened': {
      schema: z.object({ reference: z.string() }),
      commands: ({ reference }) => ${command('reference')},
    },
  },
});
`,
      [`${name.kebab}/${name.kebab}.test.ts`]: `import { commandTo } from 'foldstream';
import { webhookScenarios } from 'foldstream/testing';
${imports}
import { ${name.camel} } from './webhook.ts';

webhookScenarios(${name.camel}, {
  'an event sends ${step.command}': {
    given: { id: 'evt_1', type: 'something.happened', createdAt: '2026-06-01T00:00:00.000Z', reference: 'main' },
    then: [${command("'main'")}],
  },
});
`,
    },
    member: { list: 'webhooks', identifier: name.camel, path: `./${name.kebab}/webhook.ts` },
    says: `Posted to /webhooks/${name.kebab}, something.happened sends ${step.command} now: write the provider's signature, bodies and events in ${name.kebab}/webhook.ts.`,
  };
};
