import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AttributeType, Billing, type GlobalSecondaryIndexPropsV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Grant } from 'aws-cdk-lib/aws-iam';
import type { Function as Lambda } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { type AnyProjection, type Index, keyTypeOf, parkedIndex, tableKey } from '../core/read/projection.ts';
import { stageOf } from './stage.ts';

export interface ReadModelsProps {
  readonly of: readonly AnyProjection[];
}

/** One table for each projection. The tables are disposable: a rebuild fills them again from the events. */
export class ReadModels extends Construct {
  /** `name@revision` → its table. */
  private readonly tables: ReadonlyMap<string, TableV2>;
  private readonly indexArns: string[];

  constructor(scope: Construct, id: string, { of: projections }: ReadModelsProps) {
    super(scope, id);
    this.tables = new Map(projections.map((projection) => [tableKey(projection), this.tableOf(projection)]));
    this.indexArns = projections.flatMap((projection) => {
      const tableArn = this.tables.get(tableKey(projection))?.tableArn;
      return this.indexesOf(projection).map(({ indexName }) => `${tableArn}/index/${indexName}`);
    });
  }

  grantRead(reader: Lambda): void {
    const tableArns = [...this.tables.values()].map(({ tableArn }) => tableArn);
    Grant.addToPrincipal({ grantee: reader, actions: ['dynamodb:GetItem'], resourceArns: tableArns });
    // Grants each index by name: `table.grant` would grant every index that the table may ever have.
    Grant.addToPrincipal({ grantee: reader, actions: ['dynamodb:Query'], resourceArns: this.indexArns });
    this.introduceTo(reader);
  }

  /** Listing the parked streams, and no documents. */
  grantListParked(reader: Lambda): void {
    const parkedArns = this.indexArns.filter((arn) => arn.endsWith(`/index/${parkedIndex}`));
    Grant.addToPrincipal({ grantee: reader, actions: ['dynamodb:Query'], resourceArns: parkedArns });
    this.introduceTo(reader);
  }

  grantReplace(writer: Lambda): void {
    this.grant(writer, 'dynamodb:GetItem', 'dynamodb:PutItem');
  }

  /** Reading many rows at once, and replacing each row that lacks events. */
  grantReplaceMany(writer: Lambda): void {
    this.grant(writer, 'dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:PutItem');
  }

  /** The same, and inserting many new rows at once. */
  grantFill(writer: Lambda): void {
    this.grant(writer, 'dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:PutItem', 'dynamodb:PartiQLInsert');
  }

  grantCompare(reader: Lambda): void {
    this.grant(reader, 'dynamodb:GetItem', 'dynamodb:BatchGetItem');
  }

  /** Grants the tables alone: `table.grant` would also grant their indexes, which no function writes to. */
  private grant(grantee: Lambda, ...actions: string[]): void {
    const resourceArns = [...this.tables.values()].map(({ tableArn }) => tableArn);
    Grant.addToPrincipal({ grantee, actions, resourceArns });
    this.introduceTo(grantee);
  }

  /** The revision is part of the table's construct id, so a new revision gets a table of its own. */
  private tableOf(projection: AnyProjection): TableV2 {
    return new TableV2(this, `${projection.name}-r${projection.revision}`, {
      partitionKey: { name: 'key', type: AttributeType.STRING },
      globalSecondaryIndexes: this.indexesOf(projection),
      billing: Billing.onDemand(),
      removalPolicy: RemovalPolicy.DESTROY,
    });
  }

  /** An index keeps whole documents (DynamoDB's default projection), so a list is one query. The tenant leads the partition, as text. */
  private indexesOf(projection: AnyProjection): GlobalSecondaryIndexPropsV2[] {
    const hasTenants = stageOf(this).tenantClaim !== undefined;
    const keyOf = (field: string) => ({ name: field, type: attributeTypes[keyTypeOf(projection, field)] });
    const indexes: Readonly<Record<string, Index>> = projection.indexes ?? {};
    const declared = Object.entries(indexes).map(([indexName, { partition, sort }]) => ({
      indexName,
      partitionKey: hasTenants ? { name: `tenant/${keyOf(partition).name}`, type: AttributeType.STRING } : keyOf(partition),
      sortKey: keyOf(sort),
    }));
    return [...declared, parked];
  }

  /** JSON, from the name and revision of each projection to the name of its table. */
  get tableNames(): string {
    return Stack.of(this).toJsonString(this.namesByKey);
  }

  private get namesByKey(): Readonly<Record<string, string>> {
    return Object.fromEntries([...this.tables].map(([key, { tableName }]) => [key, tableName]));
  }

  /** Sets `READ_MODELS`: the names of these tables, added to those that the function already has. */
  introduceTo(user: Lambda): void {
    const known = { ...knownTo.get(user), ...this.namesByKey };
    knownTo.set(user, known);
    user.addEnvironment('READ_MODELS', Stack.of(this).toJsonString(known));
  }
}

const knownTo = new WeakMap<Lambda, Readonly<Record<string, string>>>();

/** The index of the parked streams. Without parked streams it costs nothing. */
const parked: GlobalSecondaryIndexPropsV2 = {
  indexName: parkedIndex,
  partitionKey: { name: parkedIndex, type: AttributeType.STRING },
  sortKey: { name: 'key', type: AttributeType.STRING },
};

const attributeTypes = { string: AttributeType.STRING, number: AttributeType.NUMBER };
