import { describe, expect, test } from '@jest/globals';
import { Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { Code, Function as Lambda, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Subscription } from '../../lib/subscription.ts';
import { propertiesOf, quickApp, synthesize } from './synthesize.ts';

const template = synthesize();

test('every published event is kept for a month', () => {
  expect(propertiesOf(template, 'AWS::Events::Archive')).toMatchObject([
    {
      EventPattern: { source: [{ exists: true }] },
      RetentionDays: 30,
      SourceArn: { 'Fn::GetAtt': [expect.stringMatching('^RelayBus'), 'Arn'] },
    },
  ]);
});

// A bus that is not there takes everything and keeps nothing.
test('the relay knows the bus that the stack makes', () => {
  const [relay] = Object.entries(template.findResources('AWS::Lambda::Function')).filter(([id]) => id.startsWith('RelayFunction'));
  expect(relay?.[1]['Properties'].Environment.Variables.EVENT_BUS).toEqual({
    'Fn::GetAtt': [expect.stringMatching('^RelayBus'), 'Arn'],
  });
});

test('the positions have a table of their own', () => {
  const tables = template.findResources('AWS::DynamoDB::GlobalTable');
  const [positions] = Object.entries(tables).filter(([id]) => id.startsWith('RelayPositions'));
  expect(positions?.[1]['Properties']).toMatchObject({ KeySchema: [{ AttributeName: 'key', KeyType: 'HASH' }] });
});

describe('a subscription', () => {
  const stack = new Stack(quickApp({ auth: 'none' }), 'subscribed');
  const to = new EventBus(stack, 'Bus');
  const timeout = Duration.seconds(60);
  const code = { runtime: Runtime.NODEJS_24_X, handler: 'index.handler', code: Code.fromInline('//') };
  const invokes = new Lambda(stack, 'Listener', { ...code, timeout });
  new Subscription(stack, 'Subscription', { to, pattern: { source: ['orders'], detailType: ['OrderPlaced.v1'] }, invokes });
  const subscribed = Template.fromStack(stack);
  const queue = { 'Fn::GetAtt': [expect.stringMatching('^SubscriptionQueue'), 'Arn'] };
  const deadLetters = { 'Fn::GetAtt': [expect.stringMatching('^SubscriptionDeadLetters'), 'Arn'] };

  test('is a rule on the bus that brings events to a queue, tries for a day, and then keeps undelivered events', () => {
    expect(propertiesOf(subscribed, 'AWS::Events::Rule')).toMatchObject([
      {
        EventBusName: { Ref: expect.stringMatching('^Bus') },
        EventPattern: { source: ['orders'], 'detail-type': ['OrderPlaced.v1'] },
        Targets: [
          {
            Arn: queue,
            DeadLetterConfig: { Arn: deadLetters },
            RetryPolicy: { MaximumEventAgeInSeconds: 24 * 60 * 60, MaximumRetryAttempts: 185 },
          },
        ],
      },
    ]);
  });

  test('is a queue whose events a function gets one at a time, every six minutes for a day if it fails', () => {
    const [letters, events] = propertiesOf(subscribed, 'AWS::SQS::Queue');
    const kept = { MessageRetentionPeriod: 14 * 24 * 60 * 60, SqsManagedSseEnabled: true };
    expect(letters).toEqual(kept);
    expect(events).toEqual({
      ...kept,
      VisibilityTimeout: 360,
      RedrivePolicy: { deadLetterTargetArn: deadLetters, maxReceiveCount: 240 },
    });
    expect(360 * 240).toBe(24 * 60 * 60);
    expect(propertiesOf(subscribed, 'AWS::Lambda::EventSourceMapping')).toEqual([
      {
        EventSourceArn: queue,
        FunctionName: { Ref: expect.stringMatching('^Listener') },
        BatchSize: 1,
        ScalingConfig: { MaximumConcurrency: 100 },
      },
    ]);
  });

  // Lambda has such events from a rule of an earlier release.
  test('keeps events that a rule brought to the function itself, too', () => {
    expect(propertiesOf(subscribed, 'AWS::Lambda::EventInvokeConfig')).toMatchObject([
      { MaximumRetryAttempts: 2, MaximumEventAgeInSeconds: 6 * 60 * 60, DestinationConfig: { OnFailure: { Destination: deadLetters } } },
    ]);
  });

  test('lets every rule of the bus, and nobody else, send to both queues, before there is the rule', () => {
    const policies = subscribed.findResources('AWS::SQS::QueuePolicy');
    expect(Object.keys(policies)).toHaveLength(2);
    for (const { Properties } of Object.values(policies))
      expect(Properties.PolicyDocument.Statement).toEqual([
        expect.objectContaining({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
        expect.objectContaining({
          Effect: 'Allow',
          Action: 'sqs:SendMessage',
          Principal: { Service: 'events.amazonaws.com' },
          Condition: {
            ArnLike: { 'aws:SourceArn': { 'Fn::Join': ['', expect.arrayContaining([expect.stringMatching(/^\/\*$/)])] } },
            StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
          },
        }),
      ]);
    const [rule] = Object.values(subscribed.findResources('AWS::Events::Rule'));
    expect(rule?.['DependsOn']).toEqual(expect.arrayContaining(Object.keys(policies)));
  });

  test.each([
    ['prod', 'Retain'],
    ['dev', 'Delete'],
  ])('in %s the queues have the policy %s: what waits there is nowhere else', (stage, policy) => {
    const queues = Object.values(synthesize(undefined, { stage }).findResources('AWS::SQS::Queue'));
    expect(queues.length).toBeGreaterThan(0);
    for (const one of queues) expect([one['DeletionPolicy'], one['UpdateReplacePolicy']]).toEqual([policy, policy]);
  });
});
