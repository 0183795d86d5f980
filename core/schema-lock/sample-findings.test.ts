import { describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { contents, domainOf, jar, lockOf, type Scenarios, totals, withRows } from '../../test/support/jars.ts';
import { versioned } from '../log/upcasting.ts';
import type { AnyProjection } from '../read/projection.ts';
import { type Domain, defineDomain } from '../registry/domain.ts';
import type { AnyDecider } from '../write/decider.ts';
import type { SchemaLock } from './lock.ts';
import { compareReadModels, isOfDocuments } from './projection-findings.ts';
import { type GivenScenario, type ReadModelsLock, readModelShapes } from './projections.ts';
import { newStreams } from './sample-findings.ts';

const found = (projections: readonly AnyProjection[], locked: ReadModelsLock | undefined, scenarios: Scenarios = []) =>
  compareReadModels(domainOf(...projections), locked, lockOf(projections, scenarios));

describe('scenarios:', () => {
  const filled = { type: 'Filled', data: { ml: 3, by: 'bo' } };
  const scenario = (title: string, ...given: GivenScenario['given']): GivenScenario => ({ projection: contents, title, given });
  const scenarios = [scenario('it is filled', { ...filled, schema: undefined })];
  const locked = lockOf([contents, totals], scenarios);

  test('their documents are recorded, of their projection alone', () => {
    expect(locked.projections['jar-contents']?.[1]?.scenarios).toEqual({
      'it is filled': {
        given: '[{"data":{"by":"bo","ml":3},"schema":1,"type":"Filled"}]',
        documents: '{"by":"bo","ml":3,"status":"open"}',
      },
    });
    expect(locked.projections['totals']?.[1]?.scenarios).toEqual({});
    expect(lockOf([{ ...contents, revision: 2 }], scenarios).projections['jar-contents']?.[2]?.scenarios).toEqual({});
  });
  test('a difference that only a scenario shows is refused, even where the scenario has changed or is gone', () => {
    const changed = withRows({
      Filled: (jar: object, { ml, by }: { ml: number; by: string }) => ({ ...jar, ml, by: ml === 3 ? 'x' : by }),
    });
    const only = {
      ...changed,
      evolve: {
        ...changed.evolve,
        Filled: (jar: { ml: number }, { ml, by }: { ml: number; by: string }) => ({ ...jar, ml: jar.ml + ml, by: ml === 3 ? 'x' : by }),
      },
    };
    for (const now of [scenarios, [scenario('it is filled', filled, filled)], []])
      expect(found([only, totals], locked, now)).toMatchObject([
        {
          path: 'projection jar-contents@1.evolve.Filled',
          change: "makes another document of the scenario 'it is filled'",
          before: { by: 'bo' },
          after: { by: 'x' },
        },
      ]);
  });
  test('a scenario that the lock does not have is recorded; another title is no news', () => {
    const streams = (now: Scenarios) =>
      newStreams(locked, lockOf([contents, totals], now)).map(({ change, remedy }) => `${change}: ${remedy}`);
    expect(streams(scenarios)).toEqual([]);
    expect(streams([scenario('it has another title', filled)])).toEqual([]);
    expect(streams([])).toEqual([]);
    const say = 'have samples or scenarios that the lock does not have: jar-contents@1:';
    expect(streams([scenario('twice', filled, filled)])).toEqual([`${say} 'twice': record it: npm run schemas:accept`]);
    expect(streams([scenario('none'), scenario('twice', filled, filled)])).toEqual([
      `${say} 'none' and 1 more: record it: npm run schemas:accept`,
    ]);
  });
  test('so is a sample that the lock does not have', () => {
    const current = lockOf([contents, totals], scenarios);
    const [filled = '', ...others] = current.events['Filled']?.[1] ?? [];
    const fewer = { ...locked, events: { ...locked.events, Filled: { 1: others } } };
    expect(newStreams(fewer, current).map(({ change }) => change)).toEqual([expect.stringMatching(/: Filled@1$/)]);
    expect(newStreams({ ...locked, events: { Emptied: current.events['Emptied'] ?? {} } }, current)).toHaveLength(1);
    expect(newStreams({ ...fewer, events: { ...fewer.events, Filled: { 1: [...others, filled] } } }, current)).toEqual([]);
    expect(newStreams({ ...locked, projections: {} }, current)[0]?.change).toMatch(/jar-contents@1: Filled@1#1 and \d+ more$/);
  });
});

test('an event that gets a field makes no other document of the samples that are recorded', () => {
  const wider = { Filled: z.object({ ml: z.int(), by: z.string(), to: z.string().optional(), note: z.string().optional() }) };
  const [taller, reader] = [
    { ...jar, events: { ...jar.events, ...wider } },
    withRows({
      Filled: (jar: { ml: number }, filled: { ml: number; note?: string; by: string }) => ({
        ...jar,
        ml: jar.ml + filled.ml,
        by: filled.note ?? filled.by,
      }),
    }),
  ];
  const after = { ...reader, events: taller.events } as AnyProjection;
  const domain = defineDomain({ deciders: [taller], projections: [after] });
  const [locked, current] = [lockOf([contents]), readModelShapes(domain, { locked: {}, scenarios: [], sourceOf: String })];
  expect(compareReadModels(domain, locked, current)).toEqual([]);
  expect(newStreams(locked, current).map(({ change }) => change)).toEqual([expect.stringMatching(/: Filled@1/)]);
});

test('an upcaster that makes other data of old events makes other documents', () => {
  const old = { type: 'object', properties: { l: { const: 7 } }, required: ['l'] };
  const lock = { jar: { events: { Filled: { 1: old } } } } as unknown as SchemaLock;
  const read = (factor: number) => {
    const filled = versioned(z.object({ ml: z.int() }), { 1: { from: z.object({ l: z.int() }), to: ({ l }) => ({ ml: l * factor }) } });
    const lifted = { ...jar, events: { ...jar.events, Filled: filled } };
    return defineDomain({ deciders: [lifted], projections: [{ ...totals, events: { Filled: filled }, key: () => 'all' }] });
  };
  const shapes = (domain: Domain) => readModelShapes(domain, { locked: lock, scenarios: [], sourceOf: String });
  const [before, after] = [read(1000), read(100)];
  expect(compareReadModels(before, shapes(before), shapes(before))).toEqual([]);
  expect(compareReadModels(after, shapes(before), shapes(after))).toMatchObject([
    {
      path: 'projection totals@1.evolve.Filled',
      change: 'makes another document of Filled@1',
      before: { all: { ml: 7000 } },
      after: { all: { ml: 700 } },
    },
  ]);
});

describe('what the lock cannot watch is refused until it is accepted:', () => {
  const odd = z.object({ odd: z.int().refine((n) => n % 977 === 976) });
  const box: AnyDecider = { ...jar, name: 'box', events: { Opened: odd }, evolve: { Opened: () => ({}) } };
  const opened: AnyProjection = {
    ...totals,
    name: 'opened',
    events: { Opened: odd },
    key: () => 'one',
    evolve: { Opened: () => ({ ml: 1 }) },
  };
  const domain = defineDomain({ deciders: [box], projections: [opened] });
  const shapes = (scenarios: Scenarios = []) => readModelShapes(domain, { locked: {}, scenarios, sourceOf: String });

  test('an event without a sample', () => {
    const [first, missing] = compareReadModels(domain, undefined, shapes());
    expect(first?.severity).toBe('compatible');
    expect(missing).toMatchObject({
      ...{
        severity: 'incompatible',
        path: 'projection opened@1.evolve.Opened',
        change: 'cannot be tried: no sample of Opened fits its schema',
      },
      remedy: expect.stringMatching(/\.meta\({ examples.*or opened a scenario with Opened/),
    });
    expect([first, missing].map((finding) => finding && isOfDocuments(finding))).toEqual([false, false]);
    expect(compareReadModels(domain, shapes(), shapes())).toEqual([]);
    const scenario = { projection: opened, title: 'opened', given: [{ type: 'Opened', data: { odd: 976 } }] };
    expect(compareReadModels(domain, undefined, shapes([scenario]))).toHaveLength(1);
    expect(compareReadModels(domain, undefined, shapes([{ ...scenario, given: [] }]))).toHaveLength(2);
  });

  test('an event whose old versions alone have samples', () => {
    const later = versioned(odd, { 1: { from: z.object({ l: z.int() }), to: () => ({ odd: 976 }) } });
    const old = { type: 'object', properties: { l: { const: 7 } }, required: ['l'] };
    const [sealed, read] = [
      { ...box, events: { Opened: later } },
      { ...opened, events: { Opened: later } },
    ];
    const lock = { box: { events: { Opened: { 1: old } } } } as unknown as SchemaLock;
    const service = defineDomain({ deciders: [sealed], projections: [read] });
    const { events, projections } = readModelShapes(service, { locked: lock, scenarios: [], sourceOf: String });
    expect(events['Opened']).toEqual({ 1: ['{"l":7}'], 2: [] });
    expect(projections['opened']?.[1]?.withoutSample).toEqual(['Opened']);
  });

  test('a row that makes another document each time', () => {
    const wild = withRows({ Emptied: (jar: { ml: number }) => ({ ...jar, ml: jar.ml > 0 ? Math.floor(Math.random() * 9) : 0 }) });
    const expected = {
      severity: 'incompatible',
      path: 'projection jar-contents@1.evolve.Emptied',
      change: 'makes another document each time it is called',
    };
    expect(found([wild], undefined).slice(1)).toMatchObject([{ ...expected, remedy: expect.stringContaining('recordedAt') }]);
    expect(found([wild], lockOf([wild]))).toEqual([]);
    const filled = { type: 'Filled', data: { ml: 3, by: 'bo' } };
    const late = withRows({
      Filled: (jar: object, { ml, by }: { ml: number; by: string }) => ({ ...jar, by, ml: ml === 3 ? Date.now() : ml }),
    });
    const scenario = { projection: contents, title: 'it', given: [filled] };
    expect(found([late], undefined, [scenario]).slice(1)).toMatchObject([{ path: 'projection jar-contents@1.evolve.Filled' }]);
  });
});
