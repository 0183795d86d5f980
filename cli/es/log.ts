import { type RecordedAct, recordedActs } from '../../core/operate/act-log.ts';
import type { Call, Command } from './command.ts';
import { numberOf, timeOf, UsageError } from './flags.ts';

export const log: Command = {
  usage: `npm run es -- log [--since TIME] [--limit 20] [--json]
  What operators have done, the newest first: when, who, what, why, and what came of it.
  --since TIME  only the acts since then: 2026-11-01, or a time in ISO 8601
  --limit N     at most N acts
  --json        one JSON object a line, for programs
  An act whose end is not known goes on, or the machine that did it stopped: do it again, for every repair may be repeated.
  The acts of a month are the stream system-2026-11, which show, verify and export have, too. A query for each month.`,
  flags: { since: { type: 'string' }, limit: { type: 'string' }, json: { type: 'boolean' } },
  run: async ({ words, flags, open }: Call): Promise<number> => {
    if (words.length > 0) throw new UsageError(`log takes no '${words.join(' ')}'`);
    const limit = numberOf(flags, 'limit', 1_000_000) ?? 20;
    const since = timeOf(flags, 'since') ?? '';
    const { eventStore } = await open();
    let found = 0;
    for await (const act of recordedActs({ eventStore, now: () => new Date() }, since)) {
      if (found === limit) {
        if (!flags['json']) console.error(`There are more: --limit ${limit}`);
        break;
      }
      found += 1;
      console.log(flags['json'] ? JSON.stringify(act) : lineOf(act));
    }
    if (found === 0 && !flags['json']) console.log('No act is recorded.');
    return 0;
  },
};

/** `2026-11-23T03:00:00.000Z  ada  redrive order-summary order-42  (INC-42)  done: 1 stream in, 0 still parked` */
const lineOf = ({ begunAt, who = '-', act, target, why, end }: RecordedAct): string => {
  const came = end === undefined ? 'begun, its end is not known' : `${end.outcome}: ${end.result}`;
  return [begunAt, who, `${act} ${target}`, ...(why === undefined ? [] : [`(${why})`]), came].map(oneLine).join('  ');
};

const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ');
