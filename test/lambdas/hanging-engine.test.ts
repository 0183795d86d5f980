import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { takeLines } from '../support/log-lines.ts';
import { context, type HttpHandler, httpEvent, jsonOf } from '../support/read-lambda.ts';

// It takes every request and answers none.
let requests = 0;
const engine: Server = createServer(() => {
  requests += 1;
});
let handler: HttpHandler;

beforeAll(async () => {
  await once(engine.listen(0, '127.0.0.1'), 'listening');
  Object.assign(process.env, {
    ...{ EVENTS_TABLE: 'events', AWS_REGION: 'eu-central-1', AUTH: 'none', AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' },
    AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${(engine.address() as AddressInfo).port}`,
  });
  handler = (await import('../../lambdas/command.ts')).handler as unknown as HttpHandler;
  takeLines();
});
afterAll(() => {
  engine.close();
  engine.closeAllConnections();
});

test('a request that is never answered is given up and sent again, and the caller is told to try later', async () => {
  const lines = [{ productId: 'book', sellerId: 'ada', priceCents: 2990, freightCents: 410 }];
  const params = { aggregate: 'order', id: 'o-1', command: 'PlaceOrder' };
  const answer = await handler(httpEvent('POST /{aggregate}/{id}/{command}', { params, body: { customerId: 'cleo', lines } }), context);
  expect(answer).toMatchObject({ statusCode: 503, headers: { 'retry-after': expect.any(String) } });
  expect(jsonOf(answer)).toMatchObject({ code: 'Unavailable' });
  expect(requests).toBe(4);
});
