import { describe, expect, test } from '@jest/globals';
import { tableKey } from '../../core/read/projection.ts';
import { domain } from '../domain/index.ts';
import { permissionsIn } from './permissions.ts';
import { synthesize } from './synthesize.ts';

const template = synthesize();
const functions = Object.entries(template.findResources('AWS::Lambda::Function'));
const propertiesOf = (name: string) => functions.find(([id]) => id.startsWith(`${name}Function`))?.[1]['Properties'];

/** What every function is told. */
const everybody = ['LOG_SAMPLE_RATE', 'POWERTOOLS_LOG_LEVEL', 'POWERTOOLS_SERVICE_NAME'];

const expected = [
  { name: 'Commands', timeoutSeconds: 10, knows: ['AUTH', 'EVENTS_TABLE', 'NAMES_TABLE'] },
  { name: 'Queries', timeoutSeconds: 10, knows: ['AUTH', 'CURSOR_KEYS', 'EVENTS_TABLE', 'READ_MODELS', 'POINTERS_TABLE'] },
  { name: 'Projector', timeoutSeconds: 60, knows: ['EVENTS_TABLE', 'READ_MODELS', 'POINTERS_TABLE'] },
  { name: 'Relay', timeoutSeconds: 60, knows: ['EVENTS_TABLE', 'READ_MODELS', 'EVENT_BUS'] },
  { name: 'Rebuild', timeoutSeconds: 300, knows: ['EVENTS_TABLE', 'READ_MODELS', 'POINTERS_TABLE'] },
  { name: 'Steward', timeoutSeconds: 60, knows: ['READ_MODELS', 'POINTERS_TABLE', 'REBUILD_MACHINE', 'SAGA_TABLE'] },
  { name: 'Anchor', timeoutSeconds: 300, knows: ['EVENTS_TABLE', 'ANCHOR_BUCKET', 'AUDIT_UNITS_PER_SECOND'] },
  { name: 'Audit', timeoutSeconds: 300, knows: ['EVENTS_TABLE', 'READ_MODELS', 'POINTERS_TABLE', 'AUDIT_UNITS_PER_SECOND'] },
  { name: 'SagasStep', timeoutSeconds: 30, knows: ['EVENTS_TABLE', 'NAMES_TABLE', 'SAGA_TABLE', 'EVENT_BUS'] },
  { name: 'SagasStarter', timeoutSeconds: 30, knows: ['EVENTS_TABLE', 'SAGA_MACHINES'] },
  { name: 'SagasListener', timeoutSeconds: 30, knows: ['EVENTS_TABLE', 'SAGA_TABLE', 'SAGA_MACHINES'] },
  { name: 'Calls', timeoutSeconds: 60, knows: ['EVENTS_TABLE', 'ENDPOINTS'] },
  { name: 'SagasQuery', timeoutSeconds: 10, knows: ['EVENTS_TABLE', 'SAGA_MACHINES', 'AUTH'] },
];

test('there is one function for each role', () => expect(functions).toHaveLength(expected.length));

test.each(expected)('$name run on Node 24 and arm64, for a time, and log for a year', ({ name, timeoutSeconds }) => {
  const properties = propertiesOf(name);
  expect(properties).toMatchObject({
    Architectures: ['arm64'],
    Runtime: 'nodejs24.x',
    Handler: 'index.handler',
    MemorySize: 1024,
    Timeout: timeoutSeconds,
  });
  const logGroups = template.findResources('AWS::Logs::LogGroup', { Properties: { RetentionInDays: 365 } });
  expect(Object.keys(logGroups)).toContain(properties.LoggingConfig.LogGroup.Ref);
});

test.each(expected)('$name know the tables that they use', ({ name, knows }) => {
  const { Variables } = propertiesOf(name).Environment;
  expect(Object.keys(Variables).sort()).toEqual([...knows, ...everybody].sort());
  if (knows.includes('EVENTS_TABLE')) expect(Variables.EVENTS_TABLE).toEqual({ Ref: expect.stringMatching('^EventStoreEvents') });
  if (knows.includes('POINTERS_TABLE')) expect(Variables.POINTERS_TABLE).toEqual({ Ref: expect.stringMatching('^PointersTable') });
});

test.each([
  ['Queries', true],
  ['Projector', false],
  ['Rebuild', false],
  ['Steward', false],
  ['Audit', true],
])('%s know in JSON the table of each projection; the position table of the relay: %s', (name, isOfRelay) => {
  const [glue, parts] = propertiesOf(name).Environment.Variables.READ_MODELS['Fn::Join'];
  const tables = JSON.parse(parts.map((part: string | { Ref: string }) => (typeof part === 'string' ? part : part.Ref)).join(glue));
  const projections = domain.projections.map((projection) => [tableKey(projection), expect.stringMatching(`^${tableIdOf(projection)}`)]);
  const positions = isOfRelay ? { 'relay@1': expect.stringMatching('^RelayPositions') } : {};
  expect(tables).toEqual({ ...Object.fromEntries(projections), ...positions });
});

describe('the grants', () => {
  const grantsOf = (name: string) =>
    permissionsIn(template)
      .filter(({ who, action }) => who === `${name}FunctionRole` && action !== 'sts:AssumeRole')
      .map(({ action, resource }) => `${action} ${resource.replace(/^arn:aws:[a-z0-9]+:[a-z]*:[a-z]*:/, '')}`)
      .sort();
  /** What every function may: write its own log, and send its traces. */
  const ownLog = (name: string) => [
    `logs:CreateLogStream log-group:${name}FunctionLog`,
    `logs:PutLogEvents log-group:${name}FunctionLog`,
    'xray:PutTelemetryRecords *',
    'xray:PutTraceSegments *',
  ];

  /** The tables of all projections, and the table of the relay's positions: by the beginning of their names. */
  const [readTables, positions] = ['table/foldstream-test-ReadModels*', 'table/foldstream-test-RelayPositions*'];
  const rightsTo = (...actions: string[]) => actions.map((action) => `dynamodb:${action} ${readTables}`);

  test('Commands load and append, claim names and release them', () => {
    expect(grantsOf('Commands')).toEqual([
      'dynamodb:DeleteItem table/EventStoreNames',
      'dynamodb:PutItem table/EventStoreEvents',
      'dynamodb:PutItem table/EventStoreNames',
      'dynamodb:Query table/EventStoreEvents',
      ...ownLog('Commands'),
    ]);
  });

  test('Queries read documents, lists and streams', () => {
    expect(grantsOf('Queries')).toEqual(
      [
        `dynamodb:GetItem ${readTables}`,
        `dynamodb:Query ${readTables}/index/*`,
        `dynamodb:Query ${positions}/index/parked`,
        'dynamodb:Query table/EventStoreEvents',
        'dynamodb:GetItem table/PointersTable',
        ...ownLog('Queries'),
      ].sort(),
    );
  });

  test('the Projector listens, fills gaps, replaces documents and parks failed streams', () => {
    const listening = ['DescribeStream', 'GetRecords', 'GetShardIterator', 'ListStreams'];
    expect(grantsOf('Projector')).toEqual(
      [
        ...listening.map((action) => `dynamodb:${action} table/EventStoreEvents/stream/label`),
        'dynamodb:Query table/EventStoreEvents',
        'dynamodb:GetItem table/PointersTable',
        ...rightsTo('GetItem', 'BatchGetItem', 'PutItem'),
        `dynamodb:Scan ${readTables}/index/parked`,
        's3:ListBucket ProjectorDiscardedBucket',
        's3:PutObject ProjectorDiscardedBucket/*',
        ...ownLog('Projector'),
      ].sort(),
    );
  });

  test('the Relay listens, fills gaps, puts events on its bus, keeps positions and parks failed streams', () => {
    const listening = ['DescribeStream', 'GetRecords', 'GetShardIterator', 'ListStreams'];
    expect(grantsOf('Relay')).toEqual(
      [
        ...listening.map((action) => `dynamodb:${action} table/EventStoreEvents/stream/label`),
        'dynamodb:Query table/EventStoreEvents',
        `dynamodb:GetItem ${positions}`,
        `dynamodb:PutItem ${positions}`,
        `dynamodb:Scan ${positions}/index/parked`,
        'events:PutEvents event-bus/RelayBus',
        's3:ListBucket RelayDiscardedBucket',
        's3:PutObject RelayDiscardedBucket/*',
        ...ownLog('Relay'),
      ].sort(),
    );
  });

  const scanned = ['dynamodb:Query table/EventStoreEvents', 'dynamodb:Scan table/EventStoreEvents'];

  test('the Rebuild reads the log, fills documents and flips pointers', () => {
    const pointers = ['dynamodb:GetItem table/PointersTable', 'dynamodb:PutItem table/PointersTable'];
    expect(grantsOf('Rebuild')).toEqual(
      [...rightsTo('GetItem', 'BatchGetItem', 'PutItem', 'PartiQLInsert'), ...scanned, ...pointers, ...ownLog('Rebuild')].sort(),
    );
  });

  test('the Anchor reads the log, and puts', () => {
    expect(grantsOf('Anchor')).toEqual([...scanned, ...ownLog('Anchor'), 's3:PutObject AnchorBucket/*'].sort());
  });

  test('the Audit reads the log, the documents, the positions of the relay and the pointers, and writes nothing', () => {
    const ofRelay = ['GetItem', 'BatchGetItem'].map((action) => `dynamodb:${action} ${positions}`);
    const pointers = 'dynamodb:GetItem table/PointersTable';
    expect(grantsOf('Audit')).toEqual(
      [...rightsTo('GetItem', 'BatchGetItem'), ...ofRelay, ...scanned, pointers, ...ownLog('Audit')].sort(),
    );
  });

  test('the Steward keeps pointers, starts rebuilds, and continues the tasks of sagas that waited for this release', () => {
    expect(grantsOf('Steward')).toEqual(
      [
        'dynamodb:GetItem table/PointersTable',
        'dynamodb:PutItem table/PointersTable',
        'states:StartExecution RebuildMachine',
        ...['Query', 'DeleteItem'].map((action) => `dynamodb:${action} table/SagasWaiting`),
        ...['Success', 'Failure'].map((outcome) => `states:SendTask${outcome} Sagasfulfilment`),
        ...ownLog('Steward'),
      ].sort(),
    );
  });
});

function tableIdOf({ name, revision }: { readonly name: string; readonly revision: number }): string {
  return `ReadModels${name.replaceAll('-', '')}r${revision}`;
}
