import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, Billing, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { IEventBus } from 'aws-cdk-lib/aws-events';
import type { Role } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { noticesToReact, reactionPublicationName } from '../core/reactions/publication.ts';
import type { AnyReaction } from '../core/reactions/reaction.ts';
import type { EventStore } from './event-store.ts';
import { noticePattern } from './notice-pattern.ts';
import { underOwnKey } from './own-key.ts';
import { serviceAlarm } from './service-alarm.ts';
import { ServiceFunction } from './service-function.ts';
import { serviceMetric } from './service-metric.ts';
import { stageOf } from './stage.ts';
import { Subscription } from './subscription.ts';

export interface ReactionsProps {
  readonly of: readonly AnyReaction[];
  readonly listensTo: IEventBus;
  readonly appendsTo: EventStore;
}

/** Sends the commands that events cause, with one function for all reactions, and keeps those that were refused. */
export class Reactions extends Construct {
  private readonly parked: TableV2;

  constructor(scope: Construct, id: string, { of: reactions, listensTo: bus, appendsTo }: ReactionsProps) {
    super(scope, id);
    const { keepsData } = stageOf(this);
    this.parked = new TableV2(this, 'Parked', {
      partitionKey: { name: 'reaction', type: AttributeType.STRING },
      sortKey: { name: 'place', type: AttributeType.STRING },
      billing: Billing.onDemand(),
      // The only list of what was refused. The log has the events, and does not say what came of them.
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      removalPolicy: keepsData ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY,
    });
    underOwnKey(this.parked);
    const reactor = new ServiceFunction(this, 'Function', { runs: 'reactions', timeoutSeconds: 60 });
    appendsTo.grantAppend(reactor);
    this.parked.grant(reactor, 'dynamodb:Query', 'dynamodb:PutItem', 'dynamodb:DeleteItem');
    reactor.addEnvironment('PARKED_COMMANDS', this.parked.tableName);
    new Subscription(this, 'Caused', {
      to: bus,
      pattern: noticePattern(reactionPublicationName, noticesToReact(reactions)),
      invokes: reactor,
    });
    serviceAlarm(this, 'A command of a reaction is parked', {
      says: 'An aggregate refused a command that an event caused, or the row of the reaction failed. It waits for an operator.',
      metric: serviceMetric(this, 'reactionsParked'),
    });
  }

  /** For the tools of the command line. */
  get outputs(): { readonly ParkedCommands: string } {
    return { ParkedCommands: this.parked.tableName };
  }

  /** Listing what is parked, and giving it up, by the command line. What is sent again, the function takes out of the table. */
  grantOperate(operator: Role): void {
    this.parked.grant(operator, 'dynamodb:Query', 'dynamodb:DeleteItem');
  }
}
