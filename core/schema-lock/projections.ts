import type * as z from 'zod';
import { rowOf } from '../basics/messages.ts';
import { typesStored } from '../log/former.ts';
import { currentVersion } from '../log/upcasting.ts';
import { type AnyProjection, type Index, isOfOneStream, tableKey } from '../read/projection.ts';
import type { Domain } from '../registry/domain.ts';
import type { JsonSchema } from './bounds.ts';
import { mapValues, type SchemaLock, type SourceOf, toJsonSchema } from './lock.ts';
import { jsonText, type SampleEvents, sampleEvents } from './sample-events.ts';
import { documentsOf, type SampleStep, stepsOf, streamsOf } from './sample-streams.ts';

/** What the stored documents of one revision of a projection are made with. If a part changes, they must be made again. */
export interface ProjectionShape {
  /** What keeps the documents. */
  readonly engine: string;
  /** `stream`: each stream has a document of its own. `events`: the projection's `key` chooses the document of each event. */
  readonly key: 'stream' | 'events';
  readonly indexes: Readonly<Record<string, Index>>;
  readonly document: JsonSchema;
  /** The field that names the owner of a document; absent if documents have none. */
  readonly owner?: string;
  /** The event types that it has rows for. */
  readonly events: readonly string[];
  /** Those of them that no sample could be made of. */
  readonly withoutSample: readonly string[];
  /** The documents after each sample stream, by its name. */
  readonly results: Readonly<Record<string, string>>;
  /** The documents after what each scenario of its tests gives, by the scenario's title. */
  readonly scenarios: Readonly<Record<string, ScenarioResult>>;
}

/** JSON texts: the events of a scenario, and the documents that they make. */
export interface ScenarioResult {
  readonly given: string;
  readonly documents: string;
}

/** The read models in the lock: the samples of events, and the projections by name and revision. */
export interface ReadModelsLock {
  readonly events: SampleEvents;
  readonly projections: Readonly<Record<string, Readonly<Record<string, ProjectionShape>>>>;
}

/** The one engine of read models today. The lock names it, so that documents are made again when a projection moves to another one. */
const engine = 'dynamodb';

/** A scenario of a projection's tests: the events that it gives. Those without a `schema` are of the current version. */
export interface GivenScenario {
  readonly projection: AnyProjection;
  readonly title: string;
  readonly given: readonly (Omit<SampleStep, 'schema'> & { readonly schema?: number | undefined })[];
}

export interface ReadModelSources {
  /** The stored shapes of all events, their older versions included. */
  readonly locked: SchemaLock;
  readonly scenarios: readonly GivenScenario[];
  readonly sourceOf: SourceOf;
}

/** The read models of the present code. */
export const readModelShapes = (domain: Domain, { locked, scenarios, sourceOf }: ReadModelSources): ReadModelsLock => {
  const events = sampleEvents(
    domain,
    locked,
    new Set(domain.projections.flatMap(({ events, evolve }) => typesStored(events, Object.keys(evolve)))),
  );
  const shapeOf = (projection: AnyProjection): ProjectionShape => {
    const types = Object.keys(projection.evolve).sort();
    const own = scenarios.filter(({ projection: { name, revision } }) => name === projection.name && revision === projection.revision);
    return {
      engine,
      key: isOfOneStream(projection) ? 'stream' : 'events',
      indexes: projection.indexes ?? {},
      document: toJsonSchema(projection.document, { io: 'output', path: tableKey(projection), sourceOf: ifVisible(sourceOf) }),
      ...(projection.owner === undefined ? {} : { owner: projection.owner }),
      events: types,
      withoutSample: types.filter((type) => !isSampled(type, events, own)),
      results: resultsOf(domain, projection, { events, names: streamsOf(domain, projection, events) }),
      scenarios: Object.fromEntries(own.map((scenario) => [scenario.title, scenarioResult(domain, projection, scenario)])),
    };
  };
  const byName = Map.groupBy(domain.projections, ({ name }) => name);
  return {
    events,
    projections: Object.fromEntries(
      [...byName].map(([name, revisions]) => [name, Object.fromEntries(revisions.map((one) => [one.revision, shapeOf(one)]))]),
    ),
  };
};

/** Documents can be made again, so a check whose source is not visible is no fault here, as it is in an event. */
const ifVisible =
  (sourceOf: SourceOf): SourceOf =>
  (code) => {
    try {
      return sourceOf(code);
    } catch {
      return 'not visible';
    }
  };

/** `projection order-summary@1` */
export const pathOf = (name: string, revision: number | string): string => `projection ${name}@${revision}`;

const isSampled = (type: string, events: SampleEvents, scenarios: readonly GivenScenario[]): boolean =>
  Object.values(events[type] ?? {}).at(-1)?.length !== 0 || scenarios.some(({ given }) => given.some((event) => event.type === type));

const scenarioResult = (domain: Domain, projection: AnyProjection, { given }: GivenScenario): ScenarioResult => {
  const steps = given.map(({ schema, ...event }): SampleStep => {
    const declared = rowOf<z.ZodType>(projection.events, event.type);
    return { ...event, schema: schema ?? (declared === undefined ? 1 : currentVersion(declared)) };
  });
  return { given: jsonText(steps), documents: documentsOf(domain, projection, steps) };
};

interface Streams {
  readonly events: SampleEvents;
  readonly names: readonly string[];
}

const resultsOf = (domain: Domain, projection: AnyProjection, { events, names }: Streams): ProjectionShape['results'] =>
  Object.fromEntries(names.map((name) => [name, documentsOf(domain, projection, stepsOf(name, events))]));

/** What the present code of a projection makes of the streams and scenarios that the lock has recorded. */
export const replayed = (
  domain: Domain,
  projection: AnyProjection,
  { events, shape }: { readonly events: SampleEvents; readonly shape: ProjectionShape },
): Pick<ProjectionShape, 'results' | 'scenarios'> => ({
  results: resultsOf(domain, projection, { events, names: Object.keys(shape.results) }),
  scenarios: mapValues(shape.scenarios, ({ given }) => ({ given, documents: documentsOf(domain, projection, JSON.parse(given)) })),
});
