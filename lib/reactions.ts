import type { IEventBus } from 'aws-cdk-lib/aws-events';
import { Construct } from 'constructs';
import { noticesToReact, reactionPublicationName } from '../core/reactions/publication.ts';
import type { AnyReaction } from '../core/reactions/reaction.ts';
import type { EventStore } from './event-store.ts';
import { noticePattern } from './notice-pattern.ts';
import type { ParkedCommands } from './parked-commands.ts';
import { ServiceFunction } from './service-function.ts';
import { Subscription } from './subscription.ts';

export interface ReactionsProps {
  readonly of: readonly AnyReaction[];
  readonly listensTo: IEventBus;
  readonly appendsTo: EventStore;
  readonly parksIn: ParkedCommands;
}

/** Sends the commands that events cause, with one function for all reactions. */
export class Reactions extends Construct {
  constructor(scope: Construct, id: string, { of: reactions, listensTo: bus, appendsTo, parksIn }: ReactionsProps) {
    super(scope, id);
    const reactor = new ServiceFunction(this, 'Function', { runs: 'reactions', timeoutSeconds: 60 });
    appendsTo.grantAppend(reactor);
    parksIn.grantPark(reactor);
    new Subscription(this, 'Caused', {
      to: bus,
      pattern: noticePattern(reactionPublicationName, noticesToReact(reactions)),
      invokes: reactor,
    });
  }
}
