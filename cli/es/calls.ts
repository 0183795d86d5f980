import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { noticeIn } from '../../adapters/lambda/queued.ts';
import { toEventId } from '../../adapters/lambda/saga-events.ts';
import { dynamoCircuits } from '../../adapters/outbound/dynamo-circuits.ts';
import { dynamoParkedCommands } from '../../adapters/processes/dynamo-parked-commands.ts';
import { type Circuit, isOpen } from '../../core/calls/circuit.ts';
import type { Circuits } from '../../core/calls/guarded.ts';
import { processName } from '../../core/processes/kinds.ts';
import type { ParkedCommands } from '../../core/processes/ports.ts';
import { actFlags, actUsage, type Outcome, recordedAct } from './acts.ts';
import type { Call, Command } from './command.ts';
import { clientSettings, type EventsTable } from './events-table.ts';
import { numberOf, UsageError } from './flags.ts';
import { counted } from './progress.ts';

export const calls: Command = {
  usage: `npm run es -- calls [NAME] [--limit N] [--json]
npm run es -- calls NAME (EVENT | --all) --retry
npm run es -- calls NAME (EVENT | --all) --give-up
  The third parties that have limits: the calls that wait, that are under way and that have failed for a day, the answers that are parked,
  and the circuit. With NAME, the calls that have failed, too. Answers that are parked are in: npm run es -- processes call:NAME
  --retry    puts failed calls back into their queue: they are made under the same key
  --give-up  deletes them: what they would have done is for you to see to
  --limit N  lists at most N failed calls (100)
  --json     one JSON object a line, for programs
With --retry and --give-up:
${actUsage}
  Exit code 1 if there is no such call.`,
  flags: {
    ...{ retry: { type: 'boolean' }, 'give-up': { type: 'boolean' }, all: { type: 'boolean' } },
    ...{ limit: { type: 'string' }, json: { type: 'boolean' } },
    ...actFlags,
  },
  run: async (call: Call): Promise<number> => {
    const { words, flags } = call;
    const [name, event, ...more] = words;
    const asked = Object.keys(actions).filter((act) => flags[act] === true);
    if (asked.length > 1) throw new UsageError(`--${asked.join(' and --')} exclude each other`);
    const [act] = asked;
    const isAll = flags['all'] === true;
    const says = (event !== undefined) !== isAll;
    if (more.length > 0 || (act === undefined ? event !== undefined || isAll : name === undefined || !says))
      throw new UsageError('say NAME, and an EVENT or --all, together with --retry or --give-up, like courier parcel-42@1 --retry');
    const side = await openCalls(call);
    if (name !== undefined && side.queues[name] === undefined)
      throw new UsageError(`no third party '${name}' has limits here; there are ${Object.keys(side.queues).join(', ') || 'none'}`);
    if (act === undefined || name === undefined) return list(side, name, flags);
    const target = `calls ${name} ${event ?? '--all'}`;
    return recordedAct(call, side.table, { act, target }, () => settle(side, { name, event }, actions[act as keyof typeof actions]));
  },
};

interface Queues {
  readonly queue: string;
  readonly deadLetters: string;
}

interface CallSide {
  readonly table: EventsTable;
  readonly sqs: SQSClient;
  readonly queues: Readonly<Record<string, Queues>>;
  readonly circuits: Circuits;
  readonly parked: ParkedCommands | undefined;
}

const openCalls = async ({ open }: Call): Promise<CallSide> => {
  const table = await open();
  const { callSide, parkedCommands } = table.place;
  if (callSide === undefined) throw new UsageError('no third party has limits here, or it is not known where: say --outputs FILE');
  const client = DynamoDBDocumentClient.from(table.client);
  return {
    table,
    // The queues are where the table is: an endpoint that was said is that of DynamoDB alone.
    sqs: new SQSClient({ ...clientSettings({ ...table.place, endpoint: callSide.services }), useQueueUrlAsEndpoint: false }),
    queues: callSide.queues,
    circuits: dynamoCircuits({ client, table: callSide.circuits, newVersion: () => '' }),
    parked: parkedCommands === undefined ? undefined : dynamoParkedCommands({ client, table: parkedCommands }),
  };
};

const list = async (side: CallSide, only: string | undefined, flags: Call['flags']): Promise<number> => {
  const limit = numberOf(flags, 'limit', 100_000) ?? 100;
  for (const name of Object.keys(side.queues).filter((one) => only === undefined || one === only)) {
    const state = await stateOf(side, name);
    console.log(flags['json'] ? JSON.stringify(state) : inWords(state));
  }
  if (only === undefined) return 0;
  const { deadLetters } = side.queues[only] as Queues;
  const letters: Message[] = [];
  for await (const some of lettersIn(side, deadLetters)) {
    letters.push(...some);
    if (letters.length > limit) break;
  }
  // They were only looked at: the next reader finds them at once.
  for (const { ReceiptHandle } of letters)
    await side.sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl: deadLetters, ReceiptHandle, VisibilityTimeout: 0 }));
  for (const letter of letters.slice(0, limit))
    console.log(flags['json'] ? JSON.stringify({ name: only, failed: eventIn(letter) }) : `  failed: ${eventIn(letter)}`);
  if (letters.length > limit) console.error(`${only} has more: --limit ${limit}`);
  return 0;
};

interface State {
  readonly name: string;
  readonly waiting: number;
  readonly underWay: number;
  readonly failed: number;
  readonly parked: number;
  readonly circuit: 'open' | 'closed';
  /** ISO 8601: open since then. */
  readonly since?: string;
  readonly nextTry?: string;
}

const stateOf = async (side: CallSide, name: string): Promise<State> => {
  const { queue, deadLetters } = side.queues[name] as Queues;
  const [own, dead, { circuit }] = await Promise.all([countsOf(side, queue), countsOf(side, deadLetters), side.circuits.read(name)]);
  const parked = await countParked(side, name);
  const at = isOpen(circuit) ? timesOf(circuit) : {};
  const [waiting, failed] = [own.visible + own.later, dead.visible + dead.underWay];
  return { name, waiting, underWay: own.underWay, failed, parked, circuit: isOpen(circuit) ? 'open' : 'closed', ...at };
};

const timesOf = ({ since, until }: Circuit) => ({ since: new Date(since).toISOString(), nextTry: new Date(until).toISOString() });

/** As many as are worth counting. */
const mostParked = 1000;
const countParked = async ({ parked }: CallSide, name: string): Promise<number> => {
  let found = 0;
  for await (const _ of parked?.all(processName('call', name)) ?? []) {
    found += 1;
    if (found === mostParked) break;
  }
  return found;
};

const countsOf = async ({ sqs }: CallSide, QueueUrl: string) => {
  const { Attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({
      QueueUrl,
      AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible', 'ApproximateNumberOfMessagesDelayed'],
    }),
  );
  return {
    visible: Number(Attributes['ApproximateNumberOfMessages'] ?? 0),
    underWay: Number(Attributes['ApproximateNumberOfMessagesNotVisible'] ?? 0),
    later: Number(Attributes['ApproximateNumberOfMessagesDelayed'] ?? 0),
  };
};

const inWords = ({ name, waiting, underWay, failed, parked, circuit, since, nextTry }: State): string => {
  const state = circuit === 'closed' ? 'closed' : `open since ${since}, next try at ${nextTry}`;
  return `${name}  ${waiting} waiting, ${underWay} under way, ${failed} failed, ${parked} parked; circuit ${state}`;
};

/** For so long a letter is this reader's own. */
const hiddenSeconds = 60;

/** The dead letters, ten at a time, until the queue has no more to give. Each is hidden for a minute, also from this reader. */
async function* lettersIn({ sqs }: CallSide, QueueUrl: string): AsyncGenerator<readonly Message[]> {
  for (;;) {
    const receive = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: hiddenSeconds, WaitTimeSeconds: 1 });
    const { Messages = [] } = await sqs.send(receive);
    if (Messages.length === 0) return;
    yield Messages;
  }
}

const eventIn = ({ Body }: Message): string => {
  try {
    return toEventId(noticeIn({ Records: [{ body: Body ?? '' }] }));
  } catch {
    return 'a message that is no notice of an event';
  }
};

type Settle = (side: CallSide, queues: Queues, letter: Message) => Promise<void>;

const remove: Settle = async ({ sqs }, { deadLetters }, { ReceiptHandle }) => {
  await sqs.send(new DeleteMessageCommand({ QueueUrl: deadLetters, ReceiptHandle }));
};

/** First sent, then deleted: if this machine stops in between, the call is made twice, under one key. */
const sendBack: Settle = async (side, queues, letter) => {
  const notice = noticeIn({ Records: [{ body: letter.Body ?? '' }] });
  await side.sqs.send(new SendMessageCommand({ QueueUrl: queues.queue, MessageBody: JSON.stringify(notice) }));
  await remove(side, queues, letter);
};

const actions = {
  retry: { does: sendBack, said: 'put back into the queue' },
  'give-up': { does: remove, said: 'given up' },
} as const;

interface Which {
  readonly name: string;
  /** Absent: all. */
  readonly event: string | undefined;
}

const settle = async (side: CallSide, { name, event }: Which, { does, said }: (typeof actions)['retry' | 'give-up']): Promise<Outcome> => {
  const queues = side.queues[name] as Queues;
  const others: Message[] = [];
  let done = 0;
  for await (const some of lettersIn(side, queues.deadLetters))
    for (const letter of some) {
      if (event !== undefined && eventIn(letter) !== event) {
        others.push(letter);
        continue;
      }
      await does(side, queues, letter);
      done += 1;
    }
  for (const { ReceiptHandle } of others)
    await side.sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl: queues.deadLetters, ReceiptHandle, VisibilityTimeout: 0 }));
  const result = done === 0 ? `No failed call of ${event ?? name} is there.` : `${counted(done, 'call')} ${said}`;
  console.log(result);
  return { code: done === 0 ? 1 : 0, outcome: done === 0 ? 'nothing' : 'done', result };
};
