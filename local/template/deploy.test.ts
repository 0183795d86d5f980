import { describe, expect, test } from '@jest/globals';
import { deploy, type Handler } from './deploy.ts';
import { demand, propertiesOf, type Template } from './template.ts';

/** Deploys resources of made-up types; reports what happened, in order. */
const run = async (Resources: Template['Resources'], handler?: Handler<string[]>) => {
  const events: string[] = [];
  const stops: (() => Promise<void>)[] = [];
  const thing: Handler<string[]> = async ({ logicalId, properties }) => {
    events.push(`create ${logicalId} ${JSON.stringify(properties)}`);
    return {
      ref: `${logicalId}-name`,
      attributes: { Arn: `arn:${logicalId}` },
      start: () => void events.push(`start ${logicalId}`),
      stop: async () => void events.push(`stop ${logicalId}`),
    };
  };
  const deployed = deploy({
    template: { Resources, Parameters: { Stage: { Default: 'dev' } } },
    handlers: { Thing: handler ?? thing },
    inert: new Set(['Role']),
    host: events,
    pseudoParameters: { 'AWS::Region': 'us-east-1' },
    onStop: (stop) => stops.push(stop),
  });
  return { events, stops, deployed };
};

describe('a deployment', () => {
  test('creates referenced resources first, then starts all resources', async () => {
    const { events, deployed } = await run({
      A: { Type: 'Thing', Properties: { uses: { Ref: 'B' }, arn: { 'Fn::GetAtt': ['C', 'Arn'] } }, DependsOn: ['D'] },
      B: { Type: 'Thing', Properties: { region: { Ref: 'AWS::Region' }, stage: { Ref: 'Stage' } } },
      C: { Type: 'Thing' },
      D: { Type: 'Thing', DependsOn: 'R' },
      R: { Type: 'Role', Properties: { policy: { 'Fn::Nonsense': [] } } },
    });
    await deployed;
    expect(events).toEqual([
      'create B {"region":"us-east-1","stage":"dev"}',
      'create C {}',
      'create D {}',
      'create A {"uses":"B-name","arn":"arn:C"}',
      ...['start B', 'start C', 'start D', 'start A'],
    ]);
  });

  test('leaves inert resources out, but lets others refer to them', async () => {
    const { events, deployed } = await run({
      A: { Type: 'Thing', Properties: { role: { 'Fn::GetAtt': ['R', 'Arn'] }, name: { Ref: 'R' } } },
      R: { Type: 'Role', Properties: { what: { Ref: 'Nothing' } } },
    });
    await deployed;
    expect(events[0]).toBe('create A {"role":"R.Arn","name":"R"}');
  });

  test('gives a resource the text of a secret that a dynamic reference names', async () => {
    const keep: Handler<string[]> = async ({ logicalId, properties }, events) => {
      events.push(`${logicalId} ${JSON.stringify(properties)}`);
      return { ref: `arn:${logicalId}`, secret: `$&-${logicalId}` };
    };
    const reference = (logicalId: string) => ({
      'Fn::Join': ['', ['{{resolve:secretsmanager:', { Ref: logicalId }, ':SecretString:::}}']],
    });
    const both = { 'Fn::Join': [' ', [reference('S1'), reference('S2')]] };
    const { events, deployed } = await run(
      { A: { Type: 'Thing', Properties: { list: [both], number: 1, nothing: null } }, S1: { Type: 'Thing' }, S2: { Type: 'Thing' } },
      keep,
    );
    await deployed;
    expect(events).toEqual(['S1 {}', 'S2 {}', 'A {"list":["$&-S1 $&-S2"],"number":1,"nothing":null}']);
  });

  test('stops before it begins, if there is a type that it does not know', async () => {
    const { events, deployed } = await run({ A: { Type: 'Thing' }, Queue1: { Type: 'AWS::SQS::Queue' }, X: { Type: 'constructor' } });
    await expect(deployed).rejects.toThrow(
      'The local system cannot run Queue1 (AWS::SQS::Queue), X (constructor): add a handler for the type to local/resources/index.ts.',
    );
    expect(events).toEqual([]);
  });

  test('that fails names the resource, and what was created before can be stopped', async () => {
    const create: Handler<string[]> = async ({ logicalId }) => {
      if (logicalId === 'Bad') throw new Error('no disk');
      return { ref: logicalId, stop: async () => {} };
    };
    const { stops, deployed } = await run(
      { Good: { Type: 'Thing' }, Bad: { Type: 'Thing', Properties: { after: { Ref: 'Good' } } } },
      create,
    );
    await expect(deployed).rejects.toThrow('Bad (Thing): no disk');
    expect(stops).toHaveLength(1);
  });

  test.each<[string, Template['Resources'], string]>([
    [
      'a name that is not there',
      { A: { Type: 'Thing', Properties: { x: { Ref: 'B' } } } },
      "A (Thing): refers to 'B', which the template does not have",
    ],
    [
      'an attribute that is not given',
      { A: { Type: 'Thing', Properties: { x: { 'Fn::GetAtt': ['B', 'Url'] } } }, B: { Type: 'Thing' } },
      'Url',
    ],
    [
      'a dynamic reference to a secret that is not there',
      { A: { Type: 'Thing', Properties: { x: '{{resolve:secretsmanager:arn:other:SecretString:::}}' } } },
      "A (Thing): refers to the secret 'arn:other', which this stack does not have",
    ],
    [
      'a dynamic reference to a resource that is no secret',
      {
        A: { Type: 'Thing', Properties: { x: '{{resolve:secretsmanager:B-name:SecretString:::}}' }, DependsOn: 'B' },
        B: { Type: 'Thing' },
      },
      "refers to the secret 'B-name'",
    ],
    ...['ssm:name:1', 'ssm-secure:name', 'secretsmanager:arn:SecretString:password::', 'secretsmanager:arn'].map(
      (kind): [string, Template['Resources'], string] => [
        `a dynamic reference that it does not know: ${kind}`,
        { A: { Type: 'Thing', Properties: { x: [`y{{resolve:${kind}}}`] } } },
        `A (Thing): the local system does not know the dynamic reference {{resolve:${kind}}}`,
      ],
    ),
    ['a circle', { A: { Type: 'Thing', Properties: { x: { Ref: 'B' } } }, B: { Type: 'Thing', DependsOn: 'A' } }, 'A → B → A'],
    ['a function that it does not know', { A: { Type: 'Thing', Properties: { x: { 'Fn::Base64': '' } } } }, 'Fn::Base64'],
  ])('says what is wrong with %s', async (_, resources, message) => {
    await expect((await run(resources)).deployed).rejects.toThrow(message);
  });
});

describe('a property', () => {
  const resource = { type: 'T', logicalId: 'L', properties: { Used: 1, Ignored: 2, New: 3 } };

  test('that is in no list of properties stops the start', () =>
    expect(() => propertiesOf<{ Used: number }>(resource, { uses: ['Used'], ignores: ['Ignored'] })).toThrow(
      'L (T): the local system does not know the property New.',
    ));

  test('that is listed is passed on', () =>
    expect(propertiesOf<{ Used: number; New: number }>(resource, { uses: ['Used', 'New'], ignores: ['Ignored'] })).toMatchObject({
      Used: 1,
      New: 3,
    }));

  test('with a value that cannot be run here stops the start', () =>
    expect(() => demand(false, resource, 'it has to be even')).toThrow('L (T): it has to be even.'));
});
