import type { Recorded } from '../basics/messages.ts';
import type { Address } from '../basics/stream.ts';
import type { EventStore } from '../log/event-store.ts';
import { fromStored } from '../log/stored-events.ts';
import { type Setting, settingOf } from './due.ts';
import type { AnyReminder } from './reminder.ts';

/** More commits than most streams have. */
const pageCommits = 64;

/** What a stream says about a reminder, the newest first. The first one counts; the others are those that were read with it. */
export type Settings = readonly Setting[];

/**
 * What a stream says about each reminder up to a version. It reads the stream backwards, strongly consistent, until it knows what counts
 * for each.
 */
export const settingsIn = async (
  eventStore: Pick<EventStore, 'read'>,
  stream: Address,
  { reminders, upTo = Number.MAX_SAFE_INTEGER }: { readonly reminders: readonly AnyReminder[]; readonly upTo?: number },
): Promise<ReadonlyMap<AnyReminder, Settings>> => {
  const found = new Map<AnyReminder, Setting[]>(reminders.map((reminder) => [reminder, []]));
  let from: number | undefined = upTo;
  while (from !== undefined && from > 0 && [...found.values()].some((settings) => settings.length === 0)) {
    const page = await eventStore.read(stream, { from, limit: pageCommits, newestFirst: true });
    for (const event of page.commits.flatMap((commit) => fromStored(eventsOf(reminders), commit).toReversed()))
      if (event.metadata.version <= upTo) for (const [reminder, settings] of found) settings.push(...said(reminder, event));
    from = page.next;
  }
  return found;
};

const said = (reminder: AnyReminder, event: Recorded): readonly Setting[] => {
  const setting = settingOf(reminder, event);
  return setting === undefined ? [] : [setting];
};

/** All reminders of one stream are of its aggregate. */
const eventsOf = (reminders: readonly AnyReminder[]) => (reminders[0] as AnyReminder).of.events;
