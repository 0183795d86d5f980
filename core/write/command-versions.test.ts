import { describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { digestOf } from '../../adapters/event-log/same-request.ts';
import { edgeOf } from '../../test/support/read-edge.ts';
import { memoryStores } from '../../test/support/read-taps.ts';
import { versioned, versionedCommand } from '../log/upcasting.ts';
import { defineDomain } from '../registry/domain.ts';
import { commandVersion, liftedCommand, schemasOfVersions } from './command-versions.ts';
import { type AnyDecider, defineDecider } from './decider.ts';

const filledV1 = z.object({ euros: z.int() });
const filledV2 = z.object({ cents: z.int() });
const fill = versionedCommand(z.object({ cents: z.int(), currency: z.string() }), {
  1: { from: filledV1, to: ({ euros }) => ({ cents: euros * 100 }) },
  2: { from: filledV2, to: ({ cents }) => ({ cents, currency: 'EUR' }) },
});
const filled = { Filled: z.object({ cents: z.int(), currency: z.string() }) };
const purseOf = (Fill: z.ZodType, make: (data: never) => object): AnyDecider =>
  defineDecider({
    name: 'purse',
    commands: { Fill },
    events: filled,
    initialState: () => ({ cents: 0 }),
    decide: { Fill: (data) => [{ type: 'Filled', data: make(data as never) as never }] },
    evolve: { Filled: (before, { cents }) => ({ cents: before.cents + cents }) },
  });
const today = purseOf(fill, (data) => data);
/** The release that had version 1 only. */
const first = purseOf(filledV1, ({ euros }: { euros: number }) => ({ cents: euros * 100, currency: 'EUR' }));

describe('a command of an older version', () => {
  test.each([
    [1, { euros: 7 }, { cents: 700, currency: 'EUR' }],
    [2, { cents: 7 }, { cents: 7, currency: 'EUR' }],
    [3, { cents: 7, currency: 'CHF' }, { cents: 7, currency: 'CHF' }],
  ])('%i is lifted to the newest', (version, data, lifted) => expect(liftedCommand(fill, { type: 'Fill', data, version })).toEqual(lifted));

  test.each([0, 4, 1.5, Number.NaN])('cannot be %d', (version) =>
    expect(() => liftedCommand(fill, { type: 'Fill', data: {}, version })).toThrow('Fill has the versions 1 to 3'),
  );

  test('is checked against its own schema', () =>
    expect(() => liftedCommand(fill, { type: 'Fill', data: { cents: 7 }, version: 1 })).toThrow(
      expect.objectContaining({ name: 'Invalid', code: 'InvalidData' }),
    ));

  test('is none of an event whose schema the command has', () => {
    const event = versioned(filledV2, { 1: { from: filledV1, to: ({ euros }) => ({ cents: euros * 100 }) } });
    expect([commandVersion(event), commandVersion(fill), commandVersion(filledV1)]).toEqual([1, 3, 1]);
    expect(schemasOfVersions(fill).slice(0, 2)).toEqual([filledV1, filledV2]);
  });
});

test('a domain refuses a command whose versions have a gap', () => {
  const gap = versionedCommand(filledV2, { 2: { from: filledV1, to: () => ({ cents: 1 }) } } as never);
  expect(() => defineDomain({ deciders: [purseOf(gap, (data) => data)], projections: [] })).toThrow(
    "purse: the command 'Fill', whose older versions are not 1, 2 and so on",
  );
});

describe('a client', () => {
  const stores = memoryStores();
  const sending = (purse: AnyDecider) => {
    const edge = edgeOf(defineDomain({ deciders: [purse], projections: [] }), stores);
    return (id: string, body: object, headers: Readonly<Record<string, string>> = {}) => edge.send('purse', id, 'Fill', body, headers);
  };
  const [earlier, now] = [sending(first), sending(today)];

  test('that says no version goes on with version 1, and its repeated request is recognised by the next release', async () => {
    const key = { 'idempotency-key': 'k1' };
    expect(await earlier('1', { euros: 7 }, key)).toMatchObject({ status: 200, body: { version: 1 } });
    const again = await now('1', { euros: 7 }, key);
    expect(again).toMatchObject({ status: 200, body: { version: 1 }, headers: { 'idempotent-replayed': 'true' } });
    expect(await now('1', { euros: 8 }, key)).toMatchObject({ status: 422 });
    expect(await now('1', { euros: 1 })).toMatchObject({ status: 200, body: { version: 2 } });
  });

  test('that says its version is understood, and one that does not fit it is told so', async () => {
    expect(await now('2', { cents: 7, currency: 'CHF' }, { 'command-version': '3' })).toMatchObject({ status: 200 });
    expect(await now('2', { cents: 7 }, { 'command-version': '2' })).toMatchObject({ status: 200 });
    expect(await now('2', { cents: 7 }, { 'command-version': '3' })).toMatchObject({ status: 400 });
    expect(await now('2', { cents: 7 }, { 'command-version': '4' })).toMatchObject({ status: 400 });
    const { commits } = await stores.eventStore.read({ aggregate: 'purse', id: '2' }, { from: 1, limit: 9 });
    expect(commits.map(({ commandType, commandSchema, events }) => [commandType, commandSchema, events[0]?.data])).toEqual([
      ['Fill', 3, { cents: 7, currency: 'CHF' }],
      ['Fill', 2, { cents: 7, currency: 'EUR' }],
    ]);
  });
});

test('the digest of a request is that of the data as they were sent', () => {
  const cause = { correlationId: 'c', causationId: 'k', commandId: 'k' };
  const sent = (data: unknown) => digestOf({ ...cause, command: { type: 'Fill', data }, received: { euros: 7 } });
  expect(sent({ cents: 700, currency: 'EUR' })).toEqual(sent({ euros: 7 }));
});
