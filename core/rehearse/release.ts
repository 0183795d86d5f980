import type { Knows } from '../log/newer-release.ts';
import type { AnyPublication } from '../publish/publication.ts';
import { type AnyProjection, isOfOneStream, tableKey } from '../read/projection.ts';
import { type Domain, projectionsOf, publicationsOf, sagasOf } from '../registry/domain.ts';
import { knownBy } from '../registry/knowledge.ts';
import type { AnySaga } from '../sagas/saga.ts';
import type { AnyDecider } from '../write/decider.ts';

/** The code of a release, as a rehearsal runs it over the history. */
export interface Release {
  readonly domain: Domain;
  readonly knows: Knows;
  readonly membersFor: (aggregate: string) => Members;
}

/** What a release does with the events of one aggregate. */
export interface Members {
  /** Undefined if the release has no such aggregate. */
  readonly decider: AnyDecider | undefined;
  /** Whether the states are rehearsed, too. */
  readonly isFolded: boolean;
  /** The projections with a document for each stream. */
  readonly ofOneStream: readonly AnyProjection[];
  /** The projections with documents of many streams. */
  readonly ofManyStreams: readonly AnyProjection[];
  readonly publications: readonly AnyPublication[];
  /** The sagas that start on an event of the aggregate, or await one. */
  readonly sagas: readonly AnySaga[];
}

export interface ReleaseOptions {
  /** The name of the only member to rehearse: an aggregate, a projection (`orders` or `orders@2`), a publication or a saga. */
  readonly only?: string | undefined;
  /** The framework's own aggregates. They are no members of the domain. */
  readonly own?: readonly AnyDecider[];
}

/** A domain, prepared for a rehearsal. */
export const releaseOf = (domain: Domain, { only, own = [] }: ReleaseOptions = {}): Release => {
  const deciders = [...domain.deciders, ...own];
  const isMeant = (...names: readonly string[]): boolean => only === undefined || names.includes(only);
  const members = (aggregate: string): Members => {
    const decider = deciders.find(({ name }) => name === aggregate);
    const hasAny = (types: readonly string[]): boolean => types.some((type) => Object.hasOwn(decider?.events ?? {}, type));
    const projections = projectionsOf(domain)(aggregate).filter((one) => isMeant(one.name, tableKey(one)));
    return {
      decider,
      isFolded: isMeant(aggregate),
      ofOneStream: projections.filter(isOfOneStream),
      ofManyStreams: projections.filter((one) => !isOfOneStream(one)),
      publications: publicationsOf(domain).filter(({ name, map }) => isMeant(name) && hasAny(Object.keys(map))),
      sagas: sagasOf(domain).filter((saga) => isMeant(saga.name) && hasAny(typesHeardBy(saga))),
    };
  };
  const known = new Map<string, Members>();
  return {
    domain,
    knows: knownBy({ ...domain, deciders }),
    membersFor: (aggregate) => {
      const found = known.get(aggregate) ?? members(aggregate);
      known.set(aggregate, found);
      return found;
    },
  };
};

/** The names that `only` may have. */
export const namesIn = (domain: Domain): readonly string[] => [
  ...domain.deciders.map(({ name }) => name),
  ...new Set(domain.projections.flatMap((one) => [one.name, tableKey(one)])),
  ...publicationsOf(domain).map(({ name }) => name),
  ...sagasOf(domain).map(({ name }) => name),
];

const typesHeardBy = ({ startsOn, steps }: AnySaga): readonly string[] => [
  startsOn.event,
  ...Object.values(steps).flatMap(({ awaits = {} }) => Object.keys(awaits)),
];
