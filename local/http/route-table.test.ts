import { describe, expect, test } from '@jest/globals';
import { matchRoute } from './route-table.ts';

const keys = [
  '$default',
  'ANY /{proxy+}',
  'GET /{projection}',
  'GET /{projection}/{key}',
  'GET /streams/{aggregate}/{id}',
  'GET /streams/{aggregate}/{id+}',
  'GET /health',
  'ANY /health',
  'POST /{aggregate}/{id}/{command}',
  'GET /files/{path+}',
];
const routes = keys.map((key) => ({ key, target: key }));
const all = (method: string, path: string) => matchRoute(routes, method, path);
const few = (method: string, path: string) =>
  matchRoute(
    routes.filter(({ key }) => !key.includes('+')),
    method,
    path,
  );

describe('the route of a request', () => {
  test.each<[string, string, string, Record<string, string>]>([
    ['GET', '/health', 'GET /health', {}],
    ['POST', '/health', 'ANY /health', {}],
    ['GET', '/order-summary', 'GET /{projection}', { projection: 'order-summary' }],
    ['GET', '/order-summary/1', 'GET /{projection}/{key}', { projection: 'order-summary', key: '1' }],
    ['GET', '/streams/order/1', 'GET /streams/{aggregate}/{id}', { aggregate: 'order', id: '1' }],
    ['GET', '/streams/order/1/2', 'GET /streams/{aggregate}/{id+}', { aggregate: 'order', id: '1/2' }],
    ['POST', '/order/1/PlaceOrder', 'POST /{aggregate}/{id}/{command}', { aggregate: 'order', id: '1', command: 'PlaceOrder' }],
    ['PUT', '/order/1/PlaceOrder', 'ANY /{proxy+}', { proxy: 'order/1/PlaceOrder' }],
    ['GET', '/files/a/b%20c', 'GET /files/{path+}', { path: 'a/b c' }],
    [
      'POST',
      '/order/a%2Fb%C3%A9/PlaceOrder',
      'POST /{aggregate}/{id}/{command}',
      { aggregate: 'order', id: 'a/bé', command: 'PlaceOrder' },
    ],
  ])('%s %s', (method, path, key, parameters) => {
    expect(all(method, path)).toMatchObject({ key, target: key, parameters });
  });

  test.each([
    ['POST', '/order//PlaceOrder'],
    ['GET', '/order-summary/'],
    ['DELETE', '/order-summary'],
    ['HEAD', '/order-summary'],
    ['GET', '/'],
    ['GET', '/a/b/c/d'],
  ])('%s %s is the default', (method, path) => expect(few(method, path)).toMatchObject({ key: '$default', parameters: {} }));

  test('is none where there is no default', () => expect(matchRoute([{ key: 'GET /a', target: 0 }], 'GET', '/b')).toBeUndefined());

  test('does not exist for a path that is not properly encoded', () => expect(() => all('GET', '/order-summary/%ZZ')).toThrow(URIError));
});
