import { Lazy, RemovalPolicy } from 'aws-cdk-lib';
import { type IMetric, MathExpression, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { AttributeType, Billing, Operation, StreamViewType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { AnyPrincipal, Effect, PolicyStatement, type PolicyStatementProps, type Role } from 'aws-cdk-lib/aws-iam';
import type { Function as Lambda } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { Domain } from '../core/registry/domain.ts';
import { makeOwnKey, underOwnKey } from './own-key.ts';
import { fiveMinutes, serviceAlarm } from './service-alarm.ts';
import { stageOf } from './stage.ts';

export interface EventStoreProps {
  /** The aggregates whose streams it has. */
  readonly of: Domain['deciders'];
}

/**
 * The append-only log: one partition for each stream, one item for each commit. It is also the outbox of the service.
 * It has no index, because a throttled index would hold up every append. It has no time to live, because events never expire.
 */
export class EventStore extends Construct {
  readonly table: TableV2;
  /** The names that aggregates hold, such as an e-mail address: one item each, with the stream that holds it. */
  private readonly names: TableV2;
  /** The ARNs of the roles that may append. */
  private readonly appenders: string[] = [];
  /** What they may do with the log. */
  private readonly appending: readonly string[];

  constructor(scope: Construct, id: string, { of: deciders }: EventStoreProps) {
    super(scope, id);
    // An append that depends on other streams has a condition on each of them.
    this.appending = ['Query', 'PutItem', ...(deciders.some(({ reads }) => reads !== undefined) ? ['ConditionCheckItem'] : [])];
    const { keepsData, importer } = stageOf(this);
    makeOwnKey(this);
    // RETAIN_ON_UPDATE_OR_DELETE would end in ROLLBACK_FAILED: a first deployment that fails could not delete a protected table.
    const removalPolicy = keepsData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
    const safety = {
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: keepsData,
      removalPolicy,
    };
    this.table = new TableV2(this, 'Events', {
      partitionKey: { name: 'stream', type: AttributeType.STRING },
      sortKey: { name: 'version', type: AttributeType.NUMBER },
      billing: Billing.onDemand(),
      // Never change it: another view type makes another stream, and every listener would have to move to it.
      dynamoStream: StreamViewType.NEW_IMAGE,
      ...safety,
    });
    serviceAlarm(this, 'The log is throttled', {
      says: "The events table rejects requests: a stream is hot, or the account's limit is reached.",
      metric: this.throttled(),
    });
    this.names = new TableV2(this, 'Names', {
      partitionKey: { name: 'name', type: AttributeType.STRING },
      billing: Billing.onDemand(),
      ...safety,
    });
    for (const table of [this.table, this.names]) underOwnKey(table);
    if (importer !== undefined) this.appenders.push(importer);
    this.refuseToForget();
  }

  /** DynamoDB writes a metric of an operation only when it is throttled, so a sum without FILL would lack the others most of the time. */
  private throttled(): IMetric {
    const operations = [Operation.PUT_ITEM, Operation.TRANSACT_WRITE_ITEMS, Operation.QUERY, Operation.SCAN];
    const usingMetrics = Object.fromEntries(
      operations.map((operation) => {
        const dimensionsMap = { TableName: this.table.tableName, Operation: operation };
        const metric = { namespace: 'AWS/DynamoDB', metricName: 'ThrottledRequests', statistic: Stats.SUM, period: fiveMinutes };
        return [operation.toLowerCase(), new Metric({ ...metric, dimensionsMap })];
      }),
    );
    const expression = Object.keys(usingMetrics)
      .map((name) => `FILL(${name}, 0)`)
      .join(' + ');
    return new MathExpression({ expression, usingMetrics, period: fiveMinutes });
  }

  /**
   * The table refuses these actions to every principal, even to one with a grant. To rewrite history, somebody must first remove this
   * policy: a change of the deployment, which is on record.
   */
  private refuseToForget(): void {
    this.deny({
      sid: 'NobodyRewritesHistory',
      actions: ['UpdateItem', 'DeleteItem', 'BatchWriteItem', 'PartiQLUpdate', 'PartiQLDelete', 'UpdateTimeToLive'],
    });
    this.deny({
      sid: 'NobodyElseAppends',
      actions: ['PutItem', 'PartiQLInsert'],
      conditions: { ArnNotEquals: { 'aws:PrincipalArn': Lazy.list({ produce: () => this.appenders }) } },
    });
  }

  private deny({ actions = [], ...rest }: PolicyStatementProps): void {
    const dynamo = actions.map((action) => `dynamodb:${action}`);
    const principals = [new AnyPrincipal()];
    this.table.addToResourcePolicy(new PolicyStatement({ ...rest, effect: Effect.DENY, principals, actions: dynamo, resources: ['*'] }));
  }

  /** For the tools of the command line. */
  get tableNames(): { readonly EventsTable: string; readonly NamesTable: string } {
    return { EventsTable: this.table.tableName, NamesTable: this.names.tableName };
  }

  /** The adapter's condition on each put prevents that a put replaces an item: IAM cannot express that rule (docs/decisions/0010). */
  grantAppend(writer: Lambda): void {
    if (writer.role !== undefined) this.appenders.push(writer.role.roleArn);
    this.grant(writer, ...this.appending.map((action) => `dynamodb:${action}`));
    this.names.grant(writer, 'dynamodb:PutItem', 'dynamodb:DeleteItem');
    writer.addEnvironment('NAMES_TABLE', this.names.tableName);
  }

  grantRead(reader: Lambda): void {
    this.grant(reader, 'dynamodb:Query');
  }

  /** Reading the whole log, for rebuilds and audits. A scan costs a read unit for every 4 KB. */
  grantScan(reader: Lambda): void {
    this.grant(reader, 'dynamodb:Query', 'dynamodb:Scan');
  }

  /** Reading the log as the tools of the command line do. */
  grantInspect(operator: Role): void {
    this.table.grant(operator, 'dynamodb:DescribeTable', 'dynamodb:Query', 'dynamodb:Scan', 'dynamodb:BatchGetItem');
  }

  /** `EVENTS_TABLE`, and for writers `NAMES_TABLE`: the tables' names. */
  private grant(user: Lambda, ...actions: string[]): void {
    this.table.grant(user, ...actions);
    user.addEnvironment('EVENTS_TABLE', this.table.tableName);
  }
}
