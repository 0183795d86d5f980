import type { Metadata } from '../basics/messages.ts';
import { type Address, streamName } from '../basics/stream.ts';
import type { Commit, StoredEvent } from '../log/event-store.ts';
import { storedSchemaOf, typesToday } from '../log/former.ts';
import { Poison } from '../log/poison.ts';
import { type AnyProjection, eventsFor, evolveDocument, isOfOneStream, keyOf } from '../read/projection.ts';
import { aggregateOf, type Domain } from '../registry/domain.ts';
import { isUnchanging } from '../registry/unchanging.ts';
import { jsonText, type SampleEvents } from './sample-events.ts';

/** An event of a sample stream. Metadata that a scenario does not give are made up. */
export interface SampleStep extends StoredEvent {
  readonly metadata?: Partial<Pick<Metadata, 'aggregate' | 'id' | 'tenant' | 'actor' | 'recordedAt' | 'correlationId' | 'causationId'>>;
}

/** The result of a stream whose documents differ from call to call. */
export const unsteady = 'differs each time';

const mostPaired = 8;

/**
 * The names of a projection's sample streams. `OrderPlaced@1#1 > OrderShipped@2#1` is the first sample of `OrderPlaced` in version 1, then
 * that of `OrderShipped` in version 2. In documents of many streams `/2` stands behind an event of a second stream.
 *
 * An event is tried alone, after itself, and after all others. In a projection of at most 8 events it is tried after each other one, too:
 * the number grows with the square. Most rows expect a document, so the further samples come after the first event that makes one.
 */
export const streamsOf = (domain: Domain, projection: AnyProjection, samples: SampleEvents): readonly string[] => {
  const types = Object.keys(samples).filter((type) =>
    typesToday(projection.events, type).some((today) => Object.hasOwn(projection.evolve, today)),
  );
  const makesDocument = (name: string): boolean => !noDocument.test(documentsOf(domain, projection, stepsOf(name, samples)));
  const known = types.flatMap((type) => firstOf(type, samples) ?? []);
  const opener = known.find(makesDocument);
  const firsts = opener === undefined ? known : [opener, ...known.filter((step) => step !== opener)];
  const isOpener = (step: string): boolean => opener !== undefined && step.startsWith(`${typesIn(opener)[0]}@`);
  const all = types.flatMap((type) =>
    Object.entries(samples[type] ?? {}).flatMap(([version, data]) => data.map((_, index) => `${type}@${version}#${index + 1}`)),
  );
  const twice = firsts.map((step) => `${step} > ${isOfOneStream(projection) ? step : `${step}/2`}`);
  const pairs = firsts.flatMap((one) => firsts.flatMap((other) => (one === other ? [] : [`${one} > ${other}`])));
  const lasting = firsts.filter((step) => isOpener(step) || opener === undefined || makesDocument(`${opener} > ${step}`));
  const afterAll = firsts.map((step) => [...lasting.filter((other) => other !== step), step].join(' > '));
  return [
    ...new Set([
      ...firsts,
      ...all.map((step) => (opener === undefined || isOpener(step) ? step : `${opener} > ${step}`)),
      ...twice,
      ...(firsts.length > mostPaired ? [] : pairs),
      ...afterAll,
    ]),
  ];
};

/** None, a deleted one, or a stream that is parked. */
const noDocument = /^null$|^\{\}$|^\{"[^"]*":null\}$|^parked/;

/** The first sample of an event's newest version. */
const firstOf = (type: string, samples: SampleEvents): string | undefined => {
  const [version, data] = Object.entries(samples[type] ?? {}).at(-1) ?? [];
  return data === undefined || data.length === 0 ? undefined : `${type}@${version}#1`;
};

/** The event types of a stream, by its name. */
export const typesIn = (name: string): readonly string[] => name.split(' > ').map((step) => step.slice(0, step.indexOf('@')));

/** The event types of recorded events, which are JSON text. */
export const typesOf = (given: string): readonly string[] => (JSON.parse(given) as readonly SampleStep[]).map(({ type }) => type);

/**
 * Of streams that show a fault, those that say something new: the shortest come first, and a stream with a type that was told is no news.
 * A stream tells of its last event.
 */
export const newsIn = <S extends { readonly types: readonly string[] }>(streams: readonly S[], toldBefore: readonly string[] = []): S[] => {
  const told = new Set(toldBefore);
  return streams
    .toSorted((a, b) => a.types.length - b.types.length)
    .filter(({ types }) => {
      const isNews = !types.some((type) => told.has(type));
      if (isNews) told.add(types.at(-1) ?? '');
      return isNews;
    });
};

/** The events of a stream, by its name. An event whose sample is missing is left out. */
export const stepsOf = (name: string, samples: SampleEvents): readonly SampleStep[] =>
  name.split(' > ').flatMap((step) => {
    const [, type = '', version = '', number, id] = /^(.*)@(\d+)#(\d+)(?:\/(\d+))?$/.exec(step) ?? [];
    const data = samples[type]?.[version]?.[Number(number) - 1];
    if (data === undefined) return [];
    return [{ type, schema: Number(version), data: JSON.parse(data), ...(id === undefined ? {} : { metadata: { id } }) }];
  });

/**
 * The documents that the rows of a projection make of a stream, as JSON text: the document, or the documents by key if there may be many. A
 * stream that cannot be applied is parked: the text names the event then. `differs each time`: the rows use the clock or chance.
 */
export const documentsOf = (domain: Domain, projection: AnyProjection, steps: readonly SampleStep[]): string => {
  const ask = () => documentsNow(domain, projection, steps);
  return isUnchanging(ask, (one, other) => one === other) ? ask() : unsteady;
};

const documentsNow = (domain: Domain, projection: AnyProjection, steps: readonly SampleStep[]): string => {
  const documents = new Map<string, Document>();
  for (const commit of commitsOf(domain, projection, steps)) {
    try {
      for (const event of eventsFor(projection, commit)) {
        const key = isOfOneStream(projection) ? event.metadata.id : keyOf(projection, event);
        if (key !== undefined) documents.set(key, evolveDocument(projection, documents.get(key) ?? null, event));
      }
    } catch (error) {
      if (!(error instanceof Poison)) throw error;
      return `parked by ${commit.events[0]?.type}`;
    }
  }
  const only = isOfOneStream(projection) && documents.size < 2;
  return jsonText(only ? ([...documents.values()][0] ?? null) : Object.fromEntries(documents));
};

type Document = ReturnType<typeof evolveDocument>;

/** Each event in a commit of its own, a second after the one before. */
const commitsOf = (domain: Domain, projection: AnyProjection, steps: readonly SampleStep[]): readonly Commit[] => {
  const versions = new Map<string, number>();
  return steps.map(({ metadata = {}, ...event }, index) => {
    const { aggregate = sourceOf(domain, projection, event.type), id = '1', tenant, recordedAt, ...cause } = metadata;
    const stream: Address = tenant === undefined ? { aggregate, id } : { tenant, aggregate, id };
    const version = (versions.get(streamName(stream)) ?? 0) + 1;
    versions.set(streamName(stream), version);
    const commandId = `command-${index + 1}`;
    return {
      ...{ stream, version, events: [event], commandId, correlationId: commandId, causationId: commandId, ...cause },
      recordedAt: recordedAt ?? new Date(Date.UTC(2026, 0, 1, 9, 0, index + 1)).toISOString(),
    };
  });
};

const sourceOf = (domain: Domain, projection: AnyProjection, type: string): string =>
  (domain.deciders.find(({ events }) => storedSchemaOf(events, type) !== undefined) ?? aggregateOf(domain, projection)).name;
