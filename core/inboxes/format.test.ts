import { describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { enveloped, message, placed } from '../../test/depot/service.ts';
import { cloudEvents, eventBridge, type Format, plain } from './format.ts';

const read = (format: Format, body: unknown, attributes: Readonly<Record<string, string>> = {}) =>
  format.read(message(body, { attributes }));
const event = { source: 'orders', id: '7', type: 'OrderPlaced.v1', time: '2026-06-01T00:00:00.000Z', extensions: {} };
const data = { orderId: '7', customerId: 'ada', totalCents: 100 };

describe('a CloudEvent', () => {
  test.each<[string, unknown, object]>([
    ['in JSON', placed('7'), {}],
    ['in the envelope of EventBridge', enveloped(placed('7')), {}],
    ['with a subject', placed('7', {}, { subject: 'order-7' }), { subject: 'order-7' }],
    ['with further attributes', placed('7', {}, { tenant: 'acme', depth: 1 }), { extensions: { tenant: 'acme', depth: 1 } }],
    ['with a time of another zone', placed('7', {}, { time: '2026-06-01T02:00:00+02:00' }), {}],
    ['of a later minor version', placed('7', {}, { specversion: '1.1' }), {}],
  ])('%s', (_, body, more) => expect(read(cloudEvents(), body)).toEqual({ event: { ...event, ...more }, data }));

  test('without a time', () => {
    const { time: _, ...timeless } = event;
    expect(read(cloudEvents(), placed('7', {}, { time: undefined }))).toEqual({ event: timeless, data });
  });

  test('without data', () => expect(read(cloudEvents(), placed('7', {}, { data: undefined })).data).toBeUndefined());

  test('whose data are in base64', () => {
    const encoded = Buffer.from(JSON.stringify({ name: 'Zoë' })).toString('base64');
    const body = placed('7', {}, { data: undefined, data_base64: encoded });
    expect(read(cloudEvents(), body).data).toEqual({ name: 'Zoë' });
    expect(read(cloudEvents(), { ...body, datacontenttype: 'text/plain' }).data).toBe('{"name":"Zoë"}');
    expect(() => read(cloudEvents(), { ...body, data_base64: '/w==' })).toThrow('data_base64: is not text in base64');
    expect(() => read(cloudEvents(), { ...body, data_base64: '%' })).toThrow('data_base64: is not text in base64');
  });

  describe('in binary mode', () => {
    const attributes = { specversion: '1.0', id: '7', source: 'orders', type: 'OrderPlaced.v1', time: '2026-06-01T00:00:00Z' };
    const named = (prefix: string, more: object = {}) =>
      Object.fromEntries(Object.entries({ ...attributes, ...more }).map(([name, value]) => [`${prefix}${name}`, value]));

    test.each(['ce-', 'ce_', 'Ce-', 'cloudEvents_', 'cloudEvents-'])('with the prefix %s', (prefix) =>
      expect(read(cloudEvents(), data, { ...named(prefix, { tenant: 'acme' }), other: 'x' })).toEqual({
        event: { ...event, extensions: { tenant: 'acme' } },
        data,
      }),
    );
    test.each([
      ['application/json; charset=utf-8', true],
      ['application/vnd.acme+json', true],
      ['text/plain', false],
      ['text/plain; like=application/json', false],
    ])('with data in %s', (datacontenttype, isJson) =>
      expect(read(cloudEvents(), data, named('ce-', { datacontenttype })).data).toEqual(isJson ? data : JSON.stringify(data)),
    );
    test('without a source', () =>
      expect(() => read(cloudEvents(), data, { 'ce-specversion': '1.0', 'ce-id': '7', 'ce-type': 'x' })).toThrow('attributes: source: '));
  });

  test.each<[string, unknown, string]>([
    ['text', '{', 'the message is not JSON: '],
    ['another version', placed('7', {}, { specversion: '0.3' }), 'a CloudEvent: specversion: '],
    ['no id', placed('', {}, {}), 'a CloudEvent: id: '],
    ['a wrong time', placed('7', {}, { time: 'now' }), 'a CloudEvent: time: '],
    ['an endless id', placed('x'.repeat(2049)), 'a CloudEvent: id: '],
    ['a list', [], 'a CloudEvent: data: '],
    ['an event of EventBridge', enveloped({ source: 'a' }, { detail: 7 }), 'a CloudEvent: data: '],
    ['data elsewhere', placed('7', {}, { data: undefined, dataref: '/streams/order/7' }), "they are at '/streams/order/7' (dataref)"],
  ])('is not: %s', (_, body, says) => expect(() => read(cloudEvents(), body)).toThrow(says));
});

describe('an event of EventBridge', () => {
  test('is described by its envelope', () =>
    expect(read(eventBridge(), enveloped({}, { source: 'aws.s3', 'detail-type': 'Object Created', detail: { key: 'k' } }))).toEqual({
      event: { ...event, id: 'e-1', source: 'aws.s3', type: 'Object Created' },
      data: { key: 'k' },
    }));
  test('without a time', () => expect(read(eventBridge(), enveloped({}, { time: undefined })).event).not.toHaveProperty('time'));
  test('is not without a type', () =>
    expect(() => read(eventBridge(), { id: '1', source: 's', detail: {} })).toThrow('an event of EventBridge: detail-type: '));
});

describe('plain JSON', () => {
  const format = plain({
    source: ({ shop = 'shop' }) => shop,
    body: z.object({ no: z.int(), shop: z.string().optional(), at: z.string().optional() }),
    id: ({ no }) => String(no),
    type: () => 'sold',
    time: ({ at }) => at,
    data: ({ no }) => ({ no }),
  });
  test('says by functions what it is', () =>
    expect(read(format, { no: 7, shop: 'b', at: '2026-06-01T00:00:00Z' })).toEqual({
      event: { source: 'b', id: '7', type: 'sold', time: '2026-06-01T00:00:00.000Z', extensions: {} },
      data: { no: 7 },
    }));
  test('of a bus is the detail', () =>
    expect(read(format, enveloped({ no: 7 } as object)).event).toMatchObject({ source: 'shop', id: '7' }));
  test('without functions for them has no time, and the whole body as its data', () => {
    const short = plain({ source: 'till', body: z.object({ no: z.int() }), id: ({ no }) => String(no), type: () => 'sold' });
    expect(read(short, { no: 7, more: true })).toEqual({
      event: { source: 'till', id: '7', type: 'sold', extensions: {} },
      data: { no: 7, more: true },
    });
  });
  test.each<[string, unknown, string]>([
    ['does not fit', { no: 'x' }, 'body: no: '],
    ['has an empty source', { no: 7, shop: '' }, 'the event: source: '],
    ['has a wrong time', { no: 7, at: 'now' }, 'the event: time: '],
  ])('is no event if it %s', (_, body, says) => expect(() => read(format, body)).toThrow(says));
});
