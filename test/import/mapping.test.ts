import { expect, test } from '@jest/globals';
import * as z from 'zod';
import { defineMapping, type History, history, readEntry } from '../../core/import/mapping.ts';
import { tally } from '../support/tally.ts';

const given = { id: 'a', recordedAt: '2001-02-03T04:05:06Z', commandId: 'one' };
const added = { type: 'Added', data: { amount: 1 } } as const;

const read = (happened: History | undefined, text = '{}') =>
  readEntry(defineMapping({ line: z.object({ wanted: z.string().optional() }), toHistory: () => happened }), text);

test('a line becomes what its mapping says', () => {
  expect(read(history(tally, { ...given, events: [added], actor: 'ada' }))).toEqual({
    decider: tally,
    stream: { aggregate: 'tally', id: 'a' },
    request: { commandId: 'one', correlationId: 'one', causationId: 'one', actor: 'ada', command: { type: 'Import', data: [added] } },
    events: [added],
    recordedAt: '2001-02-03T04:05:06.000Z',
  });
});

test.each([
  [undefined, undefined, undefined],
  [undefined, 'acme', 'acme'],
  ['bolt', 'acme', 'bolt'],
])('of the tenant that the line says (%s), or else of the one that the import was told (%s)', (said, told, tenant) => {
  const happened = history(tally, { ...given, events: [added], tenant: said });
  const mapping = defineMapping({ line: z.object({}), toHistory: () => happened });
  expect(readEntry(mapping, '{}', told)?.stream).toEqual({ aggregate: 'tally', id: 'a', ...(tenant === undefined ? {} : { tenant }) });
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
test.each(Object.entries(faults))('%s is named', (_, { happened, text, says }) => expect(() => read(happened, text)).toThrow(says));
