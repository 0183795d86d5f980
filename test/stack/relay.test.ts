import { describe, expect, test } from '@jest/globals';
import { Stack } from 'aws-cdk-lib';
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
  const invokes = new Lambda(stack, 'Listener', { runtime: Runtime.NODEJS_24_X, handler: 'index.handler', code: Code.fromInline('//') });
  new Subscription(stack, 'Subscription', { to, pattern: { source: ['orders'], detailType: ['OrderPlaced.v1'] }, invokes });
  const subscribed = Template.fromStack(stack);
  const deadLetters = { 'Fn::GetAtt': [expect.stringMatching('^SubscriptionDeadLetters'), 'Arn'] };

  test('is a rule on the bus that tries for a day, and then keeps undelivered events', () => {
    expect(propertiesOf(subscribed, 'AWS::Events::Rule')).toMatchObject([
      {
        EventBusName: { Ref: expect.stringMatching('^Bus') },
        EventPattern: { source: ['orders'], 'detail-type': ['OrderPlaced.v1'] },
        Targets: [
          {
            Arn: { 'Fn::GetAtt': [expect.stringMatching('^Listener'), 'Arn'] },
            DeadLetterConfig: { Arn: deadLetters },
            RetryPolicy: { MaximumEventAgeInSeconds: 24 * 60 * 60, MaximumRetryAttempts: 185 },
          },
        ],
      },
    ]);
  });

  // EventBridge has done its part once Lambda has the event: from there on it is Lambda that drops it.
  test('keeps delivered events that failed, too', () => {
    expect(propertiesOf(subscribed, 'AWS::Lambda::EventInvokeConfig')).toMatchObject([
      { MaximumRetryAttempts: 2, MaximumEventAgeInSeconds: 6 * 60 * 60, DestinationConfig: { OnFailure: { Destination: deadLetters } } },
    ]);
  });

  test('has a queue that is encrypted, and holds for two weeks', () => {
    expect(propertiesOf(subscribed, 'AWS::SQS::Queue')).toEqual([
      { MessageRetentionPeriod: 14 * 24 * 60 * 60, SqsManagedSseEnabled: true },
    ]);
    const statements = propertiesOf(subscribed, 'AWS::SQS::QueuePolicy').flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
    expect(statements).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
        expect.objectContaining({ Effect: 'Allow', Action: 'sqs:SendMessage', Principal: { Service: 'events.amazonaws.com' } }),
      ]),
    );
  });
});
