import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, Billing, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import type { Function as Lambda } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { underOwnKey } from './own-key.ts';

/** Records which revision of each projection serves, and how far the others are: one item a projection. Deleted with the read models. */
export class Pointers extends Construct {
  private readonly table: TableV2;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.table = new TableV2(this, 'Table', {
      partitionKey: { name: 'projection', type: AttributeType.STRING },
      billing: Billing.onDemand(),
      removalPolicy: RemovalPolicy.DESTROY,
    });
    underOwnKey(this.table);
  }

  /** For the tools of the command line. */
  get tableName(): string {
    return this.table.tableName;
  }

  grantRead(reader: Lambda): void {
    this.grant(reader, 'dynamodb:GetItem');
  }

  grantChange(writer: Lambda): void {
    this.grant(writer, 'dynamodb:GetItem', 'dynamodb:PutItem');
  }

  /** Letting another revision serve, by the command line. */
  grantFlip(operator: IGrantable): void {
    this.table.grant(operator, 'dynamodb:GetItem', 'dynamodb:PutItem');
  }

  /** `POINTERS_TABLE`: the table's name. */
  private grant(user: Lambda, ...actions: string[]): void {
    this.table.grant(user, ...actions);
    user.addEnvironment('POINTERS_TABLE', this.table.tableName);
  }
}
