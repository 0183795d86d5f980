import { Annotations, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AttributeType, Billing, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { IEventBus } from 'aws-cdk-lib/aws-events';
import type { Role } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { AnyCalls } from '../core/calls/calls.ts';
import { callPublicationName, hasAnswers, noticesToCall } from '../core/calls/publication.ts';
import { CallSecrets } from './call-secrets.ts';
import type { EventStore } from './event-store.ts';
import { noticePattern } from './notice-pattern.ts';
import { underOwnKey } from './own-key.ts';
import type { ParkedCommands } from './parked-commands.ts';
import { serviceAlarm } from './service-alarm.ts';
import { ServiceFunction } from './service-function.ts';
import { serviceMetric } from './service-metric.ts';
import { stageOf } from './stage.ts';
import { Subscription } from './subscription.ts';

export interface CallsProps {
  readonly of: readonly AnyCalls[];
  readonly listensTo: IEventBus;
  /** The log that has the events. The commands that answers cause are appended to it. */
  readonly readsFrom: EventStore;
  /** Absent if no answer causes commands. */
  readonly parksIn?: ParkedCommands | undefined;
}

/** The calls of one function, with their queue. */
interface Caller {
  readonly calls: readonly AnyCalls[];
  readonly subscription: Subscription;
}

/**
 * Calls third parties when the domain's events ask for it, with one function for all that have no limits, and one for each of the others.
 * A third party without an endpoint in this stage is not called, and the synthesis warns of it.
 */
export class Calls extends Construct {
  private readonly bus: IEventBus;
  private readonly log: EventStore;
  private readonly parked: ParkedCommands | undefined;
  private readonly secrets: CallSecrets;
  private readonly limited: readonly Caller[];
  private readonly circuits: TableV2 | undefined;

  constructor(scope: Construct, id: string, { of: calls, listensTo: bus, readsFrom: log, parksIn }: CallsProps) {
    super(scope, id);
    const { endpoints, credentials } = stageOf(this);
    demandKnown('endpoints', Object.keys(endpoints), calls);
    demandKnown(
      'credentials',
      Object.keys(credentials),
      calls.filter((one) => one.credentials !== undefined),
    );
    for (const { name } of calls.filter((one) => endpoints[one.name] === undefined))
      Annotations.of(this).addWarningV2(
        `foldstream:no-endpoint-${name}`,
        `this stage does not call '${name}', because it has no endpoint for it: set one with -c endpoints=${name}=https://…`,
      );
    const called = calls.filter(({ name }) => endpoints[name] !== undefined);
    const limited = called.filter(({ limits }) => limits !== undefined);
    const others = called.filter(({ limits }) => limits === undefined);
    this.bus = bus;
    this.log = log;
    this.parked = parksIn;
    this.secrets = new CallSecrets(this, { of: called });
    this.circuits = limited.length === 0 ? undefined : this.makeCircuits();
    if (others.length > 0) this.caller(this, others);
    this.limited = limited.map((one) => this.limitedCaller(one));
  }

  private caller(scope: Construct, calls: readonly AnyCalls[], maxConcurrency?: number): Caller & { readonly function: ServiceFunction } {
    const { endpoints } = stageOf(this);
    const caller = new ServiceFunction(scope, 'Function', { runs: 'outbound-requests', timeoutSeconds: 60 });
    if (calls.some(hasAnswers)) {
      this.log.grantAppend(caller);
      this.parked?.grantPark(caller);
    } else this.log.grantRead(caller);
    const own = Object.fromEntries(calls.map(({ name }) => [name, endpoints[name]]));
    caller.addEnvironment('ENDPOINTS', Stack.of(this).toJsonString(own));
    this.secrets.introduceTo(caller, calls);
    const subscription = new Subscription(scope, 'Asked', {
      to: this.bus,
      pattern: noticePattern(callPublicationName, noticesToCall(calls)),
      invokes: caller,
      ...(maxConcurrency === undefined ? {} : { maxConcurrency }),
    });
    return { calls, subscription, function: caller };
  }

  /** A queue for one third party: what waits for it holds up no other, and the queue hands over as many calls as the third party bears. */
  private limitedCaller(calls: AnyCalls): Caller {
    const own = new Construct(this, `Calls to ${calls.name}`);
    const caller = this.caller(own, [calls], calls.limits?.concurrency);
    const { queue } = caller.subscription;
    // A call that has to wait is sent again as a new message: the queue would count each receive.
    queue.grant(caller.function, 'sqs:SendMessage');
    caller.function.addEnvironment('CALL_QUEUE', queue.queueUrl);
    this.circuits?.grant(caller.function, 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:DeleteItem', 'dynamodb:UpdateItem');
    caller.function.addEnvironment('CIRCUITS_TABLE', this.circuits?.tableName ?? '');
    return caller;
  }

  private makeCircuits(): TableV2 {
    // Learned anew within some calls, so it goes with the stack.
    const table = new TableV2(this, 'Circuits', {
      partitionKey: { name: 'name', type: AttributeType.STRING },
      billing: Billing.onDemand(),
      removalPolicy: RemovalPolicy.DESTROY,
    });
    underOwnKey(table);
    serviceAlarm(this, 'A third party is down', {
      says: 'Five calls to a third party failed one after the other. Its calls wait in their queue until one of them is answered.',
      metric: serviceMetric(this, 'callsHeld'),
    });
    return table;
  }

  /** For the tools of the command line. Empty without limits and without credentials. */
  get outputs(): Readonly<Record<string, string>> {
    const json = (value: unknown) => Stack.of(this).toJsonString(value);
    const queues = this.limited.map(({ calls: [one], subscription: { queue, deadLetters } }) => [
      one?.name,
      { queue: queue.queueUrl, deadLetters: deadLetters.queueUrl },
    ]);
    return {
      ...(queues.length === 0 ? {} : { CallQueues: json(Object.fromEntries(queues)) }),
      ...(this.circuits === undefined ? {} : { CircuitsTable: this.circuits.tableName }),
      ...(this.secrets.isEmpty ? {} : { CallSecrets: json(this.secrets.arns) }),
    };
  }

  /** Listing what waits, and calling again or giving up what has failed, by the command line. */
  grantOperate(operator: Role): void {
    this.circuits?.grant(operator, 'dynamodb:GetItem');
    for (const { subscription } of this.limited) {
      subscription.queue.grant(operator, 'sqs:GetQueueAttributes', 'sqs:SendMessage');
      subscription.deadLetters.grant(
        operator,
        'sqs:GetQueueAttributes',
        'sqs:ReceiveMessage',
        'sqs:ChangeMessageVisibility',
        'sqs:DeleteMessage',
      );
    }
  }
}

/** Refuses a name that the domain does not call: with a misspelt name, a third party would not be called. @throws Error. */
const demandKnown = (setting: string, names: readonly string[], calls: readonly AnyCalls[]): void => {
  const strangers = names.filter((name) => !calls.some((one) => one.name === name));
  if (strangers.length === 0) return;
  const known = calls.map(({ name }) => `'${name}'`).join(', ') || 'no third party';
  const does = setting === 'endpoints' ? ['does not call', 'calls'] : ['calls without credentials', 'has credentials for'];
  throw new Error(`the setting '${setting}' names '${strangers.join("', '")}', which the domain ${does[0]}; it ${does[1]} ${known}`);
};
