import type { Metadata } from '../basics/messages.ts';
import { noticesFor, noticesIn } from '../publish/notices.ts';
import type { AnyPublication } from '../publish/publication.ts';
import type { AnyDecider } from '../write/decider.ts';
import { interruptingTypes } from './interruption.ts';
import { type AnySaga, definitionsOf } from './saga.ts';

/** The name of the notices for the service's own sagas. */
export const sagaPublicationName = 'sagas';

/** The type of the notice that an execution must be stopped. It is no notice of an event: those name a version. */
export const stopNotice = 'StopExecution';

/** The part of a domain that the notices for sagas are made of. */
export interface SagaSources {
  readonly deciders: readonly AnyDecider[];
  readonly sagas?: readonly AnySaga[];
}

/** The notices that sagas listen to: an event starts a saga, or a step awaits it. Empty where the domain has no sagas. */
export const sagaPublications = ({ deciders, sagas = [] }: SagaSources): readonly AnyPublication[] => {
  if (sagas.length === 0) return [];
  const awaited = [...new Set(sagas.flatMap(definitionsOf).flatMap(awaitedTypes))];
  const types = [...new Set([...sagas.map(startingType), ...awaited])];
  const isTold = (type: string, data: unknown, metadata: Metadata): boolean =>
    awaited.includes(type) || sagas.some((saga) => startingType(saga) === type && mayStart(saga, data, metadata));
  return [noticesFor({ name: sagaPublicationName, events: Object.assign({}, ...deciders.map(({ events }) => events)), types, isTold })];
};

/** The types of the notices that may start a saga, and of those that a step may await, with the notice to stop an execution. */
export const noticesTo = (sagas: readonly AnySaga[]): { readonly starter: readonly string[]; readonly listener: readonly string[] } => ({
  starter: [...new Set(sagas.flatMap(({ startsOn }) => noticesIn(startsOn.of.events, [startsOn.event])))],
  listener: sagas.length === 0 ? [] : [...new Set(sagas.flatMap(definitionsOf).flatMap(noticesAwaited)), stopNotice],
});

const startingType = ({ startsOn }: AnySaga): string => startsOn.event;
const noticesAwaited = ({ steps, interruptedBy = {} }: AnySaga): readonly string[] => [
  ...Object.values(steps).flatMap(({ to, awaits = {} }) => noticesIn(to?.events ?? {}, Object.keys(awaits))),
  ...Object.entries(interruptedBy).flatMap(([type, { of }]) => noticesIn(of.events, [type])),
];
/** The events that a step awaits, or that interrupt the saga. */
const awaitedTypes = (saga: AnySaga): string[] => [
  ...Object.values(saga.steps).flatMap(({ awaits = {} }) => Object.keys(awaits)),
  ...interruptingTypes(saga),
];

/** Whether a saga may start on an event. True if its `context` throws: the starter reports that; an error here would park the stream. */
const mayStart = ({ startsOn }: AnySaga, data: unknown, metadata: Metadata): boolean => {
  try {
    return metadata.aggregate === startsOn.of.name && startsOn.context(data, metadata) !== undefined;
  } catch {
    return true;
  }
};
