import { describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { payment } from '../../test/domain/payment/decider.ts';
import { courier, parcel } from '../../test/parcels/index.ts';
import type { Recorded } from '../basics/messages.ts';
import { commandTo } from '../processes/command-to.ts';
import type { ParkedCommand } from '../processes/ports.ts';
import type { HandleCommand } from '../write/command-handler.ts';
import { commandsOfAnswer, takeAnswer, takeAnswerAgain } from './answers.ts';
import type { AnyCalls } from './calls.ts';

const recordedAt = '2026-06-01T00:00:00.000Z';
const event: Recorded = {
  type: 'ParcelPacked',
  data: { grams: 1 },
  metadata: {
    ...{ eventId: 'acme/parcel-7@1', aggregate: 'parcel', id: '7', version: 1, recordedAt, tenant: 'acme' },
    ...{ commandId: 'k', correlationId: 'c', causationId: 'k' },
  },
};
const booked = { status: 201, text: '{"tracking":"t1","more":1}' };

describe('an answer', () => {
  test('is parsed, and its row knows the event', () =>
    expect(commandsOfAnswer(courier, event, booked)).toEqual([
      commandTo(parcel, { id: '7', type: 'BookPickup', data: { tracking: 't1' } }),
    ]));
  test.each([
    ['has no row', { status: 204, text: '' }],
    ['is worth no command', { status: 422, text: '{"reason":"gone"}' }],
  ])('that %s causes nothing', (_, answer) => expect(commandsOfAnswer(courier, event, answer)).toEqual([]));
  test.each([
    ['{"tracking":""}', /^answer: tracking: /],
    ['{}', /^answer: tracking: /],
    ['', /^answer: data: /],
    ['[]', /^answer: data: /],
    ['{', /^the answer is not JSON$/],
  ])('that is %j does not fit', (text, message) => expect(() => commandsOfAnswer(courier, event, { status: 201, text })).toThrow(message));
  test('may be empty where its schema says so', () => {
    const answered = { 204: () => commandTo(parcel, { id: '7', type: 'LoseParcel', data: {} }) };
    const empty: AnyCalls = { ...courier, answers: { 204: z.undefined() }, answered };
    expect(commandsOfAnswer(empty, event, { status: 204, text: '' })).toHaveLength(1);
  });
  test('causes commands to the aggregates of `to` only', () => {
    const answered = { 201: () => commandTo(payment, { id: '7', type: 'RefundPayment', data: {} }) };
    expect(() => commandsOfAnswer({ ...courier, answered } as AnyCalls, event, booked)).toThrow(
      "'courier' sends a command to 'payment', which its 'to' does not name",
    );
  });
});

const taking = (now: string) => {
  const asked: Parameters<HandleCommand>[] = [];
  const parked: ParkedCommand[] = [];
  const ports = {
    calls: [courier],
    handle: (async (...args: Parameters<HandleCommand>) => void asked.push(args)) as unknown as HandleCommand,
    parked: {
      put: async (one: ParkedCommand) => void parked.push(one),
      of: async () => [...parked],
      all: async function* () {},
      delete: async () => void parked.pop(),
    },
    now: () => new Date(now),
    onParked: () => {},
  };
  return { asked, parked, ports };
};

test('a command of an answer has an id made of the key of the call, and goes to the tenant of the event', async () => {
  const { asked, ports } = taking(recordedAt);
  await takeAnswer(ports)(courier, event, { answer: booked, isRepeated: false });
  expect(asked).toMatchObject([
    [
      parcel,
      { id: '7', tenant: 'acme' },
      {
        ...{ commandId: 'call:courier/acme/parcel-7@1/0', by: 'call:courier', causationId: 'acme/parcel-7@1', depth: 1 },
        tries: { isFirst: true },
      },
    ],
  ]);
});

test.each([
  ['the queue says so', recordedAt, true, false],
  ['its event is older than a minute', '2026-06-01T00:01:01.000Z', false, false],
  ['its event is a minute old: not yet', '2026-06-01T00:01:00.000Z', false, true],
])('a delivery is a later one if %s', async (_, now, isRepeated, isFirst) => {
  const { asked, ports } = taking(now);
  await takeAnswer(ports)(courier, event, { answer: booked, isRepeated });
  expect(asked[0]?.[2]).toMatchObject({ tries: { isFirst } });
});

test('an answer that does not fit is parked as it came, and taken again from there', async () => {
  const { parked, ports, asked } = taking(recordedAt);
  const answer = { status: 201, text: '{"trackingNumber":"t1"}' };
  await takeAnswer(ports)(courier, event, { answer, isRepeated: false });
  expect(parked).toMatchObject([
    { process: 'call:courier', cause: 'acme/parcel-7@1', place: 'row', code: 'InvalidData', input: JSON.stringify(answer) },
  ]);
  // The fix: a schema that knows the new name.
  const fixed: AnyCalls = {
    ...courier,
    answers: { 201: z.object({ trackingNumber: z.string() }) },
    answered: { 201: ({ trackingNumber }) => commandTo(parcel, { id: '7', type: 'BookPickup', data: { tracking: trackingNumber } }) },
  };
  await takeAnswerAgain({ ...ports, calls: [fixed] })('call:courier', event);
  expect(asked).toHaveLength(1);
  expect(parked).toEqual([]);
  await takeAnswerAgain(ports)('call:courier', event);
  expect(asked).toHaveLength(1);
  await expect(takeAnswerAgain(ports)('call:other', event)).rejects.toThrow("no calls are the process 'call:other'");
});
