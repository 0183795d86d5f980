import type * as z from 'zod';
import { checkDomain } from '#rules'; // By this name, so that the bundles of functions can leave it out.
import { NotFound } from '../basics/errors.ts';
import { type Catalogue, parseMessage } from '../basics/messages.ts';
import type { Address } from '../basics/stream.ts';
import type { AnyCalls } from '../calls/calls.ts';
import { callPublications, hasAnswers } from '../calls/publication.ts';
import type { AnyInbox } from '../inboxes/inbox.ts';
import { processName } from '../processes/kinds.ts';
import type { AnyPublication } from '../publish/publication.ts';
import { reactionPublications } from '../reactions/publication.ts';
import type { AnyReaction } from '../reactions/reaction.ts';
import type { AnyProjection } from '../read/projection.ts';
import { reminderPublications } from '../reminders/publication.ts';
import { type AnyReminder, processOf } from '../reminders/reminder.ts';
import { sagaPublications } from '../sagas/publication.ts';
import type { AnySaga } from '../sagas/saga.ts';
import type { AnySchedule } from '../schedules/schedule.ts';
import type { AnyWebhook } from '../webhooks/webhook.ts';
import { liftedCommand } from '../write/command-versions.ts';
import type { AnyDecider, CommandOf } from '../write/decider.ts';
import { clientCommands } from './access.ts';
import { type Domain, reservedNames, sourcesOf } from './members.ts';

export { type Domain, reservedNames };

/**
 * Defines a service by its members. It checks the rules that the compiler cannot check, such as unique names, and schemas whose data would
 * not survive JSON.
 * @throws Error, naming the member and the rule that it breaks.
 *
 * @example
 * export const domain = defineDomain({
 *   deciders: [order, payment],
 *   projections: [orderSummary],
 *   sagas: [fulfilment],
 *   publications: [orderPublication],
 *   calls: [paymentProvider],
 * });
 */
export const defineDomain = (domain: Domain): Domain => {
  checkDomain(domain);
  return domain;
};

/** The sagas of a domain; empty where it has none. */
export const sagasOf = ({ sagas = [] }: Domain): readonly AnySaga[] => sagas;

/** The calls of a domain; empty where it has none. */
export const callsOf = ({ calls = [] }: Domain): readonly AnyCalls[] => calls;

/** The reactions of a domain; empty where it has none. */
export const reactionsOf = ({ reactions = [] }: Domain): readonly AnyReaction[] => reactions;

/** The schedules of a domain; empty where it has none. */
export const schedulesOf = ({ schedules = [] }: Domain): readonly AnySchedule[] => schedules;
/** The reminders of a domain; empty where it has none. */
export const remindersOf = ({ reminders = [] }: Domain): readonly AnyReminder[] => reminders;

/** The names of all processes that park what is refused: `reaction:award-points`. */
export const processesOf = (domain: Domain): readonly string[] => [
  ...reactionsOf(domain).map(({ name }) => processName('reaction', name)),
  ...schedulesOf(domain).map(({ name }) => processName('schedule', name)),
  ...callsOf(domain)
    .filter(hasAnswers)
    .map(({ name }) => processName('call', name)),
  ...remindersOf(domain).map(processOf),
  ...inboxesOf(domain).map(({ name }) => processName('inbox', name)),
  ...webhooksOf(domain).map(({ name }) => processName('webhook', name)),
];

/** The webhooks of a domain; empty where it has none. */
export const webhooksOf = ({ webhooks = [] }: Domain): readonly AnyWebhook[] => webhooks;

/** The inboxes of a domain; empty where it has none. */
export const inboxesOf = ({ inboxes = [] }: Domain): readonly AnyInbox[] => inboxes;

/** The schemas of an aggregate's events. @throws NotFound (`UnknownAggregate`). */
export const eventsOf =
  (domain: Domain) =>
  (aggregate: string): Catalogue =>
    deciderNamed(domain, aggregate).events;

/** The projections that have a row for an event of an aggregate. */
export const projectionsOf =
  (domain: Domain) =>
  (aggregate: string): readonly AnyProjection[] =>
    domain.projections.filter((projection) => sourcesOf(domain, projection).some(({ name }) => name === aggregate));

/** Whether a projection has a row for an event of a stream's aggregate. */
export const isListening =
  (domain: Domain) =>
  (projection: AnyProjection, { aggregate }: Address): boolean =>
    sourcesOf(domain, projection).some(({ name }) => name === aggregate);

/** The publications of a domain; empty if it has none. */
export const publicationsOf = ({ publications = [] }: Domain): readonly AnyPublication[] => publications;

/** Everything that the relay publishes to the bus: integration events, and the notices for the service's own sagas, calls, reactions and reminders. */
export const relayedOf = (domain: Domain): readonly AnyPublication[] => [
  ...publicationsOf(domain),
  ...sagaPublications(domain),
  ...callPublications(domain.calls ?? []),
  ...reactionPublications(reactionsOf(domain)),
  ...reminderPublications(remindersOf(domain)),
];

/** Whether the relay publishes anything: it has streams of its own then, and may park them. */
export const hasRelayed = ({ publications = [], sagas = [], calls = [], reactions = [], reminders = [] }: Domain): boolean =>
  [publications, sagas, calls, reactions, reminders].some(({ length }) => length > 0);

/** Whether any event of an aggregate leaves the service. */
export const isPublished = (domain: Domain): ((aggregate: string) => boolean) => isIn(domain, publicationsOf(domain));

/** Whether the relay publishes any event of an aggregate to the bus. */
export const isRelayed = (domain: Domain): ((aggregate: string) => boolean) => isIn(domain, relayedOf(domain));

const isIn = ({ deciders }: Domain, publications: readonly AnyPublication[]): ((aggregate: string) => boolean) => {
  const leaving = new Set(publications.flatMap(({ map }) => Object.keys(map)));
  const aggregates = deciders.filter(({ events }) => Object.keys(events).some((type) => leaving.has(type)));
  return (aggregate) => aggregates.some(({ name }) => name === aggregate);
};

/** The aggregate that a projection listens to; the first of them if it listens to several. */
export const aggregateOf = (domain: Domain, projection: AnyProjection): AnyDecider => sourcesOf(domain, projection)[0] as AnyDecider;

/** The decider of this name. @throws NotFound (`UnknownAggregate`). */
export const deciderNamed = ({ deciders }: Domain, name: string): AnyDecider => {
  const decider = deciders.find((one) => one.name === name);
  if (decider === undefined) throw new NotFound('UnknownAggregate', `there is no aggregate '${name}'`);
  return decider;
};

/** The revisions of a projection, the oldest first. @throws NotFound (`UnknownProjection`). */
export const revisionsOf = ({ projections }: Domain, name: string): readonly [AnyProjection, ...AnyProjection[]] => {
  const [oldest, ...later] = projections.filter((one) => one.name === name).sort((a, b) => a.revision - b.revision);
  if (oldest === undefined) throw new NotFound('UnknownProjection', `there is no projection '${name}'`);
  return [oldest, ...later];
};

/** The names of all projections. */
export const projectionNames = ({ projections }: Domain): readonly string[] => [...new Set(projections.map(({ name }) => name))];

/** One revision of a projection. @throws NotFound (`UnknownProjection`). */
export const revisionOf = (domain: Domain, name: string, revision: number): AnyProjection => {
  const found = revisionsOf(domain, name).find((one) => one.revision === revision);
  if (found === undefined) throw new NotFound('UnknownProjection', `there is no projection '${name}@${revision}'`);
  return found;
};

/**
 * Checks a client's command against the decider's schemas. An internal command is unknown to clients.
 * @throws NotFound (`UnknownCommand`); Invalid (`InvalidData`).
 */
export const parseCommand = <D extends AnyDecider>(decider: D, type: string, data: unknown, version?: number): CommandOf<D> => {
  if (!clientCommands(decider).includes(type)) throw new NotFound('UnknownCommand', `'${decider.name}' has no command '${type}'`);
  const schema: z.ZodType = decider.commands[type];
  const lifted = version === undefined ? data : liftedCommand(schema, { type, data, version });
  return parseMessage<D['commands']>(decider.commands, { type, data: lifted });
};
