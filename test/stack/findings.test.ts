import { expect, test } from '@jest/globals';
import { Validations } from 'aws-cdk-lib';
import { type HttpApi, HttpMethod, HttpNoneAuthorizer, HttpRoute, HttpRouteKey } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpUrlIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import type { IConstruct } from 'constructs';
import { ServiceStack } from '../../lib/service-stack.ts';
import { domain } from '../domain/index.ts';
import { quickApp } from './synthesize.ts';

const endpoints = 'payment-provider=https://pay.example';
const open = { stage: 'prod', auth: 'none', endpoints };
const closed = { stage: 'prod', issuer: 'https://issuer.example', audience: 'foldstream', endpoints };

/** The service, with the checks of bin/app.ts. */
const checked = (settings: Readonly<Record<string, string>>, change: (stack: ServiceStack) => void = () => {}) => {
  const app = quickApp(settings);
  const stack = new ServiceStack(app, 'foldstream-test', { domain });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  change(stack);
  return { app, stack };
};

test.each([
  ['with an issuer', closed],
  ['open, because it was said', open],
  ['for trying out', { ...closed, stage: 'dev' }],
  ["with the log under a key of the account's own", { ...closed, ownKey: 'true' }],
])('%s, it breaks no rule of AWS Solutions', (_, settings) => expect(() => checked(settings).app.synth()).not.toThrow());

test.each<[string, string, (stack: ServiceStack) => void]>([
  ['a bucket that takes requests without TLS', 'AwsSolutions-S10', (stack) => new Bucket(stack, 'Bucket')],
  ['a route that lets everybody in', 'AwsSolutions-APIG4', (stack) => addRoute(stack)],
])('%s stops the synthesis', (_, rule, change) => expect(() => checked(closed, change).app.synth()).toThrow(rule));

const addRoute = (stack: ServiceStack) =>
  new HttpRoute(stack, 'Route', {
    httpApi: stack.node.findChild('Api') as HttpApi,
    routeKey: HttpRouteKey.with('/secrets', HttpMethod.GET),
    integration: new HttpUrlIntegration('Integration', 'https://example.com'),
    authorizer: new HttpNoneAuthorizer(),
  });

const acknowledged = (construct: IConstruct): string[] =>
  construct.node
    .findAll()
    .flatMap(({ node }) =>
      node.metadata
        .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
        .flatMap(({ data }) =>
          Object.keys(data).map((rule) => `${node.path.replace(/^foldstream-test\/?/, '')}: ${rule.replace('Annotation::', '')}`),
        ),
    );

const table = 'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:dynamodb:<AWS::Region>:<AWS::AccountId>:table/foldstream-test-';

test('the acknowledged findings, with their places', () => {
  expect([...new Set(acknowledged(checked(closed).stack))].sort()).toEqual([
    'Anchor/Bucket: AwsSolutions-S1',
    'Anchor/FunctionRole: AwsSolutions-IAM5[Resource::*]',
    'Anchor/FunctionRole: AwsSolutions-IAM5[Resource::<AnchorBucket78CE28A8.Arn>/*]',
    'Anchor/Machine: AwsSolutions-IAM5[Resource::*]',
    'Anchor: AwsSolutions-IAM5[Resource::<AnchorFunction9A31CCE1.Arn>:*]',
    'Audit/FunctionRole: AwsSolutions-IAM5[Resource::*]',
    `Audit/FunctionRole: ${table}ReadModels*]`,
    `Audit/FunctionRole: ${table}RelayPositions*]`,
    'Audit/Machine: AwsSolutions-IAM5[Resource::*]',
    'Audit: AwsSolutions-IAM5[Resource::<AuditFunctionD052CD6C.Arn>:*]',
    'Calls/Asked/DeadLetters: AwsSolutions-SQS3',
    'Calls/FunctionRole: AwsSolutions-IAM5[Resource::*]',
    'Commands/FunctionRole: AwsSolutions-IAM5[Resource::*]',
    'Projector/Discarded/Bucket: AwsSolutions-S1',
    'Projector/FunctionRole: AwsSolutions-IAM5[Resource::*]',
    'Projector/FunctionRole: AwsSolutions-IAM5[Resource::<ProjectorDiscardedBucketB0F92A32.Arn>/*]',
    `Projector/FunctionRole: ${table}ReadModels*/index/parked]`,
    `Projector/FunctionRole: ${table}ReadModels*]`,
    'Queries/AsyncApi: AwsSolutions-APIG4',
    'Queries/AsyncApiHead: AwsSolutions-APIG4',
    'Queries/CursorKeys/Key1: AwsSolutions-SMG4',
    'Queries/FunctionRole: AwsSolutions-IAM5[Resource::*]',
    `Queries/FunctionRole: ${table}ReadModels*/index/*]`,
    `Queries/FunctionRole: ${table}ReadModels*]`,
    `Queries/FunctionRole: ${table}RelayPositions*/index/parked]`,
    'Queries/Health: AwsSolutions-APIG4',
    'Queries/HealthHead: AwsSolutions-APIG4',
    'Queries/OpenApi: AwsSolutions-APIG4',
    'Queries/OpenApiHead: AwsSolutions-APIG4',
    'Queries/Otherwise: AwsSolutions-APIG4',
    'Queries/Start: AwsSolutions-APIG4',
    'Queries/StartHead: AwsSolutions-APIG4',
    'Rebuild/FunctionRole: AwsSolutions-IAM5[Resource::*]',
    `Rebuild/FunctionRole: ${table}ReadModels*]`,
    'Rebuild/Machine: AwsSolutions-IAM5[Resource::*]',
    'Rebuild: AwsSolutions-IAM5[Resource::<RebuildFunction956AE4E4.Arn>:*]',
    'Relay/Discarded/Bucket: AwsSolutions-S1',
    'Relay/FunctionRole: AwsSolutions-IAM5[Resource::*]',
    'Relay/FunctionRole: AwsSolutions-IAM5[Resource::<RelayDiscardedBucketC78BAFF6.Arn>/*]',
    `Relay/FunctionRole: ${table}RelayPositions*/index/parked]`,
    `Relay/FunctionRole: ${table}RelayPositions*]`,
    'Sagas/Answers/DeadLetters: AwsSolutions-SQS3',
    'Sagas/Listener/FunctionRole: AwsSolutions-IAM5[Resource::*]',
    'Sagas/MachineRights: AwsSolutions-IAM5[Resource::*]',
    'Sagas/Query/FunctionRole: AwsSolutions-IAM5[Resource::*]',
    expect.stringMatching(/^Sagas\/Query\/FunctionRole: AwsSolutions-IAM5\[Resource::arn:.*:execution:.*:\*]$/), // Executions of one machine.
    'Sagas/Starter/FunctionRole: AwsSolutions-IAM5[Resource::*]',
    'Sagas/Starts/DeadLetters: AwsSolutions-SQS3',
    'Sagas/Step/FunctionRole: AwsSolutions-IAM5[Resource::*]',
    expect.stringMatching(/^Sagas\/Stops: AwsSolutions-IAM5\[Resource::arn:.*:execution:.*:\*]$/),
    'Steward/FunctionRole: AwsSolutions-IAM5[Resource::*]',
  ]);
  expect(acknowledged(checked(open).stack)).toContain(': AwsSolutions-APIG4');
});
