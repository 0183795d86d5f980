import { describe, expect, test } from '@jest/globals';
import { noise } from '../support/noise.ts';
import type { Asked } from '../support/read-lambda.ts';
import { type Bad, badIds, each, edgeWithAnOrder, oddNames, placement } from './problems.ts';

const { at, isProblem, tryRows } = edgeWithAnOrder();

const command = (params: Readonly<Record<string, string>>, rest: Asked, ...gives: Bad['gives']): Bad => ({
  route: 'POST /{aggregate}/{id}/{command}',
  asked: { params: { aggregate: 'order', id: 'new', command: 'PlaceOrder', ...params }, body: placement, ...rest },
  gives,
});
const place = (rest: Asked, ...gives: Bad['gives']): Bad => command({}, rest, ...gives);
const header = (name: string, value: string, ...gives: Bad['gives']): Bad => place({ headers: { [name]: value } }, ...gives);

const notJson = ['{', 'x', '{"a":1}}', "{'a':1}", '\u0000', 'NaN', '[1,]'];
const noData = ['null', '1', '"x"', '[]', 'true', '{}', '{"__proto__":{}}', ''];
const otherTypes = ['text/plain', 'application/xml', 'text/json', 'application/jsonx', 'multipart/form-data', '', 'json'];
const large = 'x'.repeat(1024 * 1024 + 1);
const latin1 = Buffer.from([0x7b, 0xff, 0x7d]).toString('base64');

describe('a body', () =>
  tryRows([
    ...each('that is no JSON:', notJson, (body) => place({ body }, 400, 'InvalidRequest')),
    ...each('that is no data:', noData, (body) => place({ body }, 400, 'InvalidData')),
    ['of bytes that are no UTF-8', place({ body: latin1, isBase64Encoded: true }, 400, 'InvalidRequest')],
    ...each('of the type', otherTypes, (type) => header('content-type', type, 415, 'UnsupportedMediaType')),
    ['over 1 MB', place({ body: { ...placement, more: large } }, 413, 'BodyTooLarge')],
    ['over 1 MB, of another type', place({ body: large, headers: { 'content-type': 'text/plain' } }, 413, 'BodyTooLarge')],
  ]));

describe('names', () =>
  tryRows([
    ...each('the aggregate', [...oddNames, 'Order', 'order-', 'orders'], (aggregate) =>
      command({ aggregate }, {}, 404, 'UnknownAggregate'),
    ),
    ...each('the command', [...oddNames, 'placeOrder', 'OrderPlaced', 'RegisterCustomer'], (name) =>
      command({ command: name }, {}, 404, 'UnknownCommand'),
    ),
    ...each('the id', badIds, (id) => command({ id }, {}, 400, 'InvalidId')),
  ]));

describe('headers', () =>
  tryRows([
    ...each('Idempotency-Key', ['', 'a b', 'a,b', 'x'.repeat(129), 'ä', 'a\n'], (key) =>
      header('idempotency-key', key, 400, 'InvalidRequest'),
    ),
    ...each('If-Match', ['1', '"x"', 'W/"1"', '""', '"-1"', '"1", "2"', '', '"1.0"', '*'], (tag) =>
      header('if-match', tag, 400, 'InvalidRequest'),
    ),
    ...each('If-None-Match', ['"1"', '', '**'], (tag) => header('if-none-match', tag, 400, 'InvalidRequest')),
    ['both preconditions', place({ headers: { 'if-match': '"0"', 'if-none-match': '*' } }, 400, 'InvalidRequest')],
  ]));

describe('a stream', () =>
  tryRows([
    ['that is at another version', header('if-match', '"7"', 412, 'PreconditionFailed')],
    ['that is not new', command({ id: 'there' }, { headers: { 'if-none-match': '*' } }, 412, 'PreconditionFailed')],
    [
      'that has the key with other data',
      command(
        { id: 'there' },
        { body: { ...placement, customerId: 'dan' }, headers: { 'idempotency-key': 'used' } },
        422,
        'IdempotencyKeyReused',
      ),
    ],
    ['that refuses', command({ id: 'there' }, {}, 409, 'OrderAlreadyPlaced')],
  ]));

test('all faults in the data are reported at once, with their paths', async () => {
  const line = { productId: '', sellerId: 7, priceCents: -1, freightCents: 0.5 };
  const reply = await at.edge.send('order', 'new', 'PlaceOrder', { lines: [placement.lines[0], line], fulfilledBy: 'nobody' });
  isProblem(reply, 400, 'InvalidData');
  const issues = reply.body.issues as { path: string[]; message: string }[];
  const paths = ['customerId', 'fulfilledBy', 'lines.1.freightCents', 'lines.1.priceCents', 'lines.1.productId', 'lines.1.sellerId'];
  expect(issues.map(({ path }) => path.join('.')).sort()).toEqual(paths);
  for (const { message } of issues) expect(message).toEqual(expect.any(String));
});

test('a commit over 400 KB is too large, and says by how much', async () => {
  const reply = await at.edge.send('customer', 'new', 'RegisterCustomer', { name: noise(800_000), email: 'cleo@example.com' });
  isProblem(reply, 413, 'CommitTooLarge');
  expect(reply.body).toMatchObject({ stream: 'customer-new', maxBytes: 409_600 });
  expect(reply.body.sizeBytes).toBeGreaterThan(409_600);
});
