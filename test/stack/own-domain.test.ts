import { describe, expect, test } from '@jest/globals';
import { Validations } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { AwsQuotas } from '../../lib/aws-quotas.ts';
import { bundlesApart } from '../../lib/bundle-options.ts';
import { EdgeStack, edgeRegion } from '../../lib/edge-stack.ts';
import { ownDomainOf } from '../../lib/own-domain.ts';
import { ServiceStack } from '../../lib/service-stack.ts';
import { stageOf } from '../../lib/stage.ts';
import { domain } from '../domain/index.ts';
import { propertiesOf, quickApp } from './synthesize.ts';

const endpoints = 'payment-provider=https://pay.example';
const production = { stage: 'prod', issuer: 'https://issuer.example', audience: 'foldstream', endpoints, domainName: 'api.example.com' };
const inZone = { ...production, hostedZoneId: 'Z0123456789ABC' };

const stacksWith = (settings: Readonly<Record<string, unknown>>) => {
  const app = quickApp(settings);
  const service = new ServiceStack(app, 'foldstream-test', { domain });
  const of = ownDomainOf(app);
  if (of === undefined) throw new Error('no domain');
  const edge = new EdgeStack(app, 'foldstream-test-edge', { of });
  return { app, service, edge };
};

const { service, edge } = stacksWith(inZone);
const [api, front] = [Template.fromStack(service), Template.fromStack(edge)];
const only = (template: Template, type: string) => {
  const found = propertiesOf(template, type);
  expect(found).toHaveLength(1);
  return found[0] ?? {};
};

describe('the API behind a domain of its own', () => {
  test('answers under the name of the origin alone: the URL of API Gateway is off', () => {
    expect(only(api, 'AWS::ApiGatewayV2::Api')).toMatchObject({ DisableExecuteApiEndpoint: true });
    expect(only(api, 'AWS::ApiGatewayV2::DomainName')).toMatchObject({
      DomainName: 'origin.api.example.com',
      DomainNameConfigurations: [{ EndpointType: 'REGIONAL', SecurityPolicy: 'TLS_1_2' }],
    });
    expect(only(api, 'AWS::ApiGatewayV2::ApiMapping')).toMatchObject({ Stage: '$default' });
    expect(api.toJSON()['Outputs'].ApiUrl).toEqual({ Value: 'https://api.example.com' });
  });

  test('proves its names by records in the hosted zone, and is found there', () => {
    const records = [api, front].flatMap((template) => propertiesOf(template, 'AWS::Route53::RecordSet'));
    expect(records.map(({ Name, Type, HostedZoneId }) => [Name, Type, HostedZoneId])).toEqual([
      ['origin.api.example.com', 'A', 'Z0123456789ABC'],
      ['api.example.com', 'A', 'Z0123456789ABC'],
      ['api.example.com', 'AAAA', 'Z0123456789ABC'],
    ]);
    const names = [api, front].map((template) => only(template, 'AWS::CertificateManager::Certificate'));
    for (const { DomainName, DomainValidationOptions } of names)
      expect(DomainValidationOptions).toEqual([{ DomainName, HostedZoneId: 'Z0123456789ABC' }]);
  });

  test('says which records to make if there is no hosted zone', () => {
    const byHand = stacksWith(production);
    const templates = [byHand.service, byHand.edge].map((stack) => Template.fromStack(stack));
    for (const template of templates) template.resourceCountIs('AWS::Route53::RecordSet', 0);
    const [origin, name] = [templates[0]?.findOutputs('OriginRecord'), templates[1]?.findOutputs('DomainRecord')];
    expect(JSON.stringify(origin)).toContain('origin.api.example.com CNAME ');
    expect(JSON.stringify(name)).toContain('api.example.com CNAME ');
  });
});

describe('CloudFront', () => {
  const { DistributionConfig: config } = only(front, 'AWS::CloudFront::Distribution');

  test('stands in us-east-1 with its certificate and its firewall, and refers to no other stack', () => {
    expect([edge.region, edgeRegion]).toEqual(['us-east-1', 'us-east-1']);
    expect(JSON.stringify(front.toJSON())).not.toMatch(/ImportValue|GetStackOutput|ExportsReader/);
    expect(config.WebACLId).toEqual({ 'Fn::GetAtt': ['Firewall', 'Arn'] });
    expect(config.ViewerCertificate).toMatchObject({ MinimumProtocolVersion: 'TLSv1.2_2021', SslSupportMethod: 'sni-only' });
  });

  test('passes every method and header but Host to the origin, caches nothing, and redirects no token', () => {
    expect(config.DefaultCacheBehavior).toMatchObject({
      AllowedMethods: expect.arrayContaining(['GET', 'HEAD', 'OPTIONS', 'POST']),
      CachePolicyId: '4135ea2d-6df8-44a3-9df3-4b5a84be39ad', // CachingDisabled
      OriginRequestPolicyId: 'b689b0a8-53d0-40ab-baf2-68738e2966ac', // AllViewerExceptHostHeader
      ResponseHeadersPolicyId: '67f7725c-6f97-4210-82d7-5512b31e9d03', // SecurityHeadersPolicy
      ViewerProtocolPolicy: 'https-only',
      Compress: false,
    });
    expect(config.Origins).toMatchObject([
      { DomainName: 'origin.api.example.com', CustomOriginConfig: { OriginProtocolPolicy: 'https-only', OriginSSLProtocols: ['TLSv1.2'] } },
    ]);
    expect(config).toMatchObject({ Aliases: ['api.example.com'], HttpVersion: 'http2and3', IPV6Enabled: true });
    expect(config.Logging.Bucket).toBeDefined();
  });
});

describe('the firewall', () => {
  const rulesOf = (template: Template): readonly Record<string, Record<string, unknown>>[] => only(template, 'AWS::WAFv2::WebACL')['Rules'];

  test('limits each address, and has the rules of AWS, which only count large bodies', () => {
    expect(only(front, 'AWS::WAFv2::WebACL')).toMatchObject({ Scope: 'CLOUDFRONT', DefaultAction: { Allow: {} } });
    expect(rulesOf(front)).toMatchObject([
      { Action: { Block: {} }, Statement: { RateBasedStatement: { AggregateKeyType: 'IP', Limit: 60_000, EvaluationWindowSec: 300 } } },
      { OverrideAction: { None: {} }, Statement: { ManagedRuleGroupStatement: { Name: 'AWSManagedRulesKnownBadInputsRuleSet' } } },
      {
        OverrideAction: { None: {} },
        Statement: {
          ManagedRuleGroupStatement: {
            Name: 'AWSManagedRulesCommonRuleSet',
            RuleActionOverrides: [{ Name: 'SizeRestrictions_BODY', ActionToUse: { Count: {} } }],
          },
        },
      },
    ]);
  });

  test('keeps no samples of requests, which hold tokens', () =>
    expect(JSON.stringify(front.toJSON())).not.toContain('"SampledRequestsEnabled":true'));

  test('limits no address below what WAF accepts', () => {
    const { edge: slow } = stacksWith({ ...production, requestsPerSecond: 1, requestBurst: 1 });
    expect(rulesOf(Template.fromStack(slow))[0]).toMatchObject({ Statement: { RateBasedStatement: { Limit: 30 } } });
  });
});

test.each([inZone, { ...production, stage: 'dev' }])('both stacks break no rule and no quota: %j', (settings) => {
  const { app } = stacksWith({ ...settings, ownKey: true });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new AwsQuotas());
  expect(() => app.synth()).not.toThrow();
});

test.each<[string, Readonly<Record<string, unknown>>]>([
  ['domainName', { domainName: 'https://api.example.com' }],
  ['domainName', { domainName: 'API.example.com' }],
  ['domainName', { domainName: 'localhost' }],
  ['domainName', { domainName: 'api..example.com' }],
  ['domainName', { domainName: 'api.example.com.' }],
  ['domainName', { domainName: '' }],
  ['domainName', { domainName: `${'a.'.repeat(130)}com` }],
  ['hostedZoneId', { domainName: 'api.example.com', hostedZoneId: 'example.com' }],
  ['hostedZoneId', { hostedZoneId: 'Z0123456789ABC' }],
])('a wrong %s is named: %j', (name, settings) =>
  expect(() => stageOf(quickApp({ auth: 'none', ...settings }))).toThrow(`\n  ${name}: ${JSON.stringify(settings[name])} `),
);

test('the local system, which runs one stack, has no such domain', () =>
  expect(ownDomainOf(quickApp({ ...production, [bundlesApart]: true }))).toBeUndefined());
