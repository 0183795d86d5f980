import { expect, test } from '@jest/globals';
import * as z from 'zod';
import { defineMapping, type History, history, mapped, readEntry } from '../../core/import/mapping.ts';
import { tally } from '../support/tally.ts';

const given = { id: 'a', recordedAt: '2001-02-03T04:05:06Z', commandId: 'one' };
const added = { type: 'Added', data: { amount: 1 } } as const;

const read = (happened: History | undefined, text = '{}') =>
  readEntry(defineMapping({ line: z.object({ wanted: z.string().optional() }), toHistory: () => happened }), text);

test('a line becomes what its mapping says', () => {
  expect(read(history(tally, { ...given, events: [added], actor: 'ada' }))).toEqual({
    decider: tally,
    stream: { aggregate: 'tally', id: 'a' },
    request: {
      ...{ commandId: 'one', correlationId: 'one', causationId: 'one', actor: 'ada' },
      ...{ command: { type: 'Import', data: [added] }, received: [added] },
    },
    events: [added],
    stored: [{ ...added, schema: 1 }],
    recordedAt: '2001-02-03T04:05:06.000Z',
  });
});

test('what the events belong to and what led to them may be said; otherwise both are the id of the command', () => {
  expect(read(history(tally, { ...given, events: [added], correlationId: 'flow-77', causationId: 'order-1@3' }))?.request).toMatchObject({
    ...{ commandId: 'one', correlationId: 'flow-77', causationId: 'order-1@3' },
  });
  expect(read(history(tally, { ...given, events: [added] }))?.request).toMatchObject({ correlationId: 'one', causationId: 'one' });
});

test('the attributes of the original commit are kept', () => {
  const attributes = { by: 'partner', depth: 3, commandType: 'Add', commandSchema: 2, commandFrom: 'client' } as const;
  const kept = { answer: { schema: 3, data: { total: 1 } }, sealed: 4 };
  const entry = read(history(tally, { ...given, events: [added], ...attributes, ...kept }));
  expect(entry).toMatchObject({ request: attributes, ...kept });
  const least = { depth: 0, commandSchema: 1, sealed: 1, answer: { schema: 1, data: null } };
  expect(read(history(tally, { ...given, events: [added], ...least }))).toMatchObject({
    request: { depth: 0, commandSchema: 1 },
    sealed: 1,
  });
});

test.each(['!', '~', 'row-7', 'a'.repeat(128)])('the id of a command may be %j', (commandId) =>
  expect(read(history(tally, { ...given, commandId, events: [added] }))?.request.commandId).toBe(commandId),
);
test.each(['a,b', 'a b', ' a', 'a ', 'é', 'a'.repeat(129)])('the id of a command cannot be %j', (commandId) =>
  expect(() => read(history(tally, { ...given, commandId, events: [added] }))).toThrow(
    'the history: commandId: it has 1 to 128 visible ASCII characters, and no comma',
  ),
);

test.each([
  [undefined, undefined, undefined],
  [undefined, 'acme', 'acme'],
  ['bolt', 'acme', 'bolt'],
])('of the tenant that the line says (%s), or else of the one that the import was told (%s)', (said, told, tenant) => {
  const happened = history(tally, { ...given, events: [added], tenant: said });
  const mapping = defineMapping({ line: z.object({}), toHistory: () => happened });
  expect(readEntry(mapping, '{}', told)?.stream).toEqual({ aggregate: 'tally', id: 'a', ...(tenant === undefined ? {} : { tenant }) });
});

test('each line of a mapping is a commit of its own', () => {
  const format = mapped({ line: z.object({}), toHistory: () => history(tally, { ...given, events: [added] }) }, 'acme');
  expect(format.goesOn({}, {})).toBe(false);
  expect(format.read([{}])?.stream).toEqual({ tenant: 'acme', aggregate: 'tally', id: 'a' });
});

test('a line may be left out', () => expect(read(undefined)).toBeUndefined());

test.each([
  ['2001-02-03T04:05:06+02:00', '2001-02-03T02:05:06.000Z'],
  ['2001-02-03T04:05:06.789123Z', '2001-02-03T04:05:06.789Z'],
])('%s is recorded as %s', (recordedAt, utc) =>
  expect(read(history(tally, { ...given, recordedAt, events: [added] }))?.recordedAt).toBe(utc),
);

const faulty = (change: object) => ({ ...history(tally, { ...given, events: [added] }), ...change }) as History;

const faults: Readonly<Record<string, { happened?: History; text?: string; says: string }>> = {
  'no JSON': { text: '{"wanted": ', says: 'the line is not JSON' },
  'no object': { text: '[]', says: 'the line: data: Invalid input: expected object' },
  'a wrong field': { text: '{"wanted": 1}', says: 'the line: wanted: Invalid input: expected string' },
  'a time without an offset': { happened: faulty({ recordedAt: '2001-02-03T04:05:06' }), says: 'the history: recordedAt: ' },
  'a day that is none': { happened: faulty({ recordedAt: '2001-02-30T04:05:06Z' }), says: 'the history: recordedAt: ' },
  'an id without letters': { happened: faulty({ commandId: '' }), says: 'the history: commandId: it has 1 to 128' },
  'no events': { happened: faulty({ events: [] }), says: 'the history: events: there must be at least one' },
  'an unknown event': { happened: faulty({ events: [{ type: 'Removed', data: {} }] }), says: "no message type 'Removed' is declared" },
  'an event with wrong data': {
    happened: faulty({ events: [{ type: 'Added', data: { amount: 'much' } }] }),
    says: 'tally: Added does not fit its schema: Added: amount: ',
  },
  'a tenant that cannot be': { happened: faulty({ tenant: 'a/b' }), says: "'a/b' cannot be a tenant" },
  'a stream that cannot be': { happened: faulty({ id: '' }), says: 'an id has 1 to 128 characters' },
};
test('what a line breaks is invalid data, and the message names the place', () => {
  expect(() => read(undefined, '{"wanted": ')).toThrow(expect.objectContaining({ name: 'Invalid', code: 'InvalidData' }));
});

test.each([
  ['by', ''],
  ['depth', -1],
  ['depth', 0.5],
  ['sealed', 0],
  ['commandFrom', 'saga' as 'client'],
  ['commandType', ''],
  ['correlationId', ''],
  ['causationId', ''],
  ['commandSchema', 0],
  ['answer', { data: {} }],
])('an attribute that cannot be is named: %s is %j', (field, value) =>
  expect(() => read(faulty({ [field]: value }))).toThrow(`the history: ${field}`),
);

test('the schema version of an answer begins with 1', () =>
  expect(() => read(faulty({ answer: { schema: 0, data: {} } }))).toThrow('the history: answer.schema'));

test.each(Object.entries(faults))('%s is named', (_, { happened, text, says }) => expect(() => read(happened, text)).toThrow(says));
