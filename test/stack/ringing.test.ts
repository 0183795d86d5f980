import { describe, expect, test } from '@jest/globals';
import { type AlarmProperties, type Data, type Series, type State, statesOf } from '../support/cloudwatch.ts';
import { propertiesOf, synthesize } from './synthesize.ts';

// Each alarm of production, on data as CloudWatch has them: it rings in its situation, and it is silent in health.

interface Situations {
  /** The data of its situation. The alarm rings at the end. */
  readonly rings: Data;
  /** Further such situations. */
  readonly ringsToo?: readonly Data[];
  /** The data of a healthy service. Every alarm is silent without any data, too. */
  readonly silent: readonly Data[];
  /** The data after the situation has passed. The alarm is silent again at the end. */
  readonly passes?: Data;
}

const periods = 16;
const none: Series = [];
const always = (value: number): Series => Array(periods).fill(value);
/** The last periods; those before them have no data. */
const lately = (...values: Series): Series => values;
/** A value now and then, as a metric has it that is written only when something happens. */
const sparse = (value: number, every: number): Series =>
  Array.from({ length: periods }, (_, period) => (period % every === 0 ? value : undefined));

const isCounted = (name: string, others: readonly string[] = []): Situations => ({
  rings: { [name]: lately(1) },
  // Others of the sum have no data: CloudWatch writes most counts only when there is something to count.
  ringsToo: others.map((other) => ({ [other]: lately(1) })),
  silent: [{ [name]: always(0) }],
  passes: { [name]: lately(1, undefined, undefined, undefined, undefined) },
});
const failed = isCounted('ExecutionsFailed', ['ExecutionsTimedOut']);
const daily: Situations = {
  rings: { Invocations: always(360), ExecutionsStarted: lately(1, ...Array(7).fill(undefined)) },
  ringsToo: [{ Invocations: always(360) }],
  silent: [
    { Invocations: always(360), ExecutionsStarted: sparse(1, 4) },
    // Made half a day ago, or a day ago.
    { Invocations: lately(200, 360) },
    { Invocations: lately(200, 360, 360, 360) },
  ],
  passes: { Invocations: always(360), ExecutionsStarted: lately(1, ...Array(8).fill(undefined), 1) },
};

const hours = 3_600_000;
const slow: Situations = {
  rings: { ExecutionTime: lately(12 * hours + 1) },
  silent: [{ ExecutionTime: always(12 * hours) }, { ExecutionTime: always(5000) }, { ExecutionTime: sparse(5000, 2) }],
  passes: { ExecutionTime: lately(13 * hours, 11 * hours) },
};

const situations: Readonly<Record<string, Situations>> = {
  'A function fails': isCounted('Errors'),
  'A function is throttled': isCounted('Throttles'),
  'A listener is behind': {
    rings: { IteratorAge: lately(300_001) },
    silent: [{ IteratorAge: always(900) }, { IteratorAge: sparse(300_000, 5) }],
    passes: { IteratorAge: lately(600_000, 900) },
  },
  'A listener does not run': {
    // All its metrics are silent, those of the mapping too.
    rings: { commandsAccepted: lately(9, 4, 7) },
    // Few commands, and no invocation.
    ringsToo: [{ commandsAccepted: lately(1, undefined, undefined, undefined, 1, undefined, undefined, undefined, 1) }],
    silent: [
      { commandsAccepted: always(9), Invocations: always(9) },
      { commandsAccepted: sparse(1, 5), Invocations: sparse(1, 5) },
      { commandsAccepted: none, Invocations: sparse(1, 3) },
      // Recorded at the end of a period, delivered in the next one.
      { commandsAccepted: lately(1, undefined, undefined), Invocations: lately(undefined, 1, undefined) },
    ],
    passes: { commandsAccepted: lately(...Array(3).fill(5), ...Array(12).fill(5)), Invocations: lately(...Array(12).fill(5)) },
  },
  'A listener gave up records': isCounted('DroppedEventCount', ['OnFailureDestinationDeliveredEventCount']),
  'A rebuild failed': failed,
  'A saga stopped half way': isCounted('ExecutionsFailed', ['ExecutionsTimedOut', 'ExecutionsAborted']),
  'A saga waits for an operator': isCounted('sagasWaiting'),
  'Dead letters are waiting': isCounted('ApproximateNumberOfMessagesVisible'),
  'Events are lost': isCounted('ahead'),
  'Events are missing': isCounted('missing'),
  'Integration events are waiting': {
    rings: { ApproximateAgeOfOldestMessage: lately(3601) },
    silent: [{ ApproximateAgeOfOldestMessage: always(0) }, { ApproximateAgeOfOldestMessage: always(360) }],
    passes: { ApproximateAgeOfOldestMessage: lately(7200, 0) },
  },
  'Streams are parked': isCounted('streamsParked'),
  'The API fails': {
    rings: { '5xx': lately(6) },
    silent: [{ '5xx': always(0) }, { '5xx': always(5) }],
    passes: { '5xx': lately(100, 0) },
  },
  'The anchor failed': failed,
  'The anchor is missed': daily,
  'The anchor is slow': slow,
  'The audit failed': failed,
  'The audit is missed': daily,
  'The audit is slow': slow,
  'The log is throttled': isCounted(
    'ThrottledRequests/PutItem',
    ['Query', 'TransactWriteItems', 'Scan'].map((one) => `ThrottledRequests/${one}`),
  ),
  'The steward is missed': {
    rings: { Count: lately(3, 1, 5) },
    ringsToo: [{ Count: always(50), Invocations: lately(5, 5, undefined, undefined, undefined) }],
    silent: [
      { Count: always(50), Invocations: always(5) },
      { Invocations: always(5) },
      // Without requests there is nobody who would notice.
      { Count: sparse(1, 2) },
      // Just made: the first request came before the first minute.
      { Count: lately(5, 5), Invocations: lately(undefined, 4) },
    ],
    passes: { Count: always(50), Invocations: lately(5, undefined, undefined, undefined, 5) },
  },
};

const alarms = propertiesOf(synthesize(), 'AWS::CloudWatch::Alarm').map(
  (alarm) => [String(alarm['AlarmName']).replace(/^foldstream-test: /, ''), alarm as unknown as AlarmProperties] as const,
);
const headingOf = (name: string): string => name.replace(/ \([A-Za-z][\w -]*\)$/, '');
const situationsOf = (name: string): Situations => {
  const found = situations[headingOf(name)];
  if (found === undefined) throw new Error(`'${name}' has no situation: add one to the table`);
  return found;
};

test('the table has no situation of an alarm that is gone', () => {
  const headings = new Set(alarms.map(([name]) => headingOf(name)));
  expect(Object.keys(situations).filter((heading) => !headings.has(heading))).toEqual([]);
});

describe.each(alarms)('%s', (name, alarm) => {
  const at = (data: Data): readonly State[] => statesOf(alarm, data, periods);

  test('rings in its situation', () => {
    const { rings, ringsToo = [] } = situationsOf(name);
    for (const data of [rings, ...ringsToo]) expect([data, at(data).at(-1)]).toEqual([data, 'ALARM']);
  });

  test('is silent in health, from the first minute on', () => {
    for (const data of [{}, ...situationsOf(name).silent]) expect([data, at(data).filter((state) => state !== 'OK')]).toEqual([data, []]);
  });

  test('is silent again after its situation', () => {
    const { passes } = situationsOf(name);
    if (passes !== undefined) expect([at(passes).includes('ALARM'), at(passes).at(-1)]).toEqual([true, 'OK']);
  });
});

describe('an alarm as AWS evaluates it', () => {
  const base = { MetricName: 'm', Threshold: 0, ComparisonOperator: 'GreaterThanThreshold', EvaluationPeriods: 3 };
  const endOf = (more: Partial<AlarmProperties>, ...values: Series) => statesOf({ ...base, ...more }, { m: values }, values.length).at(-1);

  /** The table of AWS for 3 of 3, with five periods looked at. `X` is breaching, `0` is not, `-` is missing. */
  test.each([
    ['0-X-X', 'OK', 'OK', 'OK'],
    ['0----', 'OK', 'OK', 'OK'],
    ['-----', 'OK', 'ALARM', 'INSUFFICIENT_DATA'],
    ['0XX-X', 'ALARM', 'ALARM', 'ALARM'],
    ['--X--', 'OK', 'ALARM', 'INSUFFICIENT_DATA'],
  ])('%s', (text, notBreaching, breaching, ignore) => {
    const values = [...text].map((sign) => ({ X: 1, '0': 0 })[sign]);
    for (const [TreatMissingData, state] of Object.entries({ notBreaching, breaching, ignore }))
      expect([TreatMissingData, endOf({ TreatMissingData }, ...values)]).toEqual([TreatMissingData, state]);
  });

  test('m of n: as many periods as it says, in any place', () => {
    const twoOfThree = { DatapointsToAlarm: 2, TreatMissingData: 'notBreaching' };
    expect([endOf(twoOfThree, 1, 0, 1), endOf(twoOfThree, 1, 0, 0), endOf(twoOfThree, 0, 0, 1, 1, 0)]).toEqual(['ALARM', 'OK', 'ALARM']);
  });

  test('on a metric of DynamoDB it keeps its state while data are missing, whatever it says', () => {
    const one = { EvaluationPeriods: 1, TreatMissingData: 'notBreaching' };
    const after = [1, undefined, undefined, undefined, undefined];
    expect(endOf(one, ...after)).toBe('OK');
    expect(endOf({ ...one, Namespace: 'AWS/DynamoDB' }, ...after)).toBe('ALARM');
  });

  test('a sum lacks each period in which one of its metrics has no data, unless it is filled', () => {
    const metric = (name: string) => ({ Id: name, MetricStat: { Metric: { Namespace: 'N', MetricName: name } } });
    const sum = (Expression: string) =>
      statesOf(
        { ...base, EvaluationPeriods: 1, TreatMissingData: 'notBreaching', Metrics: [metric('a'), metric('b'), { Id: 'e', Expression }] },
        { a: [1] },
        1,
      );
    expect([sum('a + b'), sum('FILL(a, 0) + FILL(b, 0)'), sum('FILL(a, 0) * 2 - 2')]).toEqual([['OK'], ['ALARM'], ['OK']]);
    expect(() => sum('RATE(a)')).toThrow('the function RATE of metric math is unknown here');
    expect(() => sum('a + c')).toThrow("the expression names 'c', which is no metric of the alarm");
  });
});
