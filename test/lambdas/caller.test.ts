import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import type { Context } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { context, itemsOf } from '../support/read-lambda.ts';

const dynamo = mockClient(DynamoDBDocumentClient);
let seen: IncomingMessage[];
let status: number;
const provider = createServer((request, response) => {
  seen.push(request);
  response.writeHead(status).end();
});
let handler: (event: unknown, context: Context) => Promise<void>;
beforeAll(async () => {
  await once(provider.listen(0, '127.0.0.1'), 'listening');
  const ENDPOINTS = JSON.stringify({ 'payment-provider': `http://127.0.0.1:${(provider.address() as AddressInfo).port}` });
  Object.assign(process.env, { EVENTS_TABLE: 'events', ENDPOINTS, AWS_REGION: 'eu-central-1' });
  handler = (await import('../../lambdas/outbound-requests.ts')).handler as unknown as typeof handler;
});
afterAll(() => {
  provider.closeAllConnections();
  provider.close();
});
beforeEach(() => {
  [seen, status] = [[], 200];
  dynamo.reset();
  const [item] = itemsOf('payment-42', [{ type: 'PaymentRequested', schema: 1, data: { amountCents: 700 } }]);
  dynamo.on(QueryCommand).resolves({ Items: [item ?? {}] });
  for (const said of ['error', 'info'] as const) jest.spyOn(console, said).mockImplementation(() => {});
});

const notice = { detail: { id: 'payment-42@1', correlationid: 'c', causationid: 'k' } };

test('a notice of an event makes the call that the event asks for', async () => {
  await handler(notice, context);
  expect(seen.map(({ url, headers }) => [url, headers['idempotency-key']])).toEqual([['/payments/42/charge', 'payment-42@1']]);
});

test('a refusal fails the function, so that the notice is kept', async () => {
  status = 422;
  await expect(handler(notice, context)).rejects.toMatchObject({ name: 'CallRefused' });
  expect(seen).toHaveLength(1);
});

test('a notice that comes through a queue makes the call, too', async () => {
  await handler({ Records: [{ body: JSON.stringify(notice) }] }, context);
  expect(seen.map(({ url }) => url)).toEqual(['/payments/42/charge']);
});

test('an event that is no notice makes no call', async () => {
  await expect(handler({ detail: {} }, context)).rejects.toMatchObject({ name: 'Invalid' });
  expect(seen).toEqual([]);
});
