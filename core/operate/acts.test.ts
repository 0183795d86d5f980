import { describe, expect, test } from '@jest/globals';
import { memoryEventStore } from '../../adapters/event-log/memory-event-store.ts';
import { handlerOn } from '../../test/support/handling.ts';
import { request } from '../../test/support/requests.ts';
import { streamName } from '../basics/stream.ts';
import { reservedNames } from '../registry/domain.ts';
import { scenarios } from '../testing/scenarios.ts';
import { foldingOf } from '../write/decider.ts';
import { acts, actsOf, demandMonth, firstMonth, longest, monthOf } from './acts.ts';

const act = { id: 'act-0001', act: 'redrive', target: 'order-summary order-42', why: 'INC-42' };
const end = { id: 'act-0001', outcome: 'done', result: '1 stream in, 0 still parked' } as const;
const begun = { type: 'ActBegun', data: act } as const;
const ended = { type: 'ActEnded', data: end } as const;

scenarios(acts, {
  'an act begins': { given: [], when: { type: 'BeginAct', data: act }, then: [begun] },
  'an act that has begun does not begin again': { given: [begun], when: { type: 'BeginAct', data: act }, then: [] },
  'another act begins beside it': {
    given: [begun],
    when: { type: 'BeginAct', data: { ...act, id: 'act-0002' } },
    then: [{ type: 'ActBegun', data: { ...act, id: 'act-0002' } }],
  },
  'an act ends': { given: [begun], when: { type: 'EndAct', data: end }, then: [ended] },
  'only the act that has begun can end': {
    given: [begun],
    when: { type: 'EndAct', data: { ...end, id: 'act-0002' } },
    then: { refused: 'UnknownAct' },
  },
  'an act ends once': { given: [begun, ended], when: { type: 'EndAct', data: end }, then: { refused: 'UnknownAct' } },
});

test('the stream of a month', () => {
  expect(streamName(actsOf(monthOf(new Date('2026-11-30T23:59:59.999Z'))))).toBe('system-2026-11');
  expect(reservedNames).toContain(acts.name);
  expect(acts.initialState()).toEqual({ open: [] });
});

/** Acts are stored for ever: their form never changes. */
test('the stored form of an act', async () => {
  const store = memoryEventStore(() => new Date('2026-11-23T03:00:00.000Z'));
  const handle = handlerOn(store);
  await handle(acts, { id: '2026-11' }, request({ type: 'BeginAct', data: act }, 'a'));
  await handle(acts, { id: '2026-11' }, request({ type: 'EndAct', data: end }, 'b'));
  const { commits } = await store.read(actsOf('2026-11'), { from: 1, limit: 10 });
  expect(commits.map(({ events }) => events)).toEqual([
    [
      {
        type: 'ActBegun',
        schema: 1,
        data: { id: 'act-0001', act: 'redrive', target: 'order-summary order-42', why: 'INC-42' },
      },
    ],
    [{ type: 'ActEnded', schema: 1, data: { id: 'act-0001', outcome: 'done', result: '1 stream in, 0 still parked' } }],
  ]);
  expect(foldingOf(acts).fingerprint).toBe('["system",1,{"open":"array"},2]');
});

describe('the form of an act:', () => {
  const fits = (change: object) => acts.commands.BeginAct.safeParse({ ...act, ...change }).success;
  const endFits = (change: object) => acts.commands.EndAct.safeParse({ ...end, ...change }).success;

  test.each<[object, boolean]>([
    [{}, true],
    [{ why: undefined }, true],
    [{ why: '' }, false],
    [{ why: 'x'.repeat(longest.why) }, true],
    [{ why: 'x'.repeat(longest.why + 1) }, false],
    [{ why: '\ud800' }, false],
    [{ target: 'x'.repeat(longest.target) }, true],
    [{ target: 'x'.repeat(longest.target + 1) }, false],
    [{ target: '' }, false],
    [{ act: 'erase' }, true],
    [{ act: 'Erase' }, false],
    [{ act: '' }, false],
    [{ act: 'x'.repeat(33) }, false],
    [{ id: 'short' }, false],
    [{ id: 'x'.repeat(65) }, false],
    [{ id: 'with space' }, false],
  ])('begin with %j: %s', (change, expected) => expect(fits(change)).toBe(expected));

  test('the fault of a text is named', () => {
    expect(acts.commands.BeginAct.safeParse({ ...act, why: '\ud800' }).error?.issues).toMatchObject([
      { message: expect.stringContaining('surrogate') },
    ]);
  });

  test.each<[object, boolean]>([
    [{}, true],
    [{ outcome: 'nothing' }, true],
    [{ outcome: 'failed' }, true],
    [{ outcome: 'begun' }, false],
    [{ result: 'x'.repeat(longest.result) }, true],
    [{ result: 'x'.repeat(longest.result + 1) }, false],
  ])('end with %j: %s', (change, expected) => expect(endFits(change)).toBe(expected));
});

test.each([
  ['2026-11', '2026-11-15T12:00:00Z', true],
  ['2026-10', '2026-11-15T12:00:00Z', false],
  ['2026-12', '2026-11-15T12:00:00Z', false],
  ['2026-10', '2026-11-01T23:59:59Z', true],
  ['2026-10', '2026-11-02T00:00:00Z', false],
  ['2026-12', '2026-11-30T00:00:00Z', true],
  ['2026-12', '2026-11-29T23:59:59Z', false],
])('an act may begin in %s at %s: %s', (month, now, expected) => {
  const demanding = () => demandMonth(month, new Date(now));
  if (expected) expect(demanding).not.toThrow();
  else expect(demanding).toThrow(expect.objectContaining({ code: 'InvalidRequest', message: expect.stringContaining('2026-11') }));
});

test('the first month is that of the release', () => expect(firstMonth).toBe('2026-11'));
