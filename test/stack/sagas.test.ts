import { describe, expect, test } from '@jest/globals';
import { permissionsIn } from './permissions.ts';
import { propertiesOf, synthesize } from './synthesize.ts';

const template = synthesize();
const ref = (id: string) => ({ Ref: expect.stringMatching(`^${id}`) });

describe('the rights of each function:', () => {
  const grantsOf = (name: string) =>
    permissionsIn(template)
      .filter(({ who, action }) => who === `${name}FunctionRole` && !/^(logs:|sts:|xray:)/.test(action))
      .map(({ action, resource }) => `${action} ${resource.replace(/^arn:aws:[a-z0-9]+:[a-z]*:[a-z]*:/, '')}`)
      .sort();

  test('the step appends, keeps waiting steps, answers, and sends notices to stop an execution', () => {
    expect(grantsOf('SagasStep')).toEqual([
      'dynamodb:DeleteItem table/EventStoreNames',
      'dynamodb:DeleteItem table/SagasWaiting',
      'dynamodb:PutItem table/EventStoreEvents',
      'dynamodb:PutItem table/EventStoreNames',
      'dynamodb:PutItem table/SagasWaiting',
      'dynamodb:Query table/EventStoreEvents',
      'dynamodb:Query table/SagasWaiting',
      'events:PutEvents event-bus/RelayBus',
      'states:SendTaskFailure Sagasfulfilment',
      'states:SendTaskSuccess Sagasfulfilment',
    ]);
  });

  test('the starter reads events, and starts', () => {
    expect(grantsOf('SagasStarter')).toEqual([
      'dynamodb:Query table/EventStoreEvents',
      'sqs:GetQueueAttributes SagasStartsDeadLetters',
      'sqs:GetQueueUrl SagasStartsDeadLetters',
      'sqs:SendMessage SagasStartsDeadLetters',
      'states:StartExecution Sagasfulfilment',
    ]);
  });

  test('the listener reads events and waiting steps, answers, and stops executions', () => {
    expect(grantsOf('SagasListener')).toEqual([
      'dynamodb:DeleteItem table/SagasWaiting',
      'dynamodb:Query table/EventStoreEvents',
      'dynamodb:Query table/SagasWaiting',
      'sqs:GetQueueAttributes SagasAnswersDeadLetters',
      'sqs:GetQueueUrl SagasAnswersDeadLetters',
      'sqs:SendMessage SagasAnswersDeadLetters',
      'states:SendTaskFailure Sagasfulfilment',
      'states:SendTaskSuccess Sagasfulfilment',
      expect.stringMatching(/^states:StopExecution .*Sagasfulfilment/),
    ]);
  });

  test('the query only reads', () => {
    const looks = grantsOf('SagasQuery').map((grant) => grant.split(' ')[0]);
    expect(looks).toEqual(['dynamodb:Query', 'states:DescribeExecution', 'states:GetExecutionHistory']);
  });
});

test('the starter and the listener receive only the events that concern them', () => {
  const rules = propertiesOf(template, 'AWS::Events::Rule').filter(({ EventPattern }) => EventPattern?.source.includes('sagas'));
  expect(rules.map(({ EventBusName, EventPattern, Targets }) => [EventBusName, EventPattern, Targets[0].Arn])).toEqual([
    [
      ref('RelayBus'),
      { source: ['sagas'], 'detail-type': ['OrderPlaced.v1'] },
      { 'Fn::GetAtt': [expect.stringMatching('^SagasStarterFunction'), 'Arn'] },
    ],
    [
      ref('RelayBus'),
      { source: ['sagas'], 'detail-type': ['PaymentReceived.v1', 'PaymentDeclined.v1', 'StopExecution'] },
      { 'Fn::GetAtt': [expect.stringMatching('^SagasListenerFunction'), 'Arn'] },
    ],
  ]);
});

test('waiting steps expire by the time to live of their table', () => {
  const [table] = propertiesOf(template, 'AWS::DynamoDB::GlobalTable').filter(({ TimeToLiveSpecification: ttl }) => ttl !== undefined);
  expect(table).toMatchObject({
    TimeToLiveSpecification: { AttributeName: 'expires', Enabled: true },
    KeySchema: [
      { AttributeName: 'stream', KeyType: 'HASH' },
      { AttributeName: 'waiting', KeyType: 'RANGE' },
    ],
  });
});

test('there is an alarm for a saga that waits for an operator, and for one that stopped', () => {
  const names = propertiesOf(template, 'AWS::CloudWatch::Alarm').map(({ AlarmName }) => AlarmName);
  expect(names).toContain('foldstream-test: A saga waits for an operator');
  expect(names).toContain('foldstream-test: A saga stopped half way (fulfilment)');
});
