import { Stack } from 'aws-cdk-lib';
import { CfnEventBusPolicy, EventBus, type IEventBus } from 'aws-cdk-lib/aws-events';
import { Construct } from 'constructs';
import { type AnyInbox, inboxPublicationName } from '../core/inboxes/inbox.ts';
import { sendAgainNotice } from '../core/processes/kinds.ts';
import type { EventStore } from './event-store.ts';
import { InboxQueue } from './inbox-queue.ts';
import { noticePattern } from './notice-pattern.ts';
import { underOwnKey } from './own-key.ts';
import type { ParkedCommands } from './parked-commands.ts';
import { ServiceFunction } from './service-function.ts';
import { stageOf } from './stage.ts';
import { Subscription } from './subscription.ts';

export interface InboxesProps {
  readonly of: readonly AnyInbox[];
  /** The bus of the service, where operators have something tried again. */
  readonly hearsOperatorsOn: IEventBus;
  readonly appendsTo: EventStore;
  readonly parksIn: ParkedCommands;
}

/** Sends the commands that messages of others cause: a queue for each inbox, and one function for all of them. */
export class Inboxes extends Construct {
  private readonly queues: Readonly<Record<string, InboxQueue>>;
  private readonly buses: Readonly<Record<string, IEventBus>>;

  constructor(scope: Construct, id: string, { of: inboxes, hearsOperatorsOn, appendsTo, parksIn }: InboxesProps) {
    super(scope, id);
    const { inboxAccounts, inboxBuses } = stageOf(this);
    demandKnown('inboxAccounts', Object.keys(inboxAccounts), inboxes);
    demandKnown(
      'inboxBuses',
      Object.keys(inboxBuses),
      inboxes.filter(({ from }) => from.kind === 'bus'),
    );
    const receiver = new ServiceFunction(this, 'Function', { runs: 'inbox', timeoutSeconds: 60 });
    appendsTo.grantAppend(receiver);
    parksIn.grantPark(receiver);
    this.queues = Object.fromEntries(
      inboxes.map(({ name }) => [name, new InboxQueue(this, `${name}-queue`, { of: name, readBy: receiver })]),
    );
    this.buses = Object.fromEntries(inboxes.flatMap((inbox) => (inbox.from.kind === 'bus' ? [[inbox.name, this.busOf(inbox)]] : [])));
    for (const { name } of inboxes.filter(({ from }) => from.kind === 'queue'))
      this.queues[name]?.letAccountsSend(inboxAccounts[name] ?? []);
    receiver.addEnvironment('INBOX_QUEUES', Stack.of(this).toJsonString(this.valuesOf(({ queue }) => queue.queueArn)));
    new Subscription(this, 'Asked', {
      ...{ to: hearsOperatorsOn, invokes: receiver },
      pattern: noticePattern(inboxPublicationName, [sendAgainNotice]),
    });
  }

  /** The bus that the stage names, or one of the inbox's own; its events go to the queue of the inbox. */
  private busOf({ name, from, receives, unknown }: AnyInbox): IEventBus {
    const { inboxAccounts, inboxBuses } = stageOf(this);
    const named = inboxBuses[name];
    const accounts = inboxAccounts[name] ?? [];
    if (named !== undefined && accounts.length > 0)
      throw new Error(
        `the setting 'inboxAccounts' names '${name}', whose bus is not of this stack: let these accounts send where the bus is made`,
      );
    const bus = named === undefined ? this.ownBus(name, accounts) : busNamed(this, `${name}-bus`, named);
    const source = from.kind === 'bus' ? [...from.sources] : [];
    this.queues[name]?.hear(bus, unknown === 'park' ? { source } : { ...patternOf(source, Object.keys(receives)) });
    return bus;
  }

  private ownBus(name: string, accounts: readonly string[]): EventBus {
    const bus = new EventBus(this, `${name}-bus`, { description: `What others send to the inbox ${name}` });
    underOwnKey(bus);
    for (const account of accounts)
      new CfnEventBusPolicy(this, `${name}-from-${account}`, {
        eventBusName: bus.eventBusName,
        statementId: `From${account}`,
        statement: {
          ...{ Effect: 'Allow', Principal: { AWS: `arn:${Stack.of(this).partition}:iam::${account}:root` } },
          ...{ Action: 'events:PutEvents', Resource: bus.eventBusArn },
        },
      });
    return bus;
  }

  /** Where others send: the URL of each queue, and the ARN of each bus. */
  get outputs(): Readonly<Record<string, string>> {
    const stack = Stack.of(this);
    const buses = Object.fromEntries(Object.entries(this.buses).map(([name, bus]) => [name, bus.eventBusArn]));
    return {
      InboxQueues: stack.toJsonString(this.valuesOf(({ queue }) => queue.queueUrl)),
      InboxBuses: stack.toJsonString(buses),
    };
  }

  private valuesOf(value: (queue: InboxQueue) => string): Readonly<Record<string, string>> {
    return Object.fromEntries(Object.entries(this.queues).map(([name, queue]) => [name, value(queue)]));
  }
}

const patternOf = (source: string[], detailType: string[]) =>
  JSON.stringify({ source, 'detail-type': detailType }).length > mostCharacters ? { source } : { source, detailType };

/** EventBridge accepts 2,048 characters. A rule without the types brings all events of the source: the function drops what has no row. */
const mostCharacters = 2_048;

const busNamed = (scope: Construct, id: string, named: string): IEventBus =>
  named.startsWith('arn:') ? EventBus.fromEventBusArn(scope, id, named) : EventBus.fromEventBusName(scope, id, named);

/** Refuses a name that no inbox has: with a misspelt name, nothing would be received. @throws Error. */
const demandKnown = (setting: string, names: readonly string[], inboxes: readonly AnyInbox[]): void => {
  const strangers = names.filter((name) => !inboxes.some((one) => one.name === name));
  if (strangers.length === 0) return;
  const known = inboxes.map(({ name }) => `'${name}'`).join(', ') || 'none';
  throw new Error(`the setting '${setting}' names '${strangers.join("', '")}'; the inboxes that it can name are ${known}`);
};
