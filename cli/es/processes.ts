import { setTimeout } from 'node:timers/promises';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { sendAgainNotices } from '../../adapters/lambda/process-events.ts';
import { dynamoParkedCommands } from '../../adapters/processes/dynamo-parked-commands.ts';
import { Invalid } from '../../core/basics/errors.ts';
import { parseEventId } from '../../core/basics/stream.ts';
import { isProcessName } from '../../core/processes/kinds.ts';
import type { ParkedCommand, ParkedCommands } from '../../core/processes/ports.ts';
import { type Domain, processesOf } from '../../core/registry/domain.ts';
import { actFlags, actUsage, type Outcome, recordedAct } from './acts.ts';
import type { Call, Command } from './command.ts';
import type { EventsTable } from './events-table.ts';
import { numberOf, UsageError } from './flags.ts';
import { domainOf } from './local-domain.ts';
import { counted } from './progress.ts';
import { busOf } from './read-side.ts';

export const processes: Command = {
  usage: `npm run es -- processes [PROCESS] [--limit N] [--json]
npm run es -- processes PROCESS CAUSE --retry
npm run es -- processes PROCESS CAUSE --give-up
  The commands of processes that were refused, with the reason; those of all processes where none is named.
  PROCESS CAUSE  all that one cause has sent in one process: reaction:award-points booking-42@7
  --retry    has its commands sent again, with the code that is deployed: what was carried out already is left alone
  --give-up  takes them off the list: what they would have done is for you to see to
  --limit N  at most N of each
  --json     one JSON object a line, for programs
With --retry and --give-up:
${actUsage}
  Exit code 1 if a command is still parked.`,
  flags: {
    ...{ retry: { type: 'boolean' }, 'give-up': { type: 'boolean' }, limit: { type: 'string' }, json: { type: 'boolean' } },
    ...actFlags,
  },
  run: async (call: Call): Promise<number> => {
    const { words, flags } = call;
    const [name, cause, ...more] = words;
    const asked = Object.keys(actions).filter((act) => flags[act] === true);
    if (asked.length > 1) throw new UsageError(`--${asked.join(' and --')} exclude each other`);
    const [act] = asked;
    if (more.length > 0 || (cause === undefined) !== (act === undefined))
      throw new UsageError('say PROCESS and CAUSE together with --retry or --give-up, like reaction:award-points booking-42@7 --retry');
    const side = await openProcesses(call);
    for (const one of name === undefined ? [] : [name]) demandProcess(side.domain, one);
    if (name === undefined || cause === undefined || act === undefined) return list(side, name, flags);
    demandCause(name, cause);
    const found = await side.parked.of(name, cause);
    if (found.length === 0) {
      console.log(`Nothing of ${cause} is parked in ${name}.`);
      return 1;
    }
    return recordedAct(call, side.table, { act, target: `${name} ${cause}` }, () => actions[act as keyof typeof actions](side, found));
  },
};

interface ProcessSide {
  readonly table: EventsTable;
  readonly domain: Domain;
  readonly parked: ParkedCommands;
  readonly sendAgain: ReturnType<typeof sendAgainNotices>;
}

const openProcesses = async ({ flags, open }: Call): Promise<ProcessSide> => {
  const table = await open();
  const { parkedCommands, readSide } = table.place;
  if (parkedCommands === undefined || readSide === undefined)
    throw new UsageError('it is not known where the processes are, or there are none: say --outputs FILE');
  return {
    table,
    domain: await domainOf(flags, table),
    parked: dynamoParkedCommands({ client: DynamoDBDocumentClient.from(table.client), table: parkedCommands }),
    sendAgain: sendAgainNotices({ bus: busOf(table, readSide), now: () => new Date() }),
  };
};

/** What causes a reaction or a reminder is an event. @throws UsageError. */
const demandCause = (process: string, cause: string): void => {
  try {
    if (/^(reaction|reminder):/.test(process)) parseEventId(cause);
  } catch (error) {
    throw error instanceof Invalid ? new UsageError(error.message) : error;
  }
};

/** A process that the code no longer has may have parked commands: they can be listed by its name and given up. @throws UsageError. */
const demandProcess = (domain: Domain, name: string): void => {
  if (!isProcessName(name))
    throw new UsageError(`'${name}' is no name of a process; there are ${processesOf(domain).join(', ') || 'none'}`);
};

const list = async ({ domain, parked }: ProcessSide, name: string | undefined, flags: Call['flags']): Promise<number> => {
  const limit = numberOf(flags, 'limit', 1_000_000) ?? Number.POSITIVE_INFINITY;
  let found = 0;
  for (const process of name === undefined ? processesOf(domain) : [name]) {
    let shown = 0;
    for await (const one of parked.all(process)) {
      if (shown === limit) {
        console.error(`${process} has more: --limit ${limit}`);
        break;
      }
      shown += 1;
      console.log(flags['json'] ? JSON.stringify(one) : inWords(one));
    }
    found += shown;
  }
  if (found === 0 && !flags['json']) console.log('Nothing is parked.');
  return 0;
};

const inWords = ({ process, cause, command = 'its row', since, message }: ParkedCommand): string =>
  `${process}  ${cause}  ${command} since ${since}: ${message}`;

type Act = (side: ProcessSide, found: readonly ParkedCommand[]) => Promise<Outcome>;

/** The function takes out of the table what it has carried out, and parks anew what is refused again. */
const retry: Act = async ({ domain, parked, sendAgain }, found) => {
  const { process, cause } = found[0] as ParkedCommand;
  if (!processesOf(domain).includes(process))
    throw new UsageError(`the code has no process '${process}': deploy it again, or say --give-up`);
  await sendAgain({ process, cause });
  const before = new Set(found.map(keyOf));
  for (let seconds = 0; seconds < longestWait; seconds += 1) {
    await setTimeout(1000);
    const left = await parked.of(process, cause);
    if (left.some((one) => before.has(keyOf(one)))) continue; // Not tried yet.
    for (const one of left) console.log(`still parked: ${inWords(one)}`);
    if (left.length > 0) return ended({ code: 1, outcome: 'failed', result: `${counted(left.length, 'command')} still parked` });
    // What could not be read has no id of its own: what is refused of it now is parked under the id that it has.
    const read = `read now: npm run es -- processes ${process} shows whether its commands were refused`;
    const done = cause.startsWith('unread-') ? read : `${counted(found.length, 'command')} carried out`;
    return ended({ code: 0, outcome: 'done', result: done });
  }
  const result = `The function has not tried them in ${longestWait} seconds. npm run es -- processes ${process} shows what came of it.`;
  return ended({ code: 1, outcome: 'failed', result });
};

/** Each time that a command is parked is another time. */
const keyOf = ({ place, since }: ParkedCommand): string => `${place} ${since}`;

/** The bus and the queue deliver within a second, and the function has some seconds of its own. */
const longestWait = 60;

const giveUp: Act = async ({ parked }, found) => {
  for (const one of found) await parked.delete(one);
  return ended({ code: 0, outcome: 'done', result: `${counted(found.length, 'command')} given up` });
};

const actions = { retry, 'give-up': giveUp } as const;

const ended = (outcome: Outcome): Outcome => {
  console.log(outcome.result);
  return outcome;
};
