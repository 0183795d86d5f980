import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { Template } from 'aws-cdk-lib/assertions';
import { measures } from '../../core/basics/telemetry.ts';
import type { Domain } from '../../core/registry/domain.ts';
import { ServiceStack } from '../../lib/service-stack.ts';
import { domain as inn } from '../inn/index.ts';
import { domain as loyalty } from '../loyalty/index.ts';
import { domain as parcels } from '../parcels/index.ts';
import { propertiesOf, quickApp, synthesize } from './synthesize.ts';

const watched = synthesize(undefined, { alarmEmail: 'ops@example.com' });
const alarms = propertiesOf(watched, 'AWS::CloudWatch::Alarm');
/** The alarms of a domain that the test's own domain lacks: those whose names have these words. */
const alarmsOf = (domain: Domain, words: string) => {
  const endpoints = Object.fromEntries((domain.calls ?? []).map(({ name }) => [name, `https://${name}.example`]));
  const stack = new ServiceStack(quickApp({ auth: 'none', stage: 'staging', endpoints }), 'foldstream-test', { domain });
  return propertiesOf(Template.fromStack(stack), 'AWS::CloudWatch::Alarm').filter(({ AlarmName }) => AlarmName.includes(words));
};

const alarmsOfProcesses = [...alarmsOf(loyalty, 'process'), ...alarmsOf(inn, 'Reminders were'), ...alarmsOf(parcels, 'third party')];
const headings = [...readFileSync('docs/operations.md', 'utf8').matchAll(/^### (.+)$/gm)].map(([, heading = '']) => heading);
/** `foldstream-test: A function fails (Commands)` → `A function fails`. */
const headingOf = (name: string) => name.replace(/^foldstream-test: /, '').replace(/ \([A-Za-z][\w -]*\)$/, '');

describe('docs/operations.md', () => {
  test.each([...alarms, ...alarmsOfProcesses].map(({ AlarmName, AlarmDescription }) => [AlarmName, AlarmDescription]))(
    'has a page for %s',
    (name, description) => {
      const heading = headingOf(name);
      expect(headings).toContain(heading);
      expect(description).toMatch(new RegExp(`\\. See docs/operations\\.md#${heading.toLowerCase().replaceAll(' ', '-')}$`));
    },
  );

  test('has no heading without an alarm', () => {
    const ringing = new Set([...alarms, ...alarmsOfProcesses].map(({ AlarmName }) => headingOf(AlarmName)));
    expect(headings.filter((heading) => !ringing.has(heading))).toEqual([]);
  });
});

test('no two alarms share a name', () => {
  const names = alarms.map(({ AlarmName }) => AlarmName);
  expect(names).toEqual([...new Set(names)]);
});

test('the alarm of dead letters keeps its id under its new name', () => {
  const found = Object.entries(watched.findResources('AWS::CloudWatch::Alarm'));
  const ids = found.filter(([, { Properties }]) => headingOf(Properties.AlarmName) === 'Dead letters are waiting').map(([id]) => id);
  expect(ids.length).toBeGreaterThan(0);
  for (const id of ids) expect(id).toMatch(/Lettersaredead[0-9A-F]{8}$/);
});

test('every alarm notifies the topic, and missing data is no alarm', () => {
  for (const { AlarmActions, TreatMissingData } of alarms) {
    expect(AlarmActions).toEqual([{ Ref: expect.stringMatching('^Alarms') }]);
    expect(TreatMissingData).toBe('notBreaching');
  }
  expect(propertiesOf(watched, 'AWS::SNS::Subscription')).toMatchObject([{ Protocol: 'email', Endpoint: 'ops@example.com' }]);
});

test("CloudWatch may publish to the topic: the topic's own policy replaces the default one that would allow it", () => {
  const { Topics, PolicyDocument } = propertiesOf(watched, 'AWS::SNS::TopicPolicy')[0] ?? {};
  expect(Topics).toEqual([{ Ref: expect.stringMatching('^Alarms') }]);
  expect(PolicyDocument.Statement).toContainEqual(
    expect.objectContaining({
      Effect: 'Allow',
      Action: 'sns:Publish',
      Principal: { Service: 'cloudwatch.amazonaws.com' },
      Resource: Topics[0],
      Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
    }),
  );
});

test('every function has an alarm for its errors and one for its throttles', () => {
  const count = propertiesOf(watched, 'AWS::Lambda::Function').length;
  for (const metric of ['Errors', 'Throttles']) expect(alarms.filter(({ MetricName }) => MetricName === metric)).toHaveLength(count);
});

test.each(['Projector', 'Relay'])('%s: an alarm for its age, and one for discarded batches', (listener) => {
  const of = alarms.filter(({ AlarmName }) => AlarmName.endsWith(`(${listener})`));
  expect(of).toContainEqual(expect.objectContaining({ MetricName: 'IteratorAge', Statistic: 'Maximum', Threshold: 300_000 }));
  const given = of.flatMap(({ Metrics = [] }) => Metrics).map(({ MetricStat }) => MetricStat?.Metric);
  expect(given).toContainEqual(
    expect.objectContaining({
      MetricName: 'DroppedEventCount',
      Dimensions: [{ Name: 'EventSourceMappingUUID', Value: { Ref: expect.stringMatching(`^${listener}`) } }],
    }),
  );
});

test('the alarm of parked streams uses the metric that the functions write', () => {
  const names = alarms.filter(({ Namespace }) => Namespace === 'Foldstream').map(({ MetricName }) => MetricName);
  expect(names.sort()).toEqual(['ahead', 'missing', 'sagasWaiting', 'streamsParked']);
  expect(Object.keys(measures)).toContain('streamsParked');
});

test('a dev stage is not watched and has no alarms', () => {
  const dev = synthesize(undefined, { stage: 'dev' });
  for (const type of ['AWS::CloudWatch::Alarm', 'AWS::CloudWatch::Dashboard', 'AWS::SNS::Topic'])
    expect(propertiesOf(dev, type)).toEqual([]);
});

test.each([
  ['a stream that is parked', 'Streams are parked', { MetricName: 'streamsParked', Statistic: 'Sum', Threshold: 0 }],
  ['an event that the audit misses', 'Events are missing', { MetricName: 'missing', Statistic: 'Maximum', Threshold: 0 }],
  ['an event that the log has lost', 'Events are lost', { MetricName: 'ahead', Statistic: 'Maximum', Threshold: 0 }],
  ['a dead letter', 'Dead letters are waiting', { MetricName: 'ApproximateNumberOfMessagesVisible', Statistic: 'Maximum', Threshold: 0 }],
  ['a saga that could not be undone', 'A saga waits for an operator', { MetricName: 'sagasWaiting', Statistic: 'Sum', Threshold: 0 }],
  ['an API that answers 5xx', 'The API fails', { MetricName: '5xx', Statistic: 'Sum', Threshold: 5 }],
])('%s raises an alarm', (_, name, metric) => {
  const ringing = alarms.filter(({ AlarmName }) => headingOf(AlarmName) === name);
  expect(ringing.length).toBeGreaterThan(0);
  for (const alarm of ringing) expect(alarm).toMatchObject({ ...metric, ComparisonOperator: 'GreaterThanThreshold' });
});

test.each([
  ['The audit failed', []],
  ['The anchor failed', []],
  ['A rebuild failed', []],
  ['A saga stopped half way', ['ExecutionsAborted']],
])('%s: the alarm is raised whether it failed or took too long', (name, more) => {
  const alarm = alarms.find(({ AlarmName }) => headingOf(AlarmName) === name);
  const metrics = alarm?.['Metrics'].flatMap(
    ({ MetricStat }: { MetricStat?: { Metric: { MetricName: string } } }) => MetricStat?.Metric.MetricName ?? [],
  );
  expect(metrics).toEqual(['ExecutionsFailed', 'ExecutionsTimedOut', ...more]);
});

test('the dashboard shows every metric', () => {
  const body = JSON.stringify(propertiesOf(watched, 'AWS::CloudWatch::Dashboard'));
  expect(Object.keys(measures).filter((name) => !body.includes(name))).toEqual([]);
});

test('the dashboard counts a saga that failed, was stopped, or whose time is up as stopped', () => {
  const body = JSON.stringify(propertiesOf(watched, 'AWS::CloudWatch::Dashboard'));
  for (const name of ['ExecutionsFailed', 'ExecutionsTimedOut', 'ExecutionsAborted']) expect(body).toContain(name);
});
