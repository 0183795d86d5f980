import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { measures } from '../../core/basics/telemetry.ts';
import { EdgeStack } from '../../lib/edge-stack.ts';
import { propertiesOf, synthesize } from './synthesize.ts';

// The monthly prices of docs/explanation/cost.md that depend on what the template has: the counts are those of the template in production.

const page = readFileSync('docs/explanation/cost.md', 'utf8');
/** The middle and the last cell of a row. */
const rowOf = (label: string): readonly string[] => {
  const line = page.split('\n').find((one) => one.startsWith(`| ${label} |`)) ?? '';
  return line
    .split('|')
    .slice(2, -1)
    .map((cell) => cell.trim());
};

const template = synthesize();
const inDollars = (amount: number): string => amount.toFixed(2);
const minutesOfMonth = 43_800;
const inWords = new Intl.NumberFormat('en-US');

const alarmMetrics = propertiesOf(template, 'AWS::CloudWatch::Alarm').reduce(
  (total, { Metrics = [{ MetricStat: {} }] }) => total + Metrics.filter((one: object) => 'MetricStat' in one).length,
  0,
);
const ofAudit = ['missing', 'parked', 'ahead'].filter((name) =>
  JSON.stringify(template.toJSON()).includes(`\\"Foldstream\\",\\"${name}\\"`),
);
const metrics = Object.keys(measures).length + ofAudit.length;
const eachMinute = propertiesOf(template, 'AWS::Events::Rule').filter(
  ({ ScheduleExpression }) => ScheduleExpression === 'rate(1 minute)',
).length;
const countOf = (type: string): number => Object.keys(template.findResources(type)).length;
const stores = countOf('AWS::DynamoDB::GlobalTable') + countOf('AWS::SQS::Queue') + countOf('AWS::StepFunctions::StateMachine');
const secrets = countOf('AWS::SecretsManager::Secret');

test.each<[string, string, number]>([
  ['Metrics of the service', `${metrics} × $0.30`, metrics * 0.3],
  ['Alarms, by the metrics that they look at', `${alarmMetrics} × $0.10`, alarmMetrics * 0.1],
  ['Dashboard', `${countOf('AWS::CloudWatch::Dashboard')} × $3.00`, 3],
  [
    'Traces of what runs each minute',
    `${eachMinute} × ${inWords.format(minutesOfMonth)}, of which 100,000 are free, × $5.00 a million`,
    ((eachMinute * minutesOfMonth - 100_000) * 5) / 1e6,
  ],
  [
    'Uses of that key',
    `${stores} tables, queues and machines × 2 callers × 8,760 times five minutes, of which 20,000 are free, × $0.03 for 10,000`,
    ((stores * 2 * 8_760 - 20_000) * 0.03) / 1e4,
  ],
  ['The key of cursors, in Secrets Manager', `${secrets} × $0.40; twice that after its first change (\`-c cursorKey=2\`)`, secrets * 0.4],
])('the page has the price of a month: %s', (label, formula, dollars) => expect(rowOf(label)).toEqual([formula, inDollars(dollars)]));

test('the page has the price of the firewall', () => {
  const app = new App({ context: { auth: 'none', domainName: 'api.example.com' } });
  const edge = new EdgeStack(app, 'edge', { of: { name: 'api.example.com', origin: 'origin.api.example.com', hostedZoneId: undefined } });
  const rules: number = propertiesOf(Template.fromStack(edge), 'AWS::WAFv2::WebACL')[0]?.['Rules'].length;
  expect(rowOf('Firewall of a domain of your own (`-c domainName`)')).toEqual([`$5.00 + ${rules} rules × $1.00`, inDollars(5 + rules)]);
});
