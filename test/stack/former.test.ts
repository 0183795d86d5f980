import { expect, test } from '@jest/globals';
import { Template } from 'aws-cdk-lib/assertions';
import { ServiceStack } from '../../lib/service-stack.ts';
import { domain as withoutFormer } from '../domain/index.ts';
import { whole as domain } from '../former/members.ts';
import { propertiesOf, quickApp, synthesize } from './synthesize.ts';

// A notice has the name that is in the log. So the rules have the stored names besides those of today, or an old event that comes late, and
// what the release before records while a deployment is under way, reaches nobody.

const production = { stage: 'prod', issuer: 'https://issuer.example', audience: 'foldstream', endpoints: 'bank=https://bank.example' };
const template = Template.fromStack(new ServiceStack(quickApp(production), 'foldstream-test', { domain }));
const heard = (of: Template, source: string): readonly (readonly string[])[] =>
  propertiesOf(of, 'AWS::Events::Rule')
    .filter(({ EventPattern }) => EventPattern?.source?.includes(source))
    .map(({ EventPattern }) => EventPattern['detail-type']);

test.each([
  ['reactions', [['OrderAccepted.v1', 'PriceAgreed.v1', 'LineAdded.v1', 'OrderReceived.v1', 'OrderPlaced.v1', 'SendAgain']]],
  ['calls', [['PriceAgreed.v1', 'OrderReceived.v1', 'OrderPlaced.v1']]],
  ['reminders', [['PriceAgreed.v1', 'OrderClosed.v1', 'OrderReceived.v1', 'OrderPlaced.v1', 'SendAgain', 'AuditReminders']]],
  [
    'sagas',
    [
      ['OrderAccepted.v1', 'OrderReceived.v1', 'OrderPlaced.v1'],
      ['PriceAgreed.v1', 'OrderReceived.v1', 'OrderPlaced.v1', 'LineAdded.v1', 'OrderAccepted.v1', 'StopExecution'],
    ],
  ],
])('the rules of %s have the stored names', (source, types) => {
  const inOrder = (all: readonly (readonly string[])[]) => all.map((one) => [...one].sort());
  expect(inOrder(heard(template, source))).toEqual(inOrder(types));
});

test('no rule has the name of an event that was dropped', () => {
  const all = ['reactions', 'calls', 'reminders', 'sagas'].flatMap((source) => heard(template, source)).flat();
  expect(all).not.toContain('OrderViewed.v1');
});

test('the functions of the log read every commit, whatever its types', () => {
  const filters = propertiesOf(template, 'AWS::Lambda::EventSourceMapping').flatMap(({ FilterCriteria }) => FilterCriteria?.Filters ?? []);
  expect(new Set(filters.map(({ Pattern }) => Pattern))).toEqual(new Set([JSON.stringify({ eventName: ['INSERT'] })]));
});

test('a domain without former events has no further names', () => {
  expect(withoutFormer.deciders.length).toBeGreaterThan(0);
  expect(heard(synthesize(), 'calls')).toEqual([['PaymentRequested.v1', 'PaymentWithdrawn.v1', 'PaymentRefunded.v1']]);
});
