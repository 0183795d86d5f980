import { describe, expect, test } from '@jest/globals';
import { compileFilter } from './event-pattern.ts';

const insert = {
  eventName: 'INSERT',
  dynamodb: {
    NewImage: { stream: { S: 'order-42' }, types: { L: [{ S: 'OrderPlaced' }, { S: 'OrderApproved' }] }, gone: null },
    SizeBytes: 120,
  },
};

describe('a filter', () => {
  test.each<[string, unknown, boolean]>([
    ['an exact value', { eventName: ['INSERT'] }, true],
    ['one of several', { eventName: ['MODIFY', 'INSERT'] }, true],
    ['another value', { eventName: ['REMOVE'] }, false],
    ['a field that is not there', { other: ['INSERT'] }, false],
    ['two fields that both match', { eventName: ['INSERT'], dynamodb: { SizeBytes: [120] } }, true],
    ['two fields of which one does not', { eventName: ['INSERT'], dynamodb: { SizeBytes: [121] } }, false],
    ['a prefix', { dynamodb: { NewImage: { stream: { S: [{ prefix: 'order-' }] } } } }, true],
    ['another prefix', { dynamodb: { NewImage: { stream: { S: [{ prefix: 'customer-' }] } } } }, false],
    ['a suffix', { dynamodb: { NewImage: { stream: { S: [{ suffix: '42' }] } } } }, true],
    ['the same in other letters', { eventName: [{ 'equals-ignore-case': 'insert' }] }, true],
    ['what exists', { eventName: [{ exists: true }] }, true],
    ['what does not exist', { dynamodb: { OldImage: { stream: { S: [{ exists: false }] } } } }, true],
    ['what exists but should not', { eventName: [{ exists: false }] }, false],
    ['anything but one', { eventName: [{ 'anything-but': 'REMOVE' }] }, true],
    ['anything but this', { eventName: [{ 'anything-but': ['REMOVE', 'INSERT'] }] }, false],
    ['anything but a prefix', { eventName: [{ 'anything-but': { prefix: 'IN' } }] }, false],
    ['anything but, where nothing is', { other: [{ 'anything-but': 'x' }] }, false],
    ['a number in a range', { dynamodb: { SizeBytes: [{ numeric: ['>', 100, '<=', 120] }] } }, true],
    ['a number outside of it', { dynamodb: { SizeBytes: [{ numeric: ['<', 100] }] } }, false],
    ['a text that is not a number', { eventName: [{ numeric: ['>', 0] }] }, false],
    ['an element of a list', { dynamodb: { NewImage: { types: { L: { S: ['OrderApproved'] } } } } }, true],
    ['no element of a list', { dynamodb: { NewImage: { types: { L: { S: ['OrderShipped'] } } } } }, false],
    ['null', { dynamodb: { NewImage: { gone: [null] } } }, true],
    ['one of two patterns', { $or: [{ eventName: ['REMOVE'] }, { dynamodb: { SizeBytes: [120] } }] }, true],
    ['neither of two patterns', { $or: [{ eventName: ['REMOVE'] }, { dynamodb: { SizeBytes: [1] } }] }, false],
  ])('for %s', (_, pattern, expected) => {
    expect(compileFilter([JSON.stringify(pattern)])(insert)).toBe(expected);
  });

  test('without patterns passes every record', () => expect(compileFilter([])(insert)).toBe(true));

  test('of several patterns passes a record that matches one of them', () =>
    expect(compileFilter(['{"eventName":["REMOVE"]}', '{"eventName":["INSERT"]}'])(insert)).toBe(true));

  test.each([
    ['{"eventName":[{"wildcard":"IN*"}]}', 'wildcard'],
    ['{"size":[{"numeric":["~",1]}]}', '~'],
    ['{"size":[{"constructor":1}]}', 'constructor'],
    ['{"size":1}', 'an object'],
  ])('%s is refused, by name', (pattern, name) => expect(() => compileFilter([pattern])).toThrow(name));
});
