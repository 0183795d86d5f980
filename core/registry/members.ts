import type { AnyCalls } from '../calls/calls.ts';
import type { AnyInbox } from '../inboxes/inbox.ts';
import type { AnyPublication } from '../publish/publication.ts';
import type { AnyReaction } from '../reactions/reaction.ts';
import type { AnyProjection } from '../read/projection.ts';
import type { AnyReminder } from '../reminders/reminder.ts';
import type { AnySaga } from '../sagas/saga.ts';
import type { AnySchedule } from '../schedules/schedule.ts';
import type { AnyWebhook } from '../webhooks/webhook.ts';
import type { AnyDecider } from '../write/decider.ts';

/** The members of a service. */
export interface Domain {
  readonly deciders: readonly AnyDecider[];
  readonly projections: readonly AnyProjection[];
  readonly sagas?: readonly AnySaga[];
  /** The calls to third parties. */
  readonly calls?: readonly AnyCalls[];
  /** The commands that events cause, without a process around them. */
  readonly reactions?: readonly AnyReaction[];
  /** The commands at times that events set. */
  readonly reminders?: readonly AnyReminder[];
  /** The commands at recurring times. */
  readonly schedules?: readonly AnySchedule[];
  /** What providers may tell the service, each in its own shape. */
  readonly webhooks?: readonly AnyWebhook[];
  /** What others send to this service. */
  readonly inboxes?: readonly AnyInbox[];
  /** The integration events. Without publications no event leaves the service. */
  readonly publications?: readonly AnyPublication[];
}

/** First words of paths that the service uses, or reserves for later use. */
export const reservedNames: ReadonlySet<string> = new Set([
  ...['streams', 'sagas', 'parked', 'relay', 'health', 'openapi.json', 'asyncapi.json'],
  ...['queries', 'webhooks', 'subjects', 'system', 'console'],
]);

/** The aggregates whose events a projection has rows for. */
export const sourcesOf = ({ deciders }: Domain, { evolve }: AnyProjection): readonly AnyDecider[] =>
  deciders.filter(({ events }) => Object.keys(evolve).some((type) => Object.hasOwn(events, type)));
