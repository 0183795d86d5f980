import { describe, expect, test } from '@jest/globals';
import { App } from 'aws-cdk-lib';
import type { Template } from 'aws-cdk-lib/assertions';
import { stageOf } from '../../lib/stage.ts';
import { tokenShapeOf } from '../../local/assembly.ts';
import { contextWith } from './assemble.ts';
import { propertiesOf, synthesize } from './synthesize.ts';

const given = (context: Record<string, unknown>) => stageOf(new App({ context: contextWith({ auth: 'none', ...context }) }));

describe('the stage', () => {
  test('is dev by default', () => expect(given({})).toMatchObject({ stage: 'dev', keepsData: false }));

  test.each(['dev', 'dev-ada', 'dev-pr-42', 'staging', 'prod'])('%j is one', (stage) => expect(given({ stage })).toMatchObject({ stage }));

  test.each(['', 'Prod', 'production', 'prod-2', 'dev-', '1st', 'a b', 'dev\n', 'dev-a-name-that-is-too-long', 7, true])(
    '%j is none',
    (stage) => expect(() => given({ stage })).toThrow(`\n  stage: ${JSON.stringify(stage)} `),
  );

  test.each(['staging', 'prod'])('%s keeps its data', (stage) => expect(given({ stage })).toMatchObject({ keepsData: true }));
});

describe('a setting', () => {
  test('may be changed, as text or as its own type', () => {
    expect(given({ stage: 'prod', requestsPerSecond: '7', keepsData: 'false', logRetentionDays: 14 })).toMatchObject({
      requestsPerSecond: 7,
      keepsData: false,
      logRetentionDays: 14,
    });
  });

  test.each([
    ['requestsPerSecond', 'many'],
    ['requestsPerSecond', '0'],
    ['requestsPerSecond', '1e3'],
    ['requestBurst', -1],
    ['memoryMegabytes', 64],
    ['logRetentionDays', '2'],
    ['keepsData', 'yes'],
    ['ownKey', 'mine'],
    ['cursorKey', '0'],
    ['cursorKey', 'new'],
    ['importer', 'me'],
    ['tenantClaim', ''],
    ['tenantClaim', 'a tenant'],
    ['scopePrefix', ''],
    ['scopePrefix', 'my api/'],
    ['grants', '{"groups":'],
    ['grants', '{"my groups":"scopes"}'],
    ['grants', ''],
    ['actorClaim', ''],
    ['actorClaim', 'oid,'],
    ['emailActors', 'never'],
  ])('%s cannot be %j, and the error names it', (name, value) =>
    expect(() => given({ [name]: value })).toThrow(`\n  ${name}: ${JSON.stringify(value)} `),
  );

  const bank = 'https://bank.example/v1';
  test.each<[unknown, Record<string, string>]>([
    [`bank=${bank}`, { bank }],
    [` bank = ${bank} , post=http://127.0.0.1:3001`, { bank, post: 'http://127.0.0.1:3001' }],
    [
      { bank, post: 'http://localhost/post' },
      { bank, post: 'http://localhost/post' },
    ],
  ])('may name the endpoints of third parties: %j', (endpoints, expected) =>
    expect(given({ endpoints })).toMatchObject({ endpoints: expected }),
  );

  test.each([
    ['bank', /\n {2}endpoints\.bank: Invalid URL/],
    ['bank=there', /endpoints\.bank: Invalid URL/],
    ['bank=http://bank.example', /endpoints\.bank: must be https/],
    ['bank=http://127.0.0.1.bank.example', /endpoints\.bank: must be https/],
    ['bank=ftp://bank.example', /endpoints\.bank: must be https/],
    [`bank=https://me:secret@bank.example`, /endpoints\.bank: cannot have a query, a fragment or a password/],
    [`bank=${bank}?key=secret`, /endpoints\.bank: cannot have a query/],
  ])('cannot name the endpoints %j', (endpoints, message) => expect(() => given({ endpoints })).toThrow(message));

  test('that is misspelt is named, together with the existing settings', () =>
    expect(() => given({ keepData: true })).toThrow(/Unrecognized key: "keepData"; the settings are stage, .*keepsData/));

  test('all wrong settings are named at once', () =>
    expect(() => given({ stage: 'x', requestBurst: 'y' })).toThrow(/stage: .*\n {2}requestBurst: /));
});

describe('tenants', () => {
  test.each(['tenant', 'custom:tenant', 'https://shop.example/tenant'])('come from the claim %s', (tenantClaim) => {
    const template = synthesize(undefined, { tenantClaim });
    const told = propertiesOf(template, 'AWS::Lambda::Function').map(({ Environment }) => Environment.Variables);
    const serving = told.filter(({ AUTH }) => AUTH !== undefined);
    expect(serving).toHaveLength(3); // Commands, queries, and where sagas are.
    for (const { TENANT_CLAIM } of serving) expect(TENANT_CLAIM).toBe(tenantClaim);
    for (const { AUTH, TENANT_CLAIM } of told) expect(TENANT_CLAIM === undefined).toBe(AUTH === undefined);
  });

  test('do not exist by default, and the template stays the same', () => {
    for (const { Environment } of propertiesOf(synthesize(), 'AWS::Lambda::Function'))
      expect(Environment.Variables).not.toHaveProperty('TENANT_CLAIM');
    expect(JSON.stringify(synthesize().toJSON())).not.toContain('tenant');
  });

  test('cannot be set in an open stage', () =>
    expect(() => given({ tenantClaim: 'tenant' })).toThrow('\n  tenantClaim: "tenant" excludes -c auth=none: '));
});

describe('what the stage says about tokens', () => {
  test.each<[unknown, unknown]>([
    ['roles', { roles: 'scopes' }],
    ['roles, permissions', { roles: 'scopes', permissions: 'scopes' }],
    ['{"cognito:groups":{"clerks":"order:read  order:write"}}', { 'cognito:groups': { clerks: ['order:read', 'order:write'] } }],
    [{ 'realm_access.roles': { clerk: ['order:read'] } }, { 'realm_access.roles': { clerk: ['order:read'] } }],
    [{ 'https://shop.example/roles': 'scopes' }, { 'https://shop.example/roles': 'scopes' }],
  ])('are grants: %j', (grants, expected) => expect(given({ grants })).toMatchObject({ grants: expected }));

  test.each<[unknown, string]>([
    [{ roles: 'all' }, "grants.roles: is 'scopes', or an object: the scopes of each value of the claim"],
    [{ groups: { clerks: [] } }, 'grants.groups'],
    [{ groups: { clerks: 'order write!' } }, 'grants.groups'],
    [
      { groups: { a: 'x'.repeat(100), ...Object.fromEntries(Array.from({ length: 20 }, (_, n) => [n, 'y'.repeat(100)])) } },
      'has more than 2,000',
    ],
  ])('are no grants: %j', (grants, message) => expect(() => given({ grants })).toThrow(message));

  test('is told to the functions that serve HTTP, and to no other', () => {
    const grants = { roles: 'scopes' };
    const settings = { scopePrefix: 'api/', grants: JSON.stringify(grants), actorClaim: 'oid,client_id', emailActors: 'true' };
    const told = propertiesOf(synthesize(undefined, settings), 'AWS::Lambda::Function').map(({ Environment }) => Environment.Variables);
    const serving = told.filter(({ AUTH }) => AUTH !== undefined);
    expect(serving).toHaveLength(3);
    for (const variables of serving)
      expect(variables).toMatchObject({
        ...{ SCOPE_PREFIX: 'api/', GRANTS: JSON.stringify(grants), ACTOR_CLAIM: 'oid,client_id', EMAIL_ACTORS: 'true' },
      });
    for (const variables of told.filter(({ AUTH }) => AUTH === undefined)) expect(Object.keys(variables)).not.toContain('GRANTS');
  });

  test('is what the issuer of the local system follows', () => {
    const shapeWith = (settings: Record<string, unknown>) =>
      tokenShapeOf({ template: synthesize(undefined, settings).toJSON() as Parameters<typeof tokenShapeOf>[0]['template'] });
    expect(shapeWith({ scopePrefix: 'api/', actorClaim: 'oid' })).toEqual({ scopePrefix: 'api/', actorClaim: 'oid' });
    expect(shapeWith({})).toEqual({});
  });

  test('is nothing by default, and the template stays the same', () => {
    for (const { Environment } of propertiesOf(synthesize(), 'AWS::Lambda::Function'))
      for (const name of ['SCOPE_PREFIX', 'GRANTS', 'ACTOR_CLAIM', 'EMAIL_ACTORS']) expect(Environment.Variables).not.toHaveProperty(name);
  });

  test.each([
    ['oid', 'oid'],
    ['custom:employee', 'sub'],
    [undefined, 'sub'],
  ])('names the actor in the lines of requests: %s', (actorClaim, claim) => {
    const template = synthesize(undefined, actorClaim === undefined ? {} : { actorClaim });
    const { AccessLogSettings } = propertiesOf(template, 'AWS::ApiGatewayV2::Stage')[0] ?? {};
    expect(JSON.parse(AccessLogSettings.Format).actor).toBe(`$context.authorizer.claims.${claim}`);
  });
});

/** Those of services have names, and are kept nowhere (service-stack.test.ts). */
const logsOfFunctions = (template: Template) =>
  Object.values(template.findResources('AWS::Logs::LogGroup')).filter(({ Properties }) => !('LogGroupName' in Properties));

test('the stages differ in their rate limits, the retention of logs and the data that they keep', () => {
  const facts = ['dev', 'staging', 'prod'].map((stage) => {
    const template = synthesize(undefined, { stage });
    const { RouteSettings: _, DefaultRouteSettings } = propertiesOf(template, 'AWS::ApiGatewayV2::Stage')[0] ?? {};
    return {
      ...DefaultRouteSettings,
      retention: new Set(propertiesOf(template, 'AWS::Logs::LogGroup').map(({ RetentionInDays }) => RetentionInDays)),
      logs: new Set(logsOfFunctions(template).map(({ DeletionPolicy }) => DeletionPolicy)),
      memory: new Set(
        propertiesOf(template, 'AWS::Lambda::Function').flatMap(({ Environment, MemorySize }) => (Environment ? MemorySize : [])),
      ),
    };
  });
  expect(facts).toEqual([
    { ThrottlingRateLimit: 50, ThrottlingBurstLimit: 100, retention: new Set([7]), logs: new Set(['Delete']), memory: new Set([512]) },
    {
      ThrottlingRateLimit: 200,
      ThrottlingBurstLimit: 400,
      retention: new Set([30]),
      logs: new Set(['RetainExceptOnCreate']),
      memory: new Set([1024]),
    },
    {
      ThrottlingRateLimit: 2000,
      ThrottlingBurstLimit: 4000,
      retention: new Set([365]),
      logs: new Set(['RetainExceptOnCreate']),
      memory: new Set([1024]),
    },
  ]);
});

test('the routes that need no token have a limit of their own, and exist before it', () => {
  const template = synthesize(undefined, { stage: 'prod' });
  const routes = template.findResources('AWS::ApiGatewayV2::Route', { Properties: { AuthorizationType: 'NONE' } });
  const [stage] = Object.values(template.findResources('AWS::ApiGatewayV2::Stage'));
  const keys = Object.values(routes).map(({ Properties }) => Properties.RouteKey);
  expect(keys).toEqual(expect.arrayContaining(['$default', 'GET /openapi.json', 'HEAD /health']));
  const limit = { ThrottlingRateLimit: 200, ThrottlingBurstLimit: 400 };
  expect(stage?.['Properties'].RouteSettings).toEqual(Object.fromEntries(keys.map((key) => [key, limit])));
  expect(stage?.['DependsOn']).toEqual(expect.arrayContaining(Object.keys(routes)));
});

test.each([
  ['dev', true],
  ['staging', false],
  ['prod', false],
])('the logs of state machines in %s hold the data of executions: %s', (stage, includes) => {
  const machines = propertiesOf(synthesize(undefined, { stage }), 'AWS::StepFunctions::StateMachine');
  expect(machines.length).toBeGreaterThan(3);
  expect(new Set(machines.map(({ LoggingConfiguration }) => LoggingConfiguration.IncludeExecutionData))).toEqual(new Set([includes]));
});

test('every request leaves a line in the log of the API', () => {
  const [stage] = propertiesOf(synthesize(), 'AWS::ApiGatewayV2::Stage');
  expect(stage?.['AccessLogSettings'].DestinationArn).toEqual({ 'Fn::GetAtt': [expect.stringMatching('^ApiRequests'), 'Arn'] });
  expect(JSON.parse(stage?.['AccessLogSettings'].Format)).toMatchObject({ requestId: '$context.requestId', route: '$context.routeKey' });
});
