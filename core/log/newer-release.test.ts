import { describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { NewerRelease } from '../basics/errors.ts';
import type { Commit, StoredEvent } from './event-store.ts';
import { demandKnown, type Knows, needsOf, newerIn } from './newer-release.ts';
import { Poison } from './poison.ts';
import { fromStored } from './stored-events.ts';
import { versioned } from './upcasting.ts';

const event = (type: string, schema = 1): StoredEvent => ({ type, schema, data: {} });
const commitOf = (events: readonly StoredEvent[], more: Partial<Commit> = {}): Commit => ({
  ...{ stream: { aggregate: 'order', id: '42' }, version: 3, events, recordedAt: '2026-01-01T00:00:00.000Z' },
  ...{ commandId: 'k', correlationId: 'k', causationId: 'k', ...more },
});
const knows: Knows = (needs) => 'type' in needs && needs.type === 'Placed' && needs.schema <= 2;
const thrownBy = (act: () => unknown): unknown => {
  try {
    act();
    return undefined;
  } catch (error) {
    return error;
  }
};

describe('a commit', () => {
  test('of events that this code knows passes', () => {
    expect(() => demandKnown(commitOf([event('Placed'), event('Placed', 2)]), knows)).not.toThrow();
  });

  test.each([
    ['of a new type', event('Archived'), { type: 'Archived', schema: 1 }],
    ['of a new schema version', event('Placed', 3), { type: 'Placed', schema: 3 }],
  ])('with an event %s is poison that names the event and what it needs', (_, unknown, needs) => {
    const error = thrownBy(() => demandKnown(commitOf([event('Placed'), unknown]), knows));
    expect(error).toBeInstanceOf(Poison);
    expect(error).toMatchObject({ eventId: 'order-42@4' });
    expect(needsOf(error)).toEqual(needs);
    expect(newerIn(error)?.details).toEqual({ event: 'order-42@4', eventType: needs.type, schema: needs.schema });
  });

  test('with values that are sealed in an unknown format is poison at its first event', () => {
    const error = thrownBy(() => demandKnown(commitOf([event('Placed')], { sealed: 2 }), knows));
    expect(error).toMatchObject({ eventId: 'order-42@3' });
    expect(needsOf(error)).toEqual({ sealed: 2 });
    expect(() => demandKnown(commitOf([event('Placed')], { sealed: 2 }), () => true)).not.toThrow();
  });

  test('that is damaged is left to its reader: its events are blank', () => {
    expect(() => demandKnown(commitOf([event('', 0)], { damage: 'torn' }), knows)).not.toThrow();
  });

  test('is not checked by code that is not told what it knows', () => {
    expect(() => demandKnown(commitOf([event('Archived')]), undefined)).not.toThrow();
  });
});

describe('reading the events of a commit', () => {
  const catalogue = { Placed: versioned(z.object({}), { 1: { from: z.object({}), to: () => ({}) } }) };
  test.each([
    ['a type', commitOf([event('Archived')]), "no event 'Archived'"],
    ['a schema version', commitOf([event('Placed', 3)]), 'Placed up to schema version 2, and this is version 3'],
    ['a format of sealed values', commitOf([event('Placed')], { sealed: 1 }), 'sealed in format 1'],
  ])('%s that a newer release wrote is no fault of the data', (_, commit, says) => {
    const error = thrownBy(() => fromStored(catalogue, commit));
    expect(error).toBeInstanceOf(NewerRelease);
    expect(error).toMatchObject({ code: 'NewerRelease', message: expect.stringContaining(says), details: { event: 'order-42@3' } });
  });
});

test('another error has no needs', () => {
  expect(needsOf(new Poison('order-42@1', new RangeError('no')))).toBeUndefined();
  expect(newerIn(new Error('no'))).toBeUndefined();
  const plain = new NewerRelease('the answer');
  expect(newerIn(plain)).toBe(plain);
});
