import { describe, expect, test } from '@jest/globals';
import { toAnswer } from './response.ts';

const read = (payload: unknown) => {
  const { status, headers, body } = toAnswer(payload);
  return { status, headers, body: body.toString() };
};

describe("a function's answer", () => {
  test('becomes the response', () =>
    expect(read({ statusCode: 201, headers: { 'Content-Type': 'application/json', ETag: '"8"', Age: 3 }, body: '{}' })).toEqual({
      status: 201,
      headers: { 'content-type': 'application/json', etag: '"8"', age: '3' },
      body: '{}',
    }));

  test('may be in base64', () =>
    expect(toAnswer({ statusCode: 200, body: '/wA=', isBase64Encoded: true }).body).toEqual(Buffer.from([255, 0])));

  test('sets cookies one by one', () =>
    expect(toAnswer({ statusCode: 200, cookies: ['a=1', 'b=2'] }).headers).toMatchObject({ 'set-cookie': ['a=1', 'b=2'] }));

  test('may be text without a type, and have no body', () =>
    expect(read({ statusCode: '204' })).toEqual({ status: 204, headers: { 'content-type': 'text/plain;charset=UTF-8' }, body: '' }));

  test('does not say how long it is', () =>
    expect(toAnswer({ statusCode: 200, headers: { 'Content-Length': '7' } }).headers).not.toHaveProperty('content-length'));

  test.each([
    [{ hello: 1 }, '{"hello":1}'],
    ['text', 'text'],
    [null, 'null'],
    [[1], '[1]'],
  ])('without a status code is the body: %j', (payload, body) =>
    expect(read(payload)).toEqual({ status: 200, headers: { 'content-type': 'application/json' }, body }),
  );

  test.each([
    { statusCode: 'many' },
    { statusCode: 7 },
    { statusCode: 999 },
    { statusCode: 200, body: { not: 'text' } },
    { statusCode: 200, headers: { a: ['list'] } },
    { statusCode: 200, headers: 'none' },
  ])('that cannot be a response is an internal error: %j', (payload) =>
    expect(read(payload)).toMatchObject({ status: 500, body: '{"message":"Internal Server Error"}' }),
  );
});
