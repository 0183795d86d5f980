import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { dynamoSagaClaims } from '../../adapters/sagas/dynamo-saga-claims.ts';
import { dynamoSagaFates } from '../../adapters/sagas/dynamo-saga-fates.ts';
import { dynamoSagaTokens } from '../../adapters/sagas/dynamo-saga-tokens.ts';
import type { Fate, InterruptibleRun } from '../../core/sagas/fates.ts';
import { createSagaTable, engineClient } from '../support/dynamo.ts';
import { eachFault } from '../support/each-fault.ts';
import { faultyClient } from '../support/faults.ts';
import { memoryClaims, memoryFates } from '../support/saga-fates.ts';

let table: string;
beforeAll(async () => {
  table = await createSagaTable();
});
const now = () => new Date('2026-01-01T00:00:00.000Z');
const place = () => ({ client: engineClient(), table, now });

const run = (change: Partial<InterruptibleRun> = {}): InterruptibleRun => ({
  stream: { aggregate: 'booking', id: randomUUID() },
  ...{ saga: 'reception', execution: randomUUID(), event: 'booking-7@1', at: now().toISOString(), seconds: 900 },
  ...change,
});
const waits = (token: string) => ({ step: 'TakeMoney', index: 0, token });
const ill: Fate = { interruptedBy: 'booking-7@2', reason: 'ill' };

describe.each([
  ['on DynamoDB', () => dynamoSagaFates(place())],
  ['in memory', () => memoryFates()],
])('the decisions about runs, %s:', (_, open) => {
  test('the first decision holds, of either kind', async () => {
    const fates = open();
    for (const [first, second] of [
      [ill, { passed: true }],
      [{ passed: true }, ill],
    ] as const) {
      const { execution } = run();
      expect(await fates.of(execution)).toEqual({ tooLate: [] });
      expect(await fates.decide(execution, first)).toEqual(first);
      for (const next of [second, first, second]) expect(await fates.decide(execution, next)).toEqual(first);
      expect(await fates.of(execution)).toEqual({ fate: first, tooLate: [] });
    }
  });

  test('of many that decide at once, all learn of one decision', async () => {
    const fates = open();
    const { execution } = run();
    const every = await Promise.all(
      Array.from({ length: 10 }, (_, index) => fates.decide(execution, index % 2 === 0 ? ill : { passed: true })),
    );
    expect(new Set(every.map((one) => JSON.stringify(one))).size).toBe(1);
  });

  test('an event that came too late is kept once', async () => {
    const fates = open();
    const { execution } = run();
    const late = { event: 'booking-7@2', type: 'BookingCancelled', reason: 'ill' };
    for (const one of [late, late, { ...late, event: 'booking-7@3' }]) await fates.refuse(execution, one);
    expect(await fates.of(execution)).toEqual({ tooLate: [late, { ...late, event: 'booking-7@3' }] });
  });

  test('runs are found by the stream that may interrupt them, each of their tokens', async () => {
    const fates = open();
    const one = run({ revision: 2 });
    const all = [one, { ...one, waits: waits('first') }, { ...one, waits: waits('second') }];
    for (const each of [...all, ...all]) await fates.listen(each);
    expect(await fates.listeningTo(one.stream)).toEqual(expect.arrayContaining(all));
    expect(await fates.listeningTo(one.stream)).toHaveLength(3);
    expect(await fates.listeningTo({ ...one.stream, tenant: 'acme' })).toEqual([]);
    for (const _ of [1, 2]) await fates.forget({ ...one, waits: waits('first') });
    expect(await fates.listeningTo(one.stream)).toHaveLength(2);
  });
});

test('runs and waiting steps of one stream do not see each other', async () => {
  const one = run({ waits: waits('token') });
  await dynamoSagaFates(place()).listen(one);
  const tokens = dynamoSagaTokens(place());
  expect(await tokens.waitingOn(one.stream)).toEqual([]);
  const { stream, execution, saga } = one;
  const waiting = { stream, execution, saga, since: 1, step: 'TakeMoney', index: 0, token: 'token', timeoutSeconds: 900 };
  await tokens.put(waiting);
  await tokens.delete(waiting);
  expect(await dynamoSagaFates(place()).listeningTo(stream)).toEqual([one]);
});

describe.each([
  ['on DynamoDB', () => dynamoSagaClaims(place())],
  ['in memory', () => memoryClaims(now)],
])('the keys of unique sagas, %s:', (_, open) => {
  test('one event has a key, until another takes it over from that event', async () => {
    const claims = open();
    const key = { saga: 'reception', tenant: undefined, key: `${randomUUID()} / ${'x'.repeat(3000)}` };
    const first = { event: 'booking-1@1', since: now().toISOString() };
    for (const _ of [1, 2]) expect(await claims.take(key, 'booking-1@1')).toEqual(first);
    expect(await claims.take(key, 'booking-2@1')).toEqual(first);
    expect(await claims.take(key, 'booking-3@1', { ...first, event: 'booking-0@1' })).toEqual(first);
    expect(await claims.take(key, 'booking-2@1', first)).toMatchObject({ event: 'booking-2@1' });
    expect(await claims.take(key, 'booking-1@1')).toMatchObject({ event: 'booking-2@1' });
    expect(await claims.take({ ...key, tenant: 'acme' }, 'acme/booking-1@1')).toMatchObject({ event: 'acme/booking-1@1' });
    expect(await claims.take({ ...key, saga: 'other' }, 'booking-1@1')).toEqual(first);
  });

  test('a refused start names the run that has the key', async () => {
    const claims = open();
    const event = `booking-${randomUUID()}@1`;
    expect(await claims.refusedFor('reception', event)).toBeUndefined();
    for (const _ of [1, 2]) await claims.refuse('reception', event, 'booking-1@1');
    expect(await claims.refusedFor('reception', event)).toBe('booking-1@1');
    expect(await claims.refusedFor('other', event)).toBeUndefined();
  });
});

// Throttled, timed out and not executed, timed out and executed, and a crash before and after: once more leads to where one call leads.
describe('an operation has its effect once, whichever fault it meets:', () => {
  eachFault('a decision, %s', async (fault) => {
    const { client, restart } = faultyClient({ fault, at: 1 });
    const faulty = dynamoSagaFates({ ...place(), client });
    const { execution } = run();
    await faulty.decide(execution, ill).catch(() => {});
    restart();
    // Another may have decided between the two tries, if the first had no effect. Both learn of the same decision.
    const other = await dynamoSagaFates(place()).decide(execution, { passed: true });
    expect(await faulty.decide(execution, ill)).toEqual(other);
    expect(await faulty.of(execution)).toEqual({ fate: other, tooLate: [] });
  });
  eachFault('a run under a stream, %s', async (fault) => {
    const { client, restart } = faultyClient({ fault, at: 1 });
    const faulty = dynamoSagaFates({ ...place(), client });
    const one = run();
    await faulty.listen(one).catch(() => {});
    restart();
    await faulty.listen(one);
    expect(await faulty.listeningTo(one.stream)).toEqual([one]);
  });
  eachFault('an event that is too late, %s', async (fault) => {
    const { client, restart } = faultyClient({ fault, at: 1 });
    const faulty = dynamoSagaFates({ ...place(), client });
    const { execution } = run();
    const late = { event: 'booking-7@2', type: 'BookingCancelled', reason: 'ill' };
    await faulty.refuse(execution, late).catch(() => {});
    restart();
    await faulty.refuse(execution, late);
    expect(await faulty.of(execution)).toEqual({ tooLate: [late] });
  });
  eachFault('a key, %s', async (fault) => {
    const { client, restart } = faultyClient({ fault, at: 1 });
    const faulty = dynamoSagaClaims({ ...place(), client });
    const key = { saga: 'reception', tenant: undefined, key: randomUUID() };
    await faulty.take(key, 'booking-1@1').catch(() => {});
    restart();
    const holder = await dynamoSagaClaims(place()).take(key, 'booking-2@1');
    expect((await faulty.take(key, 'booking-1@1')).event).toBe(holder.event);
  });
});
