import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { scheduleList } from '../../adapters/reminders/scheduler-schedules.ts';
import { remindersOf } from '../../core/registry/domain.ts';
import { isCurrent } from '../../core/reminders/auditing.ts';
import type { Scheduled } from '../../core/reminders/ports.ts';
import { processOf } from '../../core/reminders/reminder.ts';
import type { Call, Command } from './command.ts';
import { clientSettings } from './events-table.ts';
import { numberOf, UsageError } from './flags.ts';
import { domainOf } from './local-domain.ts';

export const reminders: Command = {
  usage: `npm run es -- reminders [REMINDER] [--limit N] [--json]
  The commands that are scheduled, each with the event that set its time; those of one reminder where it is named. Each is compared with
  the log: a schedule of an event that no longer counts fires in vain, and the audit of the night deletes it.
  --limit N  at most N
  --json     one JSON object a line, for programs`,
  flags: { limit: { type: 'string' }, json: { type: 'boolean' } },
  run: async ({ words, flags, open }: Call): Promise<number> => {
    const [name, ...more] = words;
    if (more.length > 0) throw new UsageError('say one reminder, or none');
    const table = await open();
    const { schedules: place } = table.place;
    if (place === undefined) throw new UsageError('it is not known where the schedules are, or there are none: say --outputs FILE');
    const known = remindersOf(await domainOf(flags, table));
    if (name !== undefined && !known.some((one) => one.name === name))
      throw new UsageError(`there is no reminder '${name}', only ${known.map((one) => one.name).join(', ') || 'none'}`);
    const wanted = name === undefined ? undefined : processOf({ name });
    const limit = numberOf(flags, 'limit', 1_000_000) ?? Number.POSITIVE_INFINITY;
    const client = new SchedulerClient(clientSettings({ ...table.place, endpoint: place.services }));
    const list = scheduleList({ client, group: place.group });
    let shown = 0;
    let cursor: string | undefined;
    do {
      const page = await list(cursor);
      for (const one of page.schedules.filter(({ process }) => wanted === undefined || process === wanted)) {
        if (shown === limit) {
          console.error(`There are more: --limit ${limit}`);
          return 0;
        }
        shown += 1;
        const told = { ...one, isCurrent: await isCurrent({ reminders: known, eventStore: table.eventStore }, one) };
        console.log(flags['json'] ? JSON.stringify(told) : inWords(told));
      }
      cursor = page.cursor;
    } while (cursor !== undefined);
    if (shown === 0 && !flags['json']) console.log('Nothing is scheduled.');
    return 0;
  },
};

const inWords = ({ process, event, at, isCurrent: counts }: Scheduled & { readonly isCurrent: boolean }): string =>
  `${at}  ${process}  ${event}${counts ? '' : '  stale: another event has moved or cancelled it'}`;
