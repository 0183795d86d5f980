import { expect, test } from '@jest/globals';
import { bank, domain, hub, tab } from '../../../test/kiosk/index.ts';
import { defineDomain } from '../../registry/domain.ts';
import type { AnyWebhook } from '../../webhooks/webhook.ts';
import { compareWebhooks, webhookShapes, webhooksKey } from './webhooks.ts';

const [one, other] = [bank as unknown as AnyWebhook, hub as unknown as AnyWebhook];
const shapesOf = (...webhooks: readonly AnyWebhook[]) => webhookShapes(defineDomain({ deciders: [tab], projections: [], webhooks }));
const found = (...webhooks: readonly AnyWebhook[]) =>
  compareWebhooks(shapesOf(one, other), shapesOf(...webhooks)).map(({ severity, path, change }) => `${severity}: ${path} ${change}`);

test('the lock has the events of each webhook, and where its ids come from', () => {
  expect(webhooksKey).toBe('received-by-webhooks');
  expect(webhookShapes(domain)).toEqual({
    bank: { id: 'body', events: ['money.received'] },
    bot: { id: 'body', events: ['ping'] },
    hub: { id: 'digest', events: ['opened'] },
    post: { id: 'body', events: ['letter'] },
  });
});

const row = Object.values(one.events)[0] as AnyWebhook['events'][string];
test.each<[string, readonly AnyWebhook[], readonly string[]]>([
  ['nothing', [one, other], []],
  ['another function for the id', [{ ...one, id: () => 'x' }, other], []],
  ['an event more', [{ ...one, events: { ...one.events, more: row } }, other], ['compatible: webhook bank has rows for more events']],
  ['another event', [{ ...one, events: { more: row } }, other], ['incompatible: webhook bank has rows for fewer events']],
  ['another webhook', [one, other, { ...one, name: 'post' }], ['compatible: webhook post is a new webhook']],
  ['ids of the body', [one, { ...other, id: () => 'x' }], ['incompatible: webhook hub has its ids from elsewhere']],
  ['ids of the bytes', [{ ...one, id: 'digest' }, other], ['incompatible: webhook bank has its ids from elsewhere']],
  ['no webhook', [other], ['incompatible: webhook bank is no longer in the domain']],
  [
    'another name',
    [{ ...one, name: 'house' }, other],
    ['incompatible: webhook bank is no longer in the domain', 'compatible: webhook house is a new webhook'],
  ],
])('%s', (_, webhooks, findings) => expect(found(...webhooks)).toEqual(findings));
