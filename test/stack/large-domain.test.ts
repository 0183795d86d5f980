import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, jest, test } from '@jest/globals';
import { Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { AwsQuotas, excessesIn } from '../../lib/aws-quotas.ts';
import { quotas } from '../../lib/quotas.ts';
import { ServiceStack } from '../../lib/service-stack.ts';
import { type Template, type TemplateResource, worstCase } from '../../lib/worst-case.ts';
import { references } from '../../local/template/intrinsics.ts';
import { largeDomain, type Size } from './large-domain.ts';
import { quickApp } from './synthesize.ts';

const stackName = 'foldstream-production';
const production = {
  ...{ stage: 'prod', issuer: 'https://issuer.example', audience: 'foldstream', ownKey: true, alarmEmail: 'ops@example.com' },
  // The CDK's own check would end the synthesis before the sizes are known.
  '@aws-cdk/core:stackResourceLimit': 0,
};

/** The templates of a service: that of the stack, and those of the stacks that are nested in it. */
const templatesOf = (size: Size): readonly string[] => {
  const app = quickApp(production);
  const stack = new ServiceStack(app, stackName, { domain: largeDomain(size) });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new AwsQuotas());
  const { directory } = app.synth();
  const files = [stack, ...stack.node.findAll()].flatMap((one) => ('templateFile' in one ? [one.templateFile as string] : []));
  return [...new Set(files)].map((file) => readFileSync(join(directory, file), 'utf8'));
};

const silent = jest.spyOn(console, 'error').mockImplementation(() => {}); // The CDK warns of what the tests of smaller domains are about.
afterAll(() => silent.mockRestore());

const [text = '', nested = '', ...others] = templatesOf({ projections: 200, indexes: 3, sagas: 50 });
const { Resources } = JSON.parse(text) as Template;
const idsOf = (type: string, resources = Resources) => Object.entries(resources).flatMap(([id, { Type }]) => (Type === type ? [id] : []));

describe('a service of 200 projections with three indexes, and of 50 sagas', () => {
  test('is within every quota and rule, with its alarms in a stack of their own', () => {
    expect([text, nested].flatMap((one) => excessesIn(one, stackName))).toEqual([]);
    expect(others).toEqual([]);
    expect(idsOf('AWS::CloudWatch::Alarm')).toEqual([]);
    expect(idsOf('AWS::CloudWatch::Alarm', (JSON.parse(nested) as Template).Resources)).toHaveLength(98);
  });

  test.each([
    ['the template (resources)', 495],
    ['the template (bytes)', 760_000],
    ['the environment of a function (bytes)', 3_500],
    ['the inline policies of a role (characters)', 7_500],
    ['a managed policy (characters)', 5000],
  ])('leaves room: %s', (name, most) => {
    const template = JSON.parse(text) as Template;
    const quota = quotas.find(({ of, unit }) => name === `${of} (${unit})`);
    const found = quota?.sizes({ template, resolve: worstCase(template, stackName), bytes: Buffer.byteLength(text) }) ?? [];
    expect(Math.max(0, ...found.map(({ size }) => size))).toBeLessThanOrEqual(most);
    expect(quota?.most).toBeGreaterThan(most);
  });

  test('has all tables and machines in the stack itself: CloudFormation would make new ones in another stack', () => {
    expect(idsOf('AWS::DynamoDB::GlobalTable').filter((id) => id.startsWith('ReadModels'))).toHaveLength(200);
    expect(idsOf('AWS::StepFunctions::StateMachine').filter((id) => id.startsWith('Sagas'))).toHaveLength(50);
  });

  test('has a role for each machine, and its definition in a file', () => {
    const machines = Object.values(Resources).filter(
      ({ Type, Properties = {} }) => Type.endsWith('::StateMachine') && 'DefinitionS3Location' in Properties,
    );
    expect(machines).toHaveLength(50);
    expect(new Set(machines.map(({ Properties = {} }) => JSON.stringify(Properties['RoleArn'])))).toHaveProperty('size', 50);
    for (const { Properties = {} } of machines)
      expect(Properties['DefinitionSubstitutions']).toEqual({
        Step: { 'Fn::GetAtt': [expect.stringMatching('^SagasStepFunction'), 'Arn'] },
        Partition: { Ref: 'AWS::Partition' },
      });
  });

  test('has the policies in the roles, except for those that the events table names', () => {
    expect(
      idsOf('AWS::IAM::Policy')
        .map((id) => id.replace(/[0-9A-F]{8}$/, ''))
        .sort(),
    ).toEqual([
      'CommandsFunctionRoleDefaultPolicy',
      'EventStoreKeyUsers',
      'SagasListenerAnswers',
      'SagasMachineRights',
      'SagasStepAnswers',
      'SagasStepFunctionRoleDefaultPolicy',
    ]);
  });

  test('has no circle of resources that refer to each other, which CloudFormation would refuse', () => {
    const used = (id: string): readonly string[] => {
      const { Properties, DependsOn = [] } = Resources[id] as TemplateResource & { readonly DependsOn?: string | readonly string[] };
      return [...references(Properties), ...[DependsOn].flat()].filter((one) => one in Resources);
    };
    let rest = Object.keys(Resources);
    for (let before = 0; before !== rest.length; ) {
      before = rest.length;
      const left = new Set(rest);
      rest = rest.filter((id) => used(id).some((one) => left.has(one)));
    }
    expect(rest).toEqual([]);
  });

  test('selects all notices of sagas if the list of their types is too long for a rule', () => {
    const patterns = Object.values(Resources).flatMap(({ Properties: { EventPattern } = {} }) =>
      JSON.stringify(EventPattern)?.includes('sagas') ? [EventPattern] : [],
    );
    expect(patterns).toEqual([
      { source: ['sagas'], 'detail-type': expect.arrayContaining(['Shipment49Placed.v1']) },
      { source: ['sagas'] },
    ]);
  });
});

test('an alarm that moves to the other stack has another name there: CloudFormation makes the new one first', () => {
  const namesIn = (template: string) =>
    Object.values((JSON.parse(template) as Template).Resources).flatMap(({ Properties: { AlarmName } = {} }) => AlarmName ?? []);
  const [small = ''] = templatesOf({ projections: 1, indexes: 0, sagas: 20 });
  const [before, after] = [namesIn(small), namesIn(nested)];
  expect(before).toContain(`${stackName}: A saga stopped half way (shipment-process-0)`);
  expect(after).toContain(`${stackName} / A saga stopped half way (shipment-process-0)`);
  expect(before.filter((name) => after.includes(name))).toEqual([]);
  expect(new Set(after)).toHaveProperty('size', after.length);
});
