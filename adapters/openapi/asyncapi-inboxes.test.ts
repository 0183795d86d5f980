import { expect, test } from '@jest/globals';
import { domain } from '../../test/depot/index.ts';
import { toAsyncApi } from './asyncapi.ts';

// biome-ignore lint/suspicious/noExplicitAny: a JSON document, looked at from outside.
const api = toAsyncApi(domain) as any;

test('a service describes what it receives, with the schemas that it reads', () => {
  expect(Object.keys(api.channels)).toEqual(['inbox:orders', 'inbox:till', 'inbox:stores']);
  expect(api.operations['receive-orders']).toEqual({ action: 'receive', channel: { $ref: '#/channels/inbox:orders' } });
  expect(api.channels['inbox:stores'].messages).toEqual({
    'Object Created': { $ref: '#/components/messages/inbox.stores.Object_Created' },
  });
  expect(api.components.messages['inbox.stores.Object_Created']).toMatchObject({ name: 'Object Created' });
  expect(api.components.schemas['inbox.till.sold']).toMatchObject({ type: 'object', required: ['parcel', 'cents'] });
});

test('its channels say where messages come from, and how they are read', () =>
  expect(Object.values<{ description: string }>(api.channels).map(({ description }) => description)).toEqual([
    'Events of the sources orders on a bus, read as CloudEvents 1.0.',
    'A queue, read as JSON.',
    'A queue, read as events of EventBridge.',
  ]));
