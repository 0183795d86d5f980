import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, Billing, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { Role } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { underOwnKey } from './own-key.ts';
import { serviceAlarm } from './service-alarm.ts';
import type { ServiceFunction } from './service-function.ts';
import { serviceMetric } from './service-metric.ts';
import { stageOf } from './stage.ts';

/** The commands of all processes that were refused, and wait for an operator. */
export class ParkedCommands extends Construct {
  private readonly table: TableV2;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const { keepsData } = stageOf(this);
    this.table = new TableV2(this, 'Table', {
      partitionKey: { name: 'process', type: AttributeType.STRING },
      sortKey: { name: 'place', type: AttributeType.STRING },
      billing: Billing.onDemand(),
      // The only list of what was refused. The log has the events, and does not say what came of them.
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      removalPolicy: keepsData ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY,
    });
    underOwnKey(this.table);
    serviceAlarm(this, 'A command of a process is parked', {
      says: 'An aggregate refused a command of a process, or the row of the process failed. It waits for an operator.',
      metric: serviceMetric(this, 'commandsParked'),
    });
  }

  /** For the tools of the command line. */
  get outputs(): { readonly ParkedCommands: string } {
    return { ParkedCommands: this.table.tableName };
  }

  /** Parking, and taking out what an operator has sent again, by the function of a process. */
  grantPark(sender: ServiceFunction): void {
    this.table.grant(sender, 'dynamodb:Query', 'dynamodb:PutItem', 'dynamodb:DeleteItem');
    sender.addEnvironment('PARKED_COMMANDS', this.table.tableName);
  }

  /** Listing what is parked, and giving it up, by the command line. What is sent again, the function takes out of the table. */
  grantOperate(operator: Role): void {
    this.table.grant(operator, 'dynamodb:Query', 'dynamodb:DeleteItem');
  }
}
