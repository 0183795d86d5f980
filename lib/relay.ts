import { Duration } from 'aws-cdk-lib';
import { EventBus, Match } from 'aws-cdk-lib/aws-events';
import type { Role } from 'aws-cdk-lib/aws-iam';
import type { Function as Lambda } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { relayPositions } from '../core/publish/relay.ts';
import { bringCommits } from './commit-source.ts';
import { DiscardedBatches } from './discarded-batches.ts';
import type { EventStore } from './event-store.ts';
import { underOwnKey } from './own-key.ts';
import { ReadModels } from './read-models.ts';
import { ServiceFunction } from './service-function.ts';
import { wakeEachMinute } from './wakes.ts';

export interface RelayProps {
  readonly listensTo: EventStore;
}

/** Publishes the integration events of each commit to a bus of its own. A listener of the bus is a `Subscription`. */
export class Relay extends Construct {
  readonly bus: EventBus;
  readonly discarded: DiscardedBatches;
  private readonly positions: ReadModels;

  constructor(scope: Construct, id: string, { listensTo }: RelayProps) {
    super(scope, id);
    this.bus = new EventBus(this, 'Bus', { description: 'What has happened, for everybody: integration events, at least once' });
    // The archive is a convenience: it replays in no order, and for 30 days. The events table has everything, for ever.
    underOwnKey(this.bus);
    const archive = this.bus.archive('Archive', { eventPattern: { source: Match.exists() }, retention: Duration.days(30) });
    underOwnKey(archive);

    const handler = new ServiceFunction(this, 'Function', { runs: 'relay', timeoutSeconds: 60 });
    this.positions = new ReadModels(this, 'Positions', { of: [relayPositions] });
    this.positions.grantReplace(handler);
    this.positions.grantListWaiting(handler);
    wakeEachMinute(this, handler);
    listensTo.grantRead(handler);
    this.bus.grantPutEventsTo(handler);
    handler.addEnvironment('EVENT_BUS', this.bus.eventBusArn);
    this.discarded = new DiscardedBatches(this, 'Discarded');
    bringCommits(handler, { of: listensTo, discarded: this.discarded });
  }

  /** For the tools of the command line. */
  get outputs(): Readonly<Record<string, string>> {
    const { bus, positions, discarded } = this;
    return { EventBus: bus.eventBusName, RelayPositions: positions.tableNames, DiscardedByRelay: discarded.bucketName };
  }

  /** Listing the streams that the relay has parked. */
  grantRead(reader: Lambda): void {
    this.positions.grantListParked(reader);
  }

  grantCompare(reader: Lambda): void {
    this.positions.grantCompare(reader);
  }

  /** Publishing what the relay has not published, by the command line. */
  grantRepair(operator: Role): void {
    this.positions.grantRepair(operator);
    this.bus.grantPutEventsTo(operator);
    this.discarded.grantRead(operator);
  }
}
