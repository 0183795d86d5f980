import type { Catalogue } from '../basics/messages.ts';
import { storedTypes } from '../log/former.ts';
import type { Knows } from '../log/newer-release.ts';
import { currentVersion } from '../log/upcasting.ts';
import { definitionsOf, revisionOf } from '../sagas/saga.ts';
import { answersOf } from '../write/answers.ts';
import type { AnyDecider } from '../write/decider.ts';
import type { Domain } from './domain.ts';

/** What the code of a domain knows. It opens no sealed values. */
export const knownBy = (domain: Domain): Knows => {
  const versions = new Map(versionsIn(domain));
  return (needs) => 'type' in needs && needs.schema <= (versions.get(needs.type) ?? 0);
};

const versionsIn = ({ deciders }: Domain): readonly (readonly [type: string, version: number])[] =>
  deciders.flatMap(({ events }) => versionsOf(events));

const versionsOf = (catalogue: Catalogue): readonly (readonly [type: string, version: number])[] =>
  storedTypes(catalogue).map(([type, schema]) => [type, currentVersion(schema)] as const);

/** Nothing for a decider without answers, so that its text stays as it was. */
const answered = (decider: AnyDecider): readonly unknown[] => (decider.answers === undefined ? [] : [versionsOf(answersOf(decider))]);

/**
 * A text that differs between two releases if one of them knows an event, a command, an answer, or a step of a saga that the other does not know. A
 * task that one release could not do is tried again by a release with another text.
 */
export const knowledgeOf = (domain: Domain): string =>
  JSON.stringify([
    versionsIn(domain),
    domain.deciders.map((decider) => [decider.name, Object.keys(decider.commands), ...answered(decider)]),
    (domain.sagas ?? [])
      .flatMap(definitionsOf)
      .map((saga) => [
        ...[saga.name, saga.formerly, revisionOf(saga), saga.startsOn.event],
        Object.entries(saga.steps).map(([step, { to, forEach, awaits = {}, undo }]) => [
          ...[step, to?.name, forEach, Object.keys(awaits), typeof undo],
        ]),
      ]),
  ]);
