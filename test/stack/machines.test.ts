import { describe, expect, test } from '@jest/globals';
// @ts-expect-error it has no types
import validate from 'asl-validator';
import { permissionsIn } from './permissions.ts';
import { propertiesOf, synthesize } from './synthesize.ts';

const template = synthesize();

interface State {
  readonly Type: string;
  readonly Next?: string;
  readonly Default?: string;
  readonly Choices?: readonly { readonly Next: string }[];
  readonly Retry?: readonly Record<string, unknown>[];
  readonly Catch?: readonly Record<string, unknown>[];
  readonly ItemProcessor?: Definition;
  readonly [field: string]: unknown;
}
interface Definition {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
  readonly TimeoutSeconds?: number;
}

const definitionOf = (name: string): Definition => {
  const machines = Object.entries(template.findResources('AWS::StepFunctions::StateMachine'));
  const { Properties } =
    Object.fromEntries(machines.map(([id, machine]) => [id.replace(/(Machine)?[0-9A-F]{8}$/, ''), machine]))[name] ?? {};
  const [glue, parts] = Properties.DefinitionString['Fn::Join'];
  return JSON.parse(parts.map(textOf).join(glue));
};

/** A part of a text that CloudFormation joins; what is only known then is a function's ARN. */
const textOf = (part: unknown): string => {
  if (typeof part === 'string') return part;
  return (part as { Ref?: string }).Ref === 'AWS::Partition' ? 'aws' : 'arn:aws:lambda:eu-central-1:123456789012:function:one';
};

/** Every state, those inside of others too. */
const statesIn = ({ States }: Definition): readonly (readonly [string, State])[] =>
  Object.entries(States).flatMap(([name, state]) => [
    [name, state] as const,
    ...(state.ItemProcessor ? statesIn(state.ItemProcessor) : []),
  ]);

/** The way through the states, as one reads it: the default way out of a choice in brackets. */
const wayThrough = ({ StartAt, States }: Definition): readonly string[] => {
  const way: string[] = [];
  for (let name: string | undefined = StartAt; name !== undefined; ) {
    const state: State | undefined = States[name];
    way.push(state?.Default === undefined ? name : `${name} [no: ${state.Default}]`);
    name = state?.Next ?? state?.Choices?.[0]?.Next;
  }
  return way;
};

test.each(['Rebuild', 'Audit', 'Sagasfulfilment'])('Step Functions accepts the deployed definition of %s', (name) => {
  const { isValid, errorsText } = validate(definitionOf(name));
  expect(errorsText()).toBe('');
  expect(isValid).toBe(true);
});

test('the rebuild has its steps in order', () => {
  expect(wayThrough(definitionOf('Rebuild'))).toEqual([
    'Plan the segments',
    'Fill every segment',
    'Let it lead',
    'Let the projector settle',
    'Audit every segment',
    'Judge the audit',
    'Is it complete? [no: Let the projector settle]',
    'Let it serve',
    'It is complete',
  ]);
});

test('the anchor has its steps in order', () => {
  expect(wayThrough(definitionOf('Anchor'))).toEqual(['Plan the segments', 'Anchor every segment', 'Say that it is whole', 'It is kept']);
});

test('the audit has its steps in order', () => {
  expect(wayThrough(definitionOf('Audit'))).toEqual(['Plan the segments', 'Audit every segment', 'Report', 'It is reported']);
});

test.each(['Rebuild', 'Audit', 'Anchor'])('the %s does a segment for a while, again and again', (name) => {
  for (const [, { ItemProcessor: loop }] of statesIn(definitionOf(name)).filter(([, { Type }]) => Type === 'Map')) {
    const [begin = ''] = wayThrough(loop as Definition);
    expect(wayThrough(loop as Definition)).toEqual([
      expect.stringMatching(/^(Fill|Audit|Anchor) for a while$/),
      expect.stringMatching(`^(Fill|Audit|Anchor): to the end\\? \\[no: ${begin}\\]$`),
      expect.stringMatching(/^(Fill|Audit|Anchor): done$/),
    ]);
  }
});

describe.each(['Rebuild', 'Audit', 'Anchor'])('the %s', (name) => {
  const tasks = statesIn(definitionOf(name)).filter(([, { Type }]) => Type === 'Task');

  test.each(tasks)('tries "%s" again with growing pauses, up to a minute, with full jitter, but not after a refusal', (_, { Retry }) => {
    expect(Retry).toEqual([
      { ErrorEquals: ['Incomplete', 'Invalid', 'NotFound'], MaxAttempts: 0 },
      { ErrorEquals: ['States.ALL'], IntervalSeconds: 1, BackoffRate: 2, MaxDelaySeconds: 60, MaxAttempts: 8, JitterStrategy: 'FULL' },
    ]);
  });

  test('has a timeout of two days at most', () => expect(definitionOf(name).TimeoutSeconds).toBeLessThanOrEqual(2 * 24 * 60 * 60));
});

test('every failure in a rebuild is recorded', () => {
  const { States } = definitionOf('Rebuild');
  const working = Object.entries(States).filter(([name, { Type }]) => /Task|Map/.test(Type) && name !== 'Put the failure on record');
  for (const [, { Catch }] of working)
    expect(Catch).toEqual([{ ErrorEquals: ['States.ALL'], ResultPath: '$.failure', Next: 'Put the failure on record' }]);
  expect(working).toHaveLength(6);
  expect(States['It has failed']).toEqual({ Type: 'Fail', ErrorPath: '$.failure.Error', CausePath: '$.failure.Cause' });
});

test('the steward is deployed after the rebuild machine, and that after the projector', () => {
  const functions = Object.entries(template.findResources('AWS::Lambda::Function'));
  const dependenciesOf = (name: string) => functions.find(([id]) => id.startsWith(`${name}Function`))?.[1]['DependsOn'];
  expect(dependenciesOf('Steward')).toContainEqual(expect.stringMatching(/^RebuildFunction[0-9A-F]{8}$/));
  expect(dependenciesOf('Rebuild')).toContainEqual(expect.stringMatching(/^ProjectorFunction[0-9A-F]{8}$/));
});

test('the log of every step is kept', () => {
  for (const { LoggingConfiguration } of propertiesOf(template, 'AWS::StepFunctions::StateMachine'))
    expect(LoggingConfiguration).toMatchObject({ Level: 'ALL', IncludeExecutionData: true });
});

test('a machine may invoke its function, and nothing else', () => {
  const mayInvoke = permissionsIn(template).filter(({ action }) => action === 'lambda:InvokeFunction');
  expect(
    mayInvoke
      .filter(({ who }) => who.endsWith('MachineRole'))
      .map(({ who, resource }) => `${who} ${resource}`)
      .sort(),
  ).toEqual(
    ['Anchor', 'Audit', 'Rebuild'].flatMap((name) =>
      ['', ':*'].map((version) => `${name}MachineRole arn:aws:lambda:region:account:function:${name}Function${version}`),
    ),
  );
});

test('the steward runs each minute, like the reminders of waiting streams; the audit and the anchor each day', () => {
  const schedules = propertiesOf(template, 'AWS::Events::Rule').filter(({ ScheduleExpression }) => ScheduleExpression !== undefined);
  const reminderOf = (name: string) => ({
    ScheduleExpression: 'rate(1 minute)',
    Targets: [{ Arn: { 'Fn::GetAtt': [expect.stringMatching(`^${name}Function`), 'Arn'] }, Input: '{"Records":[],"wake":true}' }],
  });
  expect(schedules).toMatchObject([
    ...['Projector', 'Relay'].map(reminderOf),
    {
      ScheduleExpression: 'rate(1 minute)',
      State: 'ENABLED',
      Targets: [{ Arn: { 'Fn::GetAtt': [expect.stringMatching('^StewardFunction'), 'Arn'] } }],
    },
    {
      ScheduleExpression: 'rate(1 day)',
      State: 'ENABLED',
      Targets: [{ Arn: { Ref: expect.stringMatching('^AuditMachine') }, Input: '{}' }],
    },
    {
      ScheduleExpression: 'rate(1 day)',
      State: 'ENABLED',
      Targets: [{ Arn: { Ref: expect.stringMatching('^AnchorMachine') }, Input: '{}' }],
    },
  ]);
});
