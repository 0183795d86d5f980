import { RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { AttributeType, Billing, type GlobalSecondaryIndexPropsV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Grant, type Role } from 'aws-cdk-lib/aws-iam';
import type { Function as Lambda } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { humanPart } from '../adapters/aws/generated-names.ts';
import { type AnyProjection, type Index, keyTypeOf, parkedIndex, tableId, tableKey } from '../core/read/projection.ts';
import { namesInFull } from './generated-names.ts';
import { underOwnKey } from './own-key.ts';
import { stageOf } from './stage.ts';

export interface ReadModelsProps {
  readonly of: readonly AnyProjection[];
}

/** One table for each projection. The tables are disposable: a rebuild fills them again from the events. */
export class ReadModels extends Construct {
  /** `name@revision` → its table. */
  private readonly tables: ReadonlyMap<string, TableV2>;

  constructor(scope: Construct, id: string, { of: projections }: ReadModelsProps) {
    super(scope, id);
    this.tables = new Map(projections.map((projection) => [tableKey(projection), this.tableOf(projection)]));
  }

  grantRead(reader: Lambda): void {
    this.allow(reader, '', 'dynamodb:GetItem');
    this.allow(reader, '/index/*', 'dynamodb:Query');
    this.introduceTo(reader);
  }

  /** Listing the parked streams, and no documents. */
  grantListParked(reader: Lambda): void {
    this.allow(reader, `/index/${parkedIndex}`, 'dynamodb:Query');
    this.introduceTo(reader);
  }

  /** Listing the parked streams of all tenants, for a function that has these tables already. */
  grantListWaiting(writer: Lambda): void {
    this.allow(writer, `/index/${parkedIndex}`, 'dynamodb:Scan');
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

  /** Listing what is parked, comparing rows with the log, and replacing each row that lacks events, by the command line. */
  grantRepair(operator: Role): void {
    this.allow(operator, '', 'dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:PutItem');
    this.allow(operator, `/index/${parkedIndex}`, 'dynamodb:Scan');
  }

  /** Grants the tables alone: `table.grant` would also grant their indexes, which no function writes to. */
  private grant(grantee: Lambda, ...actions: string[]): void {
    this.allow(grantee, '', ...actions);
    this.introduceTo(grantee);
  }

  /**
   * Grants actions on every table of this construct by the beginning of their names: with a statement for each table, the policies of a
   * large domain would not fit into a role. No other table of the account has a name that begins so.
   */
  private allow(grantee: Lambda | Role, part: '' | `/index/${string}`, ...actions: string[]): void {
    const stack = Stack.of(this);
    const resourceName = `${stack.stackName}-${humanPart(this.pathInStack)}*${part}`;
    Grant.addToPrincipal({ grantee, actions, resourceArns: [stack.formatArn({ service: 'dynamodb', resource: 'table', resourceName })] });
    Validations.of(('role' in grantee ? grantee.role : undefined) ?? grantee).acknowledge({
      id: `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:dynamodb:<AWS::Region>:<AWS::AccountId>:table/${resourceName}]`,
      reason: 'The names of the tables of one construct begin so, and no others.',
    });
  }

  private get pathInStack(): readonly string[] {
    return this.node.scopes.slice(Stack.of(this).node.scopes.length).map(({ node }) => node.id);
  }

  /** The revision is part of the table's construct id, so a new revision gets a table of its own. */
  private tableOf(projection: AnyProjection): TableV2 {
    const table = new TableV2(this, tableId(projection), {
      partitionKey: { name: 'key', type: AttributeType.STRING },
      globalSecondaryIndexes: this.indexesOf(projection),
      billing: Billing.onDemand(),
      removalPolicy: RemovalPolicy.DESTROY,
    });
    return underOwnKey(table);
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

  /** Sets `READ_MODELS`: the names of these tables, added to those that the function already has. For many tables: `READ_MODEL_ENDINGS`. */
  introduceTo(user: Lambda): void {
    const { stackName } = Stack.of(this);
    const names = [...this.tables].map(([key, construct]) => ({ key, construct, name: construct.tableName }));
    const most = { mostBytes: 2560, longestId: 240 - stackName.length };
    const full = namesInFull({ in: this, names, before: `${stackName}-`, variable: 'READ_MODEL_ENDINGS', ...most }, user);
    const known = { ...knownTo.get(user), ...Object.fromEntries(full.map(({ key, name }) => [key, name])) };
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
