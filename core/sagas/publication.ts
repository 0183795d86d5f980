import * as z from 'zod';
import type { Catalogue, Metadata } from '../basics/messages.ts';
import type { AnyPublication } from '../publish/publication.ts';
import type { Domain } from '../registry/domain.ts';
import type { AnySaga } from './saga.ts';

/** The name of what only the service's own sagas listen to. */
export const sagaPublicationName = 'sagas';

/**
 * What the sagas of a domain listen to: that an event starts one, or that a step awaits it. It says no more than that it is
 * there, for what it says is in the log. None, where there are no sagas.
 */
export const sagaPublications = ({ deciders, sagas = [] }: Domain): readonly AnyPublication[] => {
  if (sagas.length === 0) return [];
  const awaited = [...new Set(sagas.flatMap(awaitedTypes))];
  const starting = [...new Set(sagas.map(startingType))];
  const types = [...new Set([...starting, ...awaited])];
  const nothing = z.object({});
  const row = (type: string) => (data: unknown, metadata: Metadata) =>
    awaited.includes(type) || sagas.some((saga) => startingType(saga) === type && mayStart(saga, data, metadata))
      ? { type: noticeOf(type), data: {} }
      : null;
  return [
    {
      name: sagaPublicationName,
      events: Object.assign({}, ...deciders.map(({ events }) => events)) as Catalogue,
      publishes: Object.fromEntries(types.map((type) => [noticeOf(type), nothing])),
      map: Object.fromEntries(types.map((type) => [type, row(type)])),
    },
  ];
};

/** The types of the notices that may start a saga, and of those that a step may await. */
export const noticesTo = (sagas: readonly AnySaga[]): { readonly starter: readonly string[]; readonly listener: readonly string[] } => ({
  starter: [...new Set(sagas.map((saga) => noticeOf(startingType(saga))))],
  listener: [...new Set(sagas.flatMap(awaitedTypes).map(noticeOf))],
});

const noticeOf = (type: string): string => `${type}.v1`;
const startingType = ({ startsOn }: AnySaga): string => startsOn.event;
const awaitedTypes = ({ steps }: AnySaga): string[] => Object.values(steps).flatMap(({ awaits = {} }) => Object.keys(awaits));

/** What a saga fails at is its starter's to report: here it would hold up all that the stream has to tell. */
const mayStart = ({ startsOn }: AnySaga, data: unknown, metadata: Metadata): boolean => {
  try {
    return metadata.aggregate === startsOn.of.name && startsOn.context(data, metadata) !== undefined;
  } catch {
    return true;
  }
};
