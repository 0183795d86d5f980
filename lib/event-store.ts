import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, Billing, StreamViewType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { Function as Lambda } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { stageOf } from './stage.ts';

/**
 * The append-only log: one partition for each stream, one item for each commit, and the outbox of the service.
 * It has no index and no time to live: a throttled index would hold up every append, and nothing in here expires.
 */
export class EventStore extends Construct {
  readonly table: TableV2;
  /** The names that aggregates hold, such as an e-mail address: one item each, with the stream that holds it. */
  private readonly names: TableV2;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const { keepsData } = stageOf(this);
    const safety = {
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: keepsData,
      removalPolicy: keepsData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    };
    this.table = new TableV2(this, 'Events', {
      partitionKey: { name: 'stream', type: AttributeType.STRING },
      sortKey: { name: 'version', type: AttributeType.NUMBER },
      billing: Billing.onDemand(),
      // Chosen once: another view is another stream, and every listener would have to be moved to it.
      dynamoStream: StreamViewType.NEW_IMAGE,
      ...safety,
    });
    this.names = new TableV2(this, 'Names', {
      partitionKey: { name: 'name', type: AttributeType.STRING },
      billing: Billing.onDemand(),
      ...safety,
    });
  }

  /** For the tools of the command line. */
  get tableNames(): { readonly EventsTable: string; readonly NamesTable: string } {
    return { EventsTable: this.table.tableName, NamesTable: this.names.tableName };
  }

  /** Nobody is granted an update or a delete of an event. That a put replaces nothing is the condition that the adapter puts on it. */
  grantAppend(writer: Lambda): void {
    this.grant(writer, 'dynamodb:Query', 'dynamodb:PutItem');
    this.names.grant(writer, 'dynamodb:PutItem', 'dynamodb:DeleteItem');
    writer.addEnvironment('NAMES_TABLE', this.names.tableName);
  }

  grantRead(reader: Lambda): void {
    this.grant(reader, 'dynamodb:Query');
  }

  /** All of it, which takes a while and a read unit for every 4 KB: for rebuilds and audits. */
  grantScan(reader: Lambda): void {
    this.grant(reader, 'dynamodb:Query', 'dynamodb:Scan');
  }

  /** `EVENTS_TABLE`, and for writers `NAMES_TABLE`: the tables' names. */
  private grant(user: Lambda, ...actions: string[]): void {
    this.table.grant(user, ...actions);
    user.addEnvironment('EVENTS_TABLE', this.table.tableName);
  }
}
