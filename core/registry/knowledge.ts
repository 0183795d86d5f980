import type * as z from 'zod';
import type { Knows } from '../log/newer-release.ts';
import { currentVersion } from '../log/upcasting.ts';
import { definitionsOf, revisionOf } from '../sagas/saga.ts';
import type { Domain } from './domain.ts';

/** What the code of a domain knows. It opens no sealed values. */
export const knownBy = (domain: Domain): Knows => {
  const versions = new Map(versionsIn(domain));
  return (needs) => 'type' in needs && needs.schema <= (versions.get(needs.type) ?? 0);
};

const versionsIn = ({ deciders }: Domain): readonly (readonly [type: string, version: number])[] =>
  deciders.flatMap(({ events }) =>
    Object.entries(events as Record<string, z.ZodType>).map(([type, schema]) => [type, currentVersion(schema)] as const),
  );

/**
 * A text that differs between two releases if one of them knows an event, a command, or a step of a saga that the other does not know. A
 * task that one release could not do is tried again by a release with another text.
 */
export const knowledgeOf = (domain: Domain): string =>
  JSON.stringify([
    versionsIn(domain),
    domain.deciders.map(({ name, commands }) => [name, Object.keys(commands)]),
    (domain.sagas ?? [])
      .flatMap(definitionsOf)
      .map((saga) => [
        ...[saga.name, saga.formerly, revisionOf(saga), saga.startsOn.event],
        Object.entries(saga.steps).map(([step, { to, forEach, awaits = {}, undo }]) => [
          ...[step, to.name, forEach, Object.keys(awaits), typeof undo],
        ]),
      ]),
  ]);
