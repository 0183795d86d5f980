import { describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { versioned } from '../log/upcasting.ts';
import { type AnyProjection, defineProjection } from '../read/projection.ts';
import { defineDomain } from '../registry/domain.ts';
import type { AnyDecider } from '../write/decider.ts';
import type { SampleEvents } from './sample-events.ts';
import { documentsOf, newsIn, type SampleStep, stepsOf, streamsOf, typesIn, typesOf, unsteady } from './sample-streams.ts';

const events = {
  Filled: versioned(z.object({ ml: z.int() }), { 1: { from: z.object({ l: z.int() }), to: ({ l }) => ({ ml: l * 1000 }) } }),
  Emptied: z.object({}),
  Broken: z.object({ by: z.string() }),
};
const jar: AnyDecider = {
  ...{ name: 'jar', commands: {}, events, initialState: () => ({}), decide: {} },
  evolve: { Filled: () => ({}), Emptied: () => ({}), Broken: () => ({}) },
};
const lid: AnyDecider = { ...jar, name: 'lid', events: { Closed: z.object({ by: z.string() }) }, evolve: { Closed: () => ({}) } };
const contents = defineProjection({
  ...{ name: 'contents', revision: 1, events, document: z.object({ ml: z.int(), at: z.string() }) },
  initialState: () => ({ ml: 0, at: '' }),
  evolve: {
    Filled: ({ ml }, filled, { recordedAt }) => ({ ml: ml + filled.ml, at: recordedAt }),
    Emptied: () => null,
  },
});
const people: AnyProjection = defineProjection({
  ...{ name: 'people', revision: 1, document: z.object({ acts: z.array(z.string()) }) },
  events: { Broken: events.Broken, Closed: z.object({ by: z.string() }) },
  key: ({ data }) => (data.by === '' ? undefined : data.by),
  initialState: () => ({ acts: [] as string[] }),
  evolve: {
    Broken: ({ acts }, _, { eventId }) => ({ acts: [...acts, eventId] }),
    Closed: ({ acts }, _, { eventId }) => ({ acts: [...acts, eventId] }),
  },
});
const domain = defineDomain({ deciders: [jar, lid], projections: [contents, people] });
const samples = { Filled: { 1: ['{"l":1}'], 2: ['{"ml":5}', '{"ml":6}'] }, Emptied: { 1: ['{}'] }, Broken: { 1: ['{"by":"bo"}'] } };

describe('the sample streams of a projection', () => {
  const streams = (projection: AnyProjection, all: SampleEvents) => streamsOf(domain, projection, all);

  test('are each event alone, after itself and after others, and each further sample after the first event that makes a document', () => {
    expect(streams(contents, samples)).toEqual([
      ...['Filled@2#1', 'Emptied@1#1', 'Filled@1#1', 'Filled@2#2', 'Filled@2#1 > Emptied@1#1'],
      ...['Filled@2#1 > Filled@2#1', 'Emptied@1#1 > Emptied@1#1', 'Emptied@1#1 > Filled@2#1'],
    ]);
    const late = {
      ...contents,
      initialState: () => ({ ml: 0.5, at: '' }),
      evolve: { ...contents.evolve, Broken: () => ({ ml: 1, at: '' }) },
    };
    const all = { ...samples, Filled: { 2: samples.Filled[2] } };
    expect(streams(late, all).filter((name) => !/> .* >/.test(name))).toEqual([
      ...['Broken@1#1', 'Filled@2#1', 'Emptied@1#1', 'Broken@1#1 > Filled@2#1', 'Broken@1#1 > Filled@2#2', 'Broken@1#1 > Emptied@1#1'],
      ...['Broken@1#1 > Broken@1#1', 'Filled@2#1 > Filled@2#1', 'Emptied@1#1 > Emptied@1#1'],
      ...['Filled@2#1 > Broken@1#1', 'Filled@2#1 > Emptied@1#1', 'Emptied@1#1 > Broken@1#1', 'Emptied@1#1 > Filled@2#1'],
    ]);
    // Neither an event that deletes the document nor one that parks the stream comes before another one.
    expect(streams(late, all).filter((name) => / .* >/.test(name))).toEqual(['Broken@1#1 > Filled@2#1 > Emptied@1#1']);
  });

  const wide = (count: number, row: unknown = () => ({ ml: 1, at: '' })) => {
    const types = Array.from({ length: count }, (_, index) => `E${index}`);
    const box = { ...jar, name: 'box', events: Object.fromEntries(types.map((type) => [type, z.object({})])) };
    const projection = { ...contents, events: box.events, evolve: Object.fromEntries(types.map((type) => [type, row])) } as AnyProjection;
    const everything = defineDomain({ deciders: [box], projections: [projection] });
    const all = streamsOf(everything, projection, Object.fromEntries(types.map((type) => [type, { 1: ['{}', '{"a":1}'] }])));
    return Map.groupBy(all, (name) => typesIn(name).length);
  };
  test('end with each event after all others', () => {
    expect(wide(3).get(3)).toEqual(['E1@1#1 > E2@1#1 > E0@1#1', 'E0@1#1 > E2@1#1 > E1@1#1', 'E0@1#1 > E1@1#1 > E2@1#1']);
    expect([wide(1).get(1), wide(1).get(2)]).toEqual([['E0@1#1', 'E0@1#2'], ['E0@1#1 > E0@1#1']]);
  });
  test('of more than eight events have no pairs but those with the first', () => {
    expect([wide(8).get(2)?.length, wide(9).get(2)?.length]).toEqual([64 + 7, 9 + 8 * 2]);
    expect([wide(8).get(8)?.length, wide(9).get(9)?.length]).toEqual([8, 9]);
  });
  test('have all samples alone where no event makes a document', () => {
    const none = wide(3, () => null);
    expect([none.get(1)?.length, none.get(2)?.length, none.get(3)?.length]).toEqual([6, 9, 3]);
  });
  test('of documents of many streams have the second event in another stream', () => {
    expect(streams(people, samples)).toEqual(['Broken@1#1', 'Broken@1#1 > Broken@1#1/2']);
  });
  test('of documents of many streams begin with an event that makes one', () => {
    const all = { Broken: { 1: ['{"by":"bo"}', '{"by":"al"}'] }, Closed: { 1: ['{"by":"bo"}', '{"by":"al"}'] } };
    const further = (projection: AnyProjection) => streams(projection, all).filter((name) => name.includes('#2'));
    expect(further(people)).toEqual(
      ['Broken@1#2', 'Broken@1#1 > Closed@1#1', 'Broken@1#1 > Closed@1#2'].filter((name) => name.includes('#2')),
    );
    const later = ['Closed@1#1 > Broken@1#2', 'Closed@1#2'];
    expect(further({ ...people, key: ({ type }) => (type === 'Broken' ? undefined : 'one') })).toEqual(later);
    expect(further({ ...people, evolve: { ...people.evolve, Broken: () => null } })).toEqual(later);
  });
  test('leave out an event without samples', () => {
    expect(streams(contents, { Filled: { 1: ['{"l":1}'], 2: [] }, Emptied: { 1: [] } })).toEqual(['Filled@1#1']);
  });
});

test('the name of a stream says its events', () => {
  expect(typesIn('Filled@1#1 > Broken@1#1/2')).toEqual(['Filled', 'Broken']);
  expect(stepsOf('Filled@2#2 > Broken@1#1/2 > Broken@1#1', samples)).toEqual([
    { type: 'Filled', schema: 2, data: { ml: 6 } },
    { type: 'Broken', schema: 1, data: { by: 'bo' }, metadata: { id: '2' } },
    { type: 'Broken', schema: 1, data: { by: 'bo' } },
  ]);
  expect(stepsOf('Filled@2#3 > Filled@3#1 > Gone@1#1', samples)).toEqual([]);
  expect(typesOf('[{"type":"Filled"},{"type":"Broken"}]')).toEqual(['Filled', 'Broken']);
});

describe('the documents of a stream', () => {
  const of = (projection: AnyProjection, ...steps: readonly SampleStep[]) => documentsOf(domain, projection, steps);
  const filled = { type: 'Filled', schema: 2, data: { ml: 5 } };
  const broken = { type: 'Broken', schema: 1, data: { by: 'bo' } };
  const closed = { ...broken, type: 'Closed' };

  test('are one document, with the keys in order, a second for each event', () => {
    expect(of(contents, filled, filled)).toBe('{"at":"2026-01-01T09:00:02.000Z","ml":10}');
  });
  test('are none before there is one, and after it was deleted', () => {
    expect([of(contents), of(contents, broken), of(contents, filled, { ...filled, type: 'Emptied', schema: 1, data: {} })]).toEqual([
      'null',
      'null',
      'null',
    ]);
  });
  test('are made of lifted events', () => expect(of(contents, { ...filled, schema: 1, data: { l: 2 } })).toContain('"ml":2000'));
  test('are told by their streams where a scenario has several', () => {
    expect(of(contents, filled, { ...filled, metadata: { id: '9', recordedAt: 'then' } })).toBe(
      '{"1":{"at":"2026-01-01T09:00:01.000Z","ml":5},"9":{"at":"then","ml":5}}',
    );
  });
  test('are told by their keys where the projection chooses them, and each event is of its aggregate', () => {
    const other = { ...closed, data: { by: 'al' }, metadata: { id: '7', tenant: 'acme' } };
    expect(of(people, broken, closed, { ...broken, metadata: { id: '2' } }, broken, other, { ...broken, data: { by: '' } })).toBe(
      '{"al":{"acts":["acme/lid-7@1"]},"bo":{"acts":["jar-1@1","lid-1@1","jar-2@1","jar-1@2"]}}',
    );
    expect(of(people, { ...broken, metadata: { aggregate: 'lid' } })).toBe('{"bo":{"acts":["lid-1@1"]}}');
  });
  test('are no more after an event that parks the stream', () => {
    expect(of(contents, filled, { ...filled, data: { ml: 0.5 } })).toBe('parked by Filled');
    expect(
      of(
        {
          ...contents,
          key: () => {
            throw new Error('no');
          },
        } as AnyProjection,
        filled,
      ),
    ).toBe('parked by Filled');
  });
  test('that differ each time are no documents', () => {
    const at = (now: () => string): AnyProjection => ({ ...contents, evolve: { Filled: () => ({ ml: 0, at: now() }) } });
    expect(
      of(
        at(() => new Date().toISOString()),
        filled,
      ),
    ).toBe(unsteady);
    expect(
      of(
        at(() => String(Math.random())),
        filled,
      ),
    ).toBe(unsteady);
    expect(
      of(
        at(() => 'now'),
        filled,
      ),
    ).toBe('{"at":"now","ml":0}');
  });
});

test('of streams with a fault the shortest tell, each of its last event', () => {
  const streams = (...names: readonly string[]) => names.map((name) => ({ types: [...name] }));
  const told = (names: readonly string[], before: readonly string[] = []) =>
    newsIn(streams(...names), before).map(({ types }) => types.join(''));
  expect(told(['cab', 'ab', 'a', 'b', 'dc'])).toEqual(['a', 'b', 'dc']);
  expect(told(['ab', 'cb'])).toEqual(['ab']);
  expect(told(['ab', 'cd'], ['a'])).toEqual(['cd']);
  expect(told(['', 'a'])).toEqual(['', 'a']);
});
