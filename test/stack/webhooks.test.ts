import { describe, expect, test } from '@jest/globals';
import { Template } from 'aws-cdk-lib/assertions';
import { ServiceStack } from '../../lib/service-stack.ts';
import { domain as withoutWebhooks } from '../domain/index.ts';
import { domain } from '../kiosk/index.ts';
import { permissionsIn } from './permissions.ts';
import { propertiesOf, quickApp } from './synthesize.ts';

const production = { stage: 'prod', issuer: 'https://issuer.example', audience: 'foldstream' };
const template = Template.fromStack(new ServiceStack(quickApp(production), 'foldstream-test', { domain }));

test('the route needs no token, and has a limit of its own', () => {
  const routes = propertiesOf(template, 'AWS::ApiGatewayV2::Route').filter(({ RouteKey }) => RouteKey.includes('webhooks'));
  expect(routes).toMatchObject([{ RouteKey: 'POST /webhooks/{webhook}', AuthorizationType: 'NONE' }]);
  const [{ RouteSettings } = {}] = propertiesOf(template, 'AWS::ApiGatewayV2::Stage');
  expect(RouteSettings['POST /webhooks/{webhook}']).toEqual({ ThrottlingRateLimit: 200, ThrottlingBurstLimit: 400 });
});

test('its function may append, park and receive what is sent again, and has no other right', () => {
  const rights = permissionsIn(template)
    .filter(({ who, action }) => who === 'WebhooksFunctionRole' && !/^(logs:|sts:|xray:)/.test(action))
    .map(({ action, resource }) => `${action} ${resource.split(':').at(-1)}`);
  expect(rights.filter((right) => right.startsWith('dynamodb:')).sort()).toEqual([
    'dynamodb:DeleteItem table/EventStoreNames',
    'dynamodb:DeleteItem table/ParkedTable',
    'dynamodb:PutItem table/EventStoreEvents',
    'dynamodb:PutItem table/EventStoreNames',
    'dynamodb:PutItem table/ParkedTable',
    'dynamodb:Query table/EventStoreEvents',
    'dynamodb:Query table/ParkedTable',
  ]);
  const secrets = ['bank', 'bot', 'hub', 'post'].map((name) =>
    expect.stringMatching(`^secretsmanager:GetSecretValue WebhooksSecret${name}`),
  );
  expect(rights.filter((right) => !/^(dynamodb|sqs):/.test(right))).toEqual(secrets);
});

test('no other function may read a secret', () => {
  const readers = permissionsIn(template).filter(({ action }) => /^secretsmanager:|^\*$/.test(action));
  expect(new Set(readers.map(({ who }) => who))).toEqual(new Set(['WebhooksFunctionRole']));
});

test('each webhook has a random secret, which neither the template nor the configuration of a function shows', () => {
  const secrets = propertiesOf(template, 'AWS::SecretsManager::Secret').filter(({ Description }) => Description.startsWith('Verifies'));
  expect(secrets).toHaveLength(4);
  const [receiver] = propertiesOf(template, 'AWS::Lambda::Function').filter(
    ({ Environment }) => 'WEBHOOK_SECRETS' in Environment.Variables,
  );
  expect(JSON.stringify(receiver?.['Environment'].Variables)).not.toContain('{{resolve:');
  expect(JSON.stringify(receiver?.['Environment'].Variables.WEBHOOK_SECRETS)).toContain('{"Ref":"WebhooksSecretbank');
});

describe('a domain without webhooks', () => {
  test('has none of it', () => {
    const stack = new ServiceStack(quickApp(production), 'foldstream-test', { domain: withoutWebhooks });
    expect([
      stack.webhooks,
      stack.node.tryFindChild('Parked'),
      // The dashboard names every measure, whether or not the service has it.
      /webhook/i.test(JSON.stringify(Template.fromStack(stack).toJSON()).replaceAll(/webhooks(Unverified|Ignored)/g, '')),
    ]).toEqual([undefined, undefined, false]);
  });
});
