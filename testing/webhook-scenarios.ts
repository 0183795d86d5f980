import { describe, expect, test } from '@jest/globals';
import type { CommandTo } from '../core/processes/command-to.ts';
import { freeze } from '../core/testing/freeze.ts';
import { commandsOf } from '../core/webhooks/receiving.ts';
import type { SignedHeaders } from '../core/webhooks/signatures.ts';
import type { AnyWebhook } from '../core/webhooks/webhook.ts';

/** A row of `webhookScenarios`: a body as the provider posts it, and the commands that it causes, in their order. */
export interface WebhookScenario {
  readonly given: unknown;
  /** The headers that the signature covers. */
  readonly headers?: SignedHeaders;
  readonly then: readonly CommandTo[];
}

/** Runs each row through the webhook, without its signature. Each event with a row is given at least once. */
export const webhookScenarios = (webhook: AnyWebhook, table: Readonly<Record<string, WebhookScenario>>): void => {
  const typeOf = ({ given, headers = {} }: WebhookScenario): string => webhook.type(webhook.envelope.parse(given), headers);
  describe(`${webhook.name}:`, () => {
    for (const [title, scenario] of Object.entries(table))
      test(title, () => {
        const { given, headers = {}, then } = scenario;
        const id = webhook.id === 'digest' ? 'digest' : webhook.id(webhook.envelope.parse(given), headers);
        const commands = commandsOf(webhook, { id, type: typeOf(scenario) }, { body: freeze(given), headers });
        expect(commands.map(inWords)).toEqual(then.map(inWords));
      });
    test('every event with a row is given', () => {
      const given = new Set(Object.values(table).map(typeOf));
      expect(Object.keys(webhook.events).filter((type) => !given.has(type))).toEqual([]);
    });
  });
};

const inWords = ({ to, sends }: CommandTo) => ({ to: to.name, ...sends });
