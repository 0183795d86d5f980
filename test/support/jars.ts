import * as z from 'zod';
import { type AnyProjection, defineProjection } from '../../core/read/projection.ts';
import { defineDomain } from '../../core/registry/domain.ts';
import { currentShapes, type SchemaLock } from '../../core/schema-lock/lock.ts';
import { type GivenScenario, type ReadModelsLock, readModelShapes } from '../../core/schema-lock/projections.ts';
import type { AnyDecider } from '../../core/write/decider.ts';

/** An aggregate with two projections, for the tests of the schema lock. */
const events = {
  Filled: z.object({ ml: z.int(), by: z.string(), to: z.string().optional() }),
  Emptied: z.object({}),
  Sealed: z.object({ by: z.string() }),
};
export const jar: AnyDecider = {
  ...{ name: 'jar', commands: {}, events, initialState: () => ({}), decide: {} },
  evolve: { Filled: () => ({}), Emptied: () => ({}), Sealed: () => ({}) },
};
export const document = z.object({ by: z.string(), ml: z.int(), status: z.enum(['open', 'sealed']) });
export const contents: AnyProjection = defineProjection({
  ...{ name: 'jar-contents', revision: 1, events, document },
  indexes: { byPerson: { partition: 'by', sort: 'ml' } },
  initialState: (): z.output<typeof document> => ({ by: '', ml: 0, status: 'open' }),
  evolve: {
    Filled: (jar, { ml, by }) => ({ ...jar, by, ml: jar.ml + ml }),
    Emptied: (jar) => ({ ...jar, ml: 0 }),
  },
});
export const totals: AnyProjection = defineProjection({
  ...{ name: 'totals', revision: 1, events, document: z.object({ ml: z.int() }) },
  key: (event) => (event.type === 'Filled' ? event.data.by : undefined),
  initialState: () => ({ ml: 0 }),
  evolve: { Filled: (total, { ml }) => ({ ml: total.ml + ml }) },
});

export const domainOf = (...projections: readonly AnyProjection[]) => defineDomain({ deciders: [jar], projections });
export type Scenarios = readonly GivenScenario[];
export const lockOf = (projections: readonly AnyProjection[], scenarios: Scenarios = []): ReadModelsLock => {
  const domain = domainOf(...projections);
  const shapes = readModelShapes(domain, { locked: currentShapes(domain, String) as SchemaLock, scenarios, sourceOf: String });
  return JSON.parse(JSON.stringify(shapes)); // As the file has it.
};

/** The rows of `contents`, some of them changed. */
export const withRows = (evolve: object): AnyProjection => ({ ...contents, evolve: { ...contents.evolve, ...evolve } });
