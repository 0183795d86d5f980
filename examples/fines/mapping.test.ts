import { expect, test } from '@jest/globals';
import { readEntry } from 'foldstream/testing';
import { mapping } from './mapping.ts';

const read = (line: object) => readEntry(mapping, JSON.stringify({ fine: 'A100', at: '2006-08-02T00:00:00+02:00', ...line }));
const eventOf = (line: object) => read(line)?.events[0];

const on = '2006-08-02';
const createFine = {
  ...{ activity: 'Create Fine', amount: 62.59, officer: '18', dismissal: 'NIL', vehicleClass: 'A' },
  ...{ totalPaymentAmount: 0.0, article: 158, points: 0 },
};
const creation = { on, amountCents: 6259, officer: '18', vehicleClass: 'A', article: 158, points: 0 };

const table: readonly { readonly line: object; readonly event: object }[] = [
  { line: createFine, event: { type: 'FineCreated', data: creation } },
  { line: { ...createFine, dismissal: 'T' }, event: { type: 'FineCreated', data: { ...creation, dismissal: 'T' } } },
  { line: { activity: 'Send Fine', expense: 11.41 }, event: { type: 'FineSent', data: { on, expenseCents: 1141 } } },
  {
    line: { activity: 'Insert Fine Notification', notificationType: 'P', lastSent: 'N' },
    event: { type: 'OffenderNotified', data: { on, notificationType: 'P', lastSent: 'N' } },
  },
  {
    line: { activity: 'Insert Fine Notification', notificationType: 'C' },
    event: { type: 'OffenderNotified', data: { on, notificationType: 'C' } },
  },
  { line: { activity: 'Add penalty', amount: 131.3 }, event: { type: 'PenaltyAdded', data: { on, amountCents: 13130 } } },
  {
    line: { activity: 'Payment', paymentAmount: 4.96, totalPaymentAmount: 42.71 },
    event: { type: 'PaymentReceived', data: { on, amountCents: 496 } },
  },
  { line: { activity: 'Send for Credit Collection' }, event: { type: 'SentToCreditCollection', data: { on } } },
  { line: { activity: 'Insert Date Appeal to Prefecture' }, event: { type: 'AppealLodged', data: { on } } },
  { line: { activity: 'Send Appeal to Prefecture', dismissal: 'NIL' }, event: { type: 'AppealSentToPrefecture', data: { on } } },
  {
    line: { activity: 'Send Appeal to Prefecture', dismissal: '#' },
    event: { type: 'AppealSentToPrefecture', data: { on, dismissal: '#' } },
  },
  { line: { activity: 'Receive Result Appeal from Prefecture' }, event: { type: 'AppealResultReceived', data: { on } } },
  { line: { activity: 'Notify Result Appeal to Offender' }, event: { type: 'AppealResultNotified', data: { on } } },
  {
    line: { activity: 'Appeal to Judge', officer: '0', dismissal: 'G', matricola: 0 },
    event: { type: 'AppealedToJudge', data: { on, dismissal: 'G' } },
  },
];

test.each(table)('$line.activity is $event.type', ({ line, event }) => expect(eventOf(line)).toEqual(event));

test('a line says which fine it is about, and when it was recorded, in UTC', () => {
  expect(read(createFine)).toMatchObject({
    stream: { aggregate: 'fine', id: 'A100' },
    recordedAt: '2006-08-01T22:00:00.000Z',
    request: { commandId: 'register/FineCreated' },
  });
});

test('two payments of a day have ids of their own', () => {
  const idOf = (paymentAmount: number, totalPaymentAmount: number) =>
    read({ activity: 'Payment', paymentAmount, totalPaymentAmount })?.request.commandId;
  expect(new Set([idOf(10, 10), idOf(10, 20), idOf(15, 20)]).size).toBe(3);
});

test('whole numbers of cents up to 10,000 euros are read exactly', () => {
  const all = Array.from({ length: 143_000 }, (_, index) => index * 7);
  const line = (cents: number) =>
    `{"fine":"A1","activity":"Send Fine","at":"2006-08-02T00:00:00+02:00","expense":${(cents / 100).toFixed(2)}}`;
  const wrong = all.filter(
    (cents) => JSON.stringify(readEntry(mapping, line(cents))?.events[0]?.data) !== JSON.stringify({ on, expenseCents: cents }),
  );
  expect(wrong).toEqual([]);
});

const faults: Readonly<Record<string, { line: object; says: string }>> = {
  'parts of cents': { line: { activity: 'Send Fine', expense: 0.125 }, says: 'expense: 0.125 euros are not whole cents' },
  'an unknown activity': { line: { activity: 'Forget' }, says: 'activity: ' },
  'an unknown field': { line: { activity: 'Add penalty', amount: 1, interest: 2 }, says: 'Unrecognized key: "interest"' },
  'a field that is missing': { line: { activity: 'Add penalty' }, says: 'amount: ' },
  'a malformed time': { line: { activity: 'Add penalty', amount: 1, at: '2006' }, says: 'at: ' },
  'an appeal to a judge with an officer': {
    line: { activity: 'Appeal to Judge', officer: '7', dismissal: 'NIL', matricola: 0 },
    says: 'officer: ',
  },
  'a fine whose id cannot be the id of a stream': {
    line: { activity: 'Add penalty', amount: 1, fine: 'A/1' },
    says: 'an id has 1 to 128 characters',
  },
};
test.each(Object.entries(faults))('%s: the line is refused', (_, { line, says }) => expect(() => read(line)).toThrow(says));
