import { rowOf } from '../../basics/messages.ts';
import { type Domain, webhooksOf } from '../../registry/domain.ts';
import { same } from '../bounds.ts';
import { compatible, incompatible, type SchemaFinding } from '../comparison.ts';

/** The key of the webhooks in the schema lock, beside the aggregates. */
export const webhooksKey = 'received-by-webhooks';

/** What the ids of a webhook's commands are made of, and the events that cause them. */
export interface WebhookShape {
  /** `body`: a function takes it from what is signed, which a lock cannot see. */
  readonly id: 'digest' | 'body';
  /** Sorted. */
  readonly events: readonly string[];
}

/** By the webhook's name, which is in its URL. */
export type WebhookShapes = Readonly<Record<string, WebhookShape>>;

export const webhookShapes = (domain: Domain): WebhookShapes =>
  Object.fromEntries(
    webhooksOf(domain).map(({ name, id, events }) => [
      name,
      { id: id === 'digest' ? 'digest' : 'body', events: Object.keys(events).sort() },
    ]),
  );

/** All differences. Providers deliver an event for days: across a deployment it must find the webhook, and cause commands of the same ids. */
export const compareWebhooks = (locked: WebhookShapes, current: WebhookShapes): readonly SchemaFinding[] =>
  [...new Set([...Object.keys(locked), ...Object.keys(current)])].flatMap((name): readonly SchemaFinding[] => {
    const path = `webhook ${name}`;
    const [was, is] = [rowOf<WebhookShape>(locked, name), rowOf<WebhookShape>(current, name)];
    if (was === undefined) return [compatible({ path, change: 'is a new webhook' })];
    if (is === undefined) return [goneWebhook(path)];
    const rows = same(was.events, is.events) ? [] : [rowsChanged(path, was.events, is.events)];
    return was.id === is.id ? rows : [otherIds(path, was.id, is.id), ...rows];
  });

const rowsChanged = (path: string, before: readonly string[], after: readonly string[]): SchemaFinding => {
  const gone = before.filter((type) => !after.includes(type));
  if (gone.length === 0) return compatible({ path, change: 'has rows for more events', before, after });
  return incompatible({
    path,
    change: 'has rows for fewer events',
    before,
    after,
    breaks: `deliveries of ${gone.join(', ')} are answered 200 and cause nothing, also those that the provider delivers again; what is parked of them cannot be sent again`,
    remedy:
      'keep the row, with commands that are null. Otherwise wait until `npm run es -- processes` lists none of them and the provider posts them no more; then accept it with --incompatible',
  });
};

const goneWebhook = (path: string): SchemaFinding =>
  incompatible({
    path,
    change: 'is no longer in the domain',
    breaks:
      'the provider gets 404, and what is parked cannot be sent again. Under another name, the commands have other ids: those of an event that is delivered again are carried out twice',
    remedy:
      'keep the name. To end the webhook, have the provider stop, and wait until `npm run es -- processes` lists nothing of it; then accept it with --incompatible',
  });

const otherIds = (path: string, before: string, after: string): SchemaFinding =>
  incompatible({
    path,
    change: 'has its ids from elsewhere',
    before,
    after,
    breaks: 'the commands have other ids: those of an event that was delivered before and is delivered again are carried out twice',
    remedy: 'keep the ids, or define a new webhook for the provider to post to, and end this one',
  });
