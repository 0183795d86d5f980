import { compatible, incompatible, type SchemaFinding } from './comparison.ts';
import { type ProjectionShape, pathOf, type ReadModelsLock } from './projections.ts';
import { newsIn, typesIn, typesOf, unsteady } from './sample-streams.ts';

interface Named {
  readonly name: string;
  readonly revision: string;
}

/** What the lock cannot watch: events without a sample, and rows whose documents differ from call to call. */
export const unwatched = ({ name, revision }: Named, was: ProjectionShape | undefined, is: ProjectionShape): readonly SchemaFinding[] => {
  const path = pathOf(name, revision);
  const missing = is.withoutSample.filter((type) => !was?.withoutSample.includes(type));
  const known = was === undefined ? [] : unsteadyIn(was);
  const wild = unsteadyIn(is).filter((type) => !known.includes(type));
  return [
    ...missing.map((type) =>
      incompatible({
        path: `${path}.evolve.${type}`,
        change: `cannot be tried: no sample of ${type} fits its schema`,
        breaks: 'a change of this row would not be noticed, and its documents would stay as they are',
        remedy: `give the schema of ${type} a sample, \`.meta({ examples: [{ … }] })\`, or ${name} a scenario with ${type} (projectionScenarios)`,
      }),
    ),
    ...wild.map((type) =>
      incompatible({
        path: `${path}.evolve.${type}`,
        change: 'makes another document each time it is called',
        breaks: 'a rebuild makes other documents than those that are stored',
        remedy: 'use no clock and no chance, and change no argument: the time of an event is `recordedAt` in its metadata',
      }),
    ),
  ];
};

/** The event types whose documents differ from call to call. */
const unsteadyIn = ({ results, scenarios }: ProjectionShape): readonly string[] => {
  const streams = [
    ...Object.entries(results).map(([name, documents]) => ({ types: typesIn(name), documents })),
    ...Object.values(scenarios).map(({ given, documents }) => ({ types: typesOf(given), documents })),
  ];
  return newsIn(streams.filter(({ documents }) => documents === unsteady)).map(({ types }) => String(types.at(-1)));
};

/** The samples, sample streams and scenarios of the code that the lock does not have. */
export const newStreams = (locked: ReadModelsLock, current: ReadModelsLock): readonly SchemaFinding[] => {
  const samples = Object.entries(current.events).flatMap(([type, versions]) =>
    Object.entries(versions).flatMap(([version, data]) => (isWithin(data, locked.events[type]?.[version]) ? [] : [`${type}@${version}`])),
  );
  const streams = Object.entries(current.projections).flatMap(([name, revisions]) =>
    Object.entries(revisions).flatMap(([revision, { results, scenarios }]) => {
      const was = locked.projections[name]?.[revision] ?? { results: {}, scenarios: {} };
      const given = Object.values(was.scenarios).map((scenario) => scenario.given);
      const others = Object.keys(results).filter((stream) => !Object.hasOwn(was.results, stream));
      const titles = Object.entries(scenarios).flatMap(([title, scenario]) => (given.includes(scenario.given) ? [] : [`'${title}'`]));
      return [...others, ...titles].map((stream) => `${name}@${revision}: ${stream}`);
    }),
  );
  const [first, ...others] = [...samples, ...streams];
  if (first === undefined) return [];
  const more = others.length > 0 ? ` and ${others.length} more` : '';
  return [compatible({ path: 'projections', change: `have samples or scenarios that the lock does not have: ${first}${more}` })];
};

const isWithin = (few: readonly string[], many: readonly string[] = []): boolean => few.every((one) => many.includes(one));
