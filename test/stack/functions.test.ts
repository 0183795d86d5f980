import { describe, expect, test } from '@jest/globals';
import { domain } from '#domain';
import { tableKey } from '../../core/projection.ts';
import { permissionsIn } from './permissions.ts';
import { synthesize } from './synthesize.ts';

const template = synthesize();
const functions = Object.entries(template.findResources('AWS::Lambda::Function'));
const propertiesOf = (name: string) => functions.find(([id]) => id.startsWith(`${name}Function`))?.[1]['Properties'];

const expected = [
  { name: 'Commands', timeoutSeconds: 10, knows: ['EVENTS_TABLE', 'NAMES_TABLE'] },
  { name: 'Queries', timeoutSeconds: 10, knows: ['EVENTS_TABLE', 'READ_MODELS'] },
  { name: 'Projector', timeoutSeconds: 60, knows: ['EVENTS_TABLE', 'READ_MODELS'] },
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
  expect(Object.keys(Variables).sort()).toEqual([...knows, 'NODE_OPTIONS'].sort());
  expect(Variables.EVENTS_TABLE).toEqual({ Ref: expect.stringMatching('^EventStoreEvents') });
});

test.each(['Queries', 'Projector'])('%s are told in JSON which table each projection has', (name) => {
  const [glue, parts] = propertiesOf(name).Environment.Variables.READ_MODELS['Fn::Join'];
  const tables = JSON.parse(parts.map((part: string | { Ref: string }) => (typeof part === 'string' ? part : part.Ref)).join(glue));
  expect(tables).toEqual(
    Object.fromEntries(domain.projections.map((projection) => [tableKey(projection), expect.stringMatching(`^${tableIdOf(projection)}`)])),
  );
});

describe('the grants', () => {
  const grantsOf = (name: string) =>
    permissionsIn(template)
      .filter(({ who, action }) => who === `${name}FunctionRole` && action !== 'sts:AssumeRole')
      .map(({ action, resource }) => `${action} ${resource.replace(/^arn:aws:[a-z0-9]+:[a-z]*:[a-z]*:/, '')}`)
      .sort();
  const ownLog = (name: string) => [`logs:CreateLogStream log-group:${name}FunctionLog`, `logs:PutLogEvents log-group:${name}FunctionLog`];

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
    const readable = domain.projections.flatMap((projection) => {
      const table = `table/${tableIdOf(projection)}`;
      return [table, `${table}/index/*`];
    });
    expect(grantsOf('Queries')).toEqual(
      [
        ...readable.flatMap((table) => [`dynamodb:GetItem ${table}`, `dynamodb:Query ${table}`]),
        'dynamodb:Query table/EventStoreEvents',
        ...ownLog('Queries'),
      ].sort(),
    );
  });

  test('the Projector listens, fills gaps, replaces documents and sets aside what failed', () => {
    const tables = domain.projections.map((projection) => `table/${tableIdOf(projection)}`);
    const listening = ['DescribeStream', 'GetRecords', 'GetShardIterator', 'ListStreams'];
    expect(grantsOf('Projector')).toEqual(
      [
        ...listening.map((action) => `dynamodb:${action} table/EventStoreEvents/stream/label`),
        'dynamodb:Query table/EventStoreEvents',
        ...tables.flatMap((table) => [`dynamodb:GetItem ${table}`, `dynamodb:PutItem ${table}`]),
        's3:ListBucket ProjectorDiscardedBucket',
        's3:PutObject ProjectorDiscardedBucket/*',
        ...ownLog('Projector'),
      ].sort(),
    );
  });
});

function tableIdOf({ name, revision }: { readonly name: string; readonly revision: number }): string {
  return `ReadModels${name.replaceAll('-', '')}r${revision}`;
}
