import { describe, expect, test } from '@jest/globals';
import { AccountPrincipal, ManagedPolicy, PolicyStatement, type PolicyStatementProps, Role } from 'aws-cdk-lib/aws-iam';
import type { EventStore } from '../../lib/event-store.ts';
import type { ServiceStack } from '../../lib/service-stack.ts';
import { isAbout, type Permission, permissionsIn, permits } from './permissions.ts';
import { propertiesOf, synthesize } from './synthesize.ts';

const events = 'arn:aws:dynamodb:region:account:table/EventStoreEvents';

/** What would rewrite the log, or lose it. */
const changes = [
  'UpdateItem',
  'DeleteItem',
  'BatchWriteItem',
  'PartiQLUpdate',
  'PartiQLDelete',
  'UpdateTable',
  'UpdateTimeToLive',
  'UpdateContinuousBackups',
  'DeleteTable',
  'DeleteTableReplica',
];

/** Whoever may do any of it. */
const rewriters = (change?: (stack: ServiceStack) => void) =>
  permissionsIn(synthesize(change)).filter((permission) => changes.some((action) => permits(permission, `dynamodb:${action}`, events)));

test('no role may change or remove an event', () => expect(rewriters()).toEqual([]));

test('the rights of each role on the events table', () => {
  const isOfDynamo = ({ action }: Permission) => /^(dynamodb:|\*)/i.test(action);
  const permissions = permissionsIn(synthesize()).filter((permission) => isAbout(permission, events) && isOfDynamo(permission));
  expect(permissions.map(({ who, action }) => `${who}: ${action}`).sort()).toEqual([
    'AnchorFunctionRole: dynamodb:Query',
    'AnchorFunctionRole: dynamodb:Scan',
    'AuditFunctionRole: dynamodb:Query',
    'AuditFunctionRole: dynamodb:Scan',
    'CallsFunctionRole: dynamodb:Query',
    'CommandsFunctionRole: dynamodb:PutItem',
    'CommandsFunctionRole: dynamodb:Query',
    'OperatorsRole: dynamodb:BatchGetItem',
    'OperatorsRole: dynamodb:DescribeTable',
    'OperatorsRole: dynamodb:Query',
    'OperatorsRole: dynamodb:Scan',
    'ProjectorFunctionRole: dynamodb:Query',
    'QueriesFunctionRole: dynamodb:Query',
    'RebuildFunctionRole: dynamodb:Query',
    'RebuildFunctionRole: dynamodb:Scan',
    'RelayFunctionRole: dynamodb:Query',
    'SagasListenerFunctionRole: dynamodb:Query',
    'SagasQueryFunctionRole: dynamodb:Query',
    'SagasStarterFunctionRole: dynamodb:Query',
    'SagasStepFunctionRole: dynamodb:PutItem',
    'SagasStepFunctionRole: dynamodb:Query',
  ]);
});

describe("the table's policy denies, whatever a role was granted", () => {
  const commands = { 'Fn::GetAtt': [expect.stringMatching('^CommandsFunctionRole'), 'Arn'] };
  const sagas = { 'Fn::GetAtt': [expect.stringMatching(/^SagasStepFunctionRole/), 'Arn'] };
  /** What the table's own policy denies, and the roles that this is not for; `template` is that of any stage. */
  const refusals = (template = synthesize()) => {
    const statements = propertiesOf(template, 'AWS::DynamoDB::GlobalTable').flatMap(({ Replicas }) =>
      Replicas.flatMap(({ ResourcePolicy }: { ResourcePolicy?: { PolicyDocument: { Statement: readonly Statement[] } } }) =>
        ResourcePolicy === undefined ? [] : ResourcePolicy.PolicyDocument.Statement,
      ),
    );
    return statements.flatMap(({ Effect, Principal, Resource, Action, Condition }: Statement) => {
      expect({ Effect, Principal, Resource }).toEqual({ Effect: 'Deny', Principal: { AWS: '*' }, Resource: '*' });
      return Action.map((action) => ({ action, ...(Condition === undefined ? {} : { but: Condition }) }));
    });
  };
  interface Statement {
    readonly Effect: string;
    readonly Principal: unknown;
    readonly Resource: unknown;
    readonly Action: readonly string[];
    readonly Condition?: unknown;
  }
  const changesOfItems = ['BatchWriteItem', 'DeleteItem', 'PartiQLDelete', 'PartiQLUpdate', 'UpdateItem', 'UpdateTimeToLive'];
  const appends = ['PartiQLInsert', 'PutItem'];

  test.each(['dev', 'prod'])(
    'in %s: to change or remove an event to everybody, to add one to all but the functions of commands and of sagas',
    (stage) => {
      const but = { ArnNotEquals: { 'aws:PrincipalArn': [commands, sagas] } };
      expect(refusals(synthesize(undefined, { stage }))).toEqual([
        ...changesOfItems.map((action) => ({ action: `dynamodb:${action}` })),
        ...appends.map((action) => ({ action: `dynamodb:${action}`, but })),
      ]);
    },
  );

  // With another id the policy would name the new role before the function has it, and appends would be refused meanwhile.
  test('the roles that may append keep their ids', () => {
    const table = synthesize().toJSON()['Resources']['EventStoreEvents67C89B68'];
    const roles = ['CommandsFunctionRoleD34634E4', 'SagasStepFunctionRoleFF984653'].map((id) => ({ 'Fn::GetAtt': [id, 'Arn'] }));
    expect(JSON.stringify(table.Properties.Replicas)).toContain(JSON.stringify({ 'aws:PrincipalArn': roles }));
  });

  test('no role may remove the policy or the protection', () => {
    const away = ['PutResourcePolicy', 'DeleteResourcePolicy', 'UpdateTable', 'UpdateContinuousBackups', 'RestoreTableToPointInTime'];
    const permitted = permissionsIn(synthesize()).filter((one) => away.some((action) => permits(one, `dynamodb:${action}`, events)));
    expect(permitted).toEqual([]);
  });

  test("the importer's role may append, too, if a setting names it", () => {
    const importer = 'arn:aws:iam::111122223333:role/importer';
    const but = { ArnNotEquals: { 'aws:PrincipalArn': [importer, commands, sagas] } };
    expect(refusals(synthesize(undefined, { importer }))).toEqual(
      expect.arrayContaining([{ action: 'dynamodb:UpdateItem' }, { action: 'dynamodb:PutItem', but }]),
    );
  });
});

describe('the guard notices', () => {
  const principal = new AccountPrincipal('111122223333');
  const tableIn = (stack: ServiceStack) => (stack.node.findChild('EventStore') as EventStore).table;
  const intruderIn = (stack: ServiceStack) => new Role(stack, 'Intruder', { assumedBy: principal });
  const allow = (statement: PolicyStatementProps) => (stack: ServiceStack) => intruderIn(stack).addToPolicy(new PolicyStatement(statement));

  test.each<[string, (stack: ServiceStack) => void]>([
    ['a grant to write', (stack) => tableIn(stack).grantWriteData(intruderIn(stack))],
    ['full access', (stack) => tableIn(stack).grantFullAccess(intruderIn(stack))],
    ['some of the actions', (stack) => tableIn(stack).grant(intruderIn(stack), 'dynamodb:Update*')],
    ['every table', allow({ actions: ['dynamodb:DeleteItem'], resources: ['arn:aws:dynamodb:*:*:table/*'] })],
    ['everything', allow({ actions: ['*'], resources: ['*'] })],
    ['all actions but some', allow({ notActions: ['iam:*'], resources: ['*'] })],
    ['all resources but some', allow({ actions: ['dynamodb:*'], notResources: ['arn:aws:dynamodb:*:*:table/other'] })],
    ['a managed policy', (stack) => intruderIn(stack).addManagedPolicy(ManagedPolicy.fromAwsManagedPolicyName('PowerUserAccess'))],
    [
      'a policy of the table',
      (stack) =>
        tableIn(stack).addToResourcePolicy(
          new PolicyStatement({ actions: ['dynamodb:UpdateItem'], resources: ['*'], principals: [principal] }),
        ),
    ],
  ])('%s', (_, change) => expect(rewriters(change)).not.toEqual([]));
});
