import type { Cors } from '../http/cors.ts';
import { createGateway } from '../http/gateway.ts';
import { verifier } from '../http/tokens.ts';
import { localIssuer, type Issuer as Tokens } from '../issuer.ts';
import type { Handler } from '../template/deploy.ts';
import { demand, propertiesOf } from '../template/template.ts';
import { longestTimerMilliseconds } from '../waiting.ts';
import { found, type Host } from './host.ts';

const onlyStage = '$default';
/** As API Gateway has it where the template says nothing. */
const integrationTimeoutMilliseconds = 30_000;

export const api: Handler<Host> = async (resource, { door, account, gateways }) => {
  const { ProtocolType, CorsConfiguration } = propertiesOf<{ readonly ProtocolType?: string; readonly CorsConfiguration?: Cors }>(
    resource,
    {
      uses: ['ProtocolType', 'CorsConfiguration'],
      ignores: ['Name', 'Description', 'Tags'],
    },
  );
  demand(ProtocolType === 'HTTP', resource, `the local system runs HTTP APIs, not ${ProtocolType}`);
  demand(gateways.size === 0, resource, 'the local system runs one API, and this is the second');
  const apiId = resource.logicalId.toLowerCase();
  const gateway = createGateway(door, { apiId, accountId: account, stage: onlyStage }, CorsConfiguration);
  gateways.set(apiId, gateway);
  return { ref: apiId, attributes: { ApiId: apiId, ApiEndpoint: gateway.url } };
};

interface IntegrationProperties {
  readonly ApiId: string;
  readonly IntegrationType: string;
  readonly IntegrationUri: string;
  readonly PayloadFormatVersion?: string;
  readonly TimeoutInMillis?: number;
}

export const integration: Handler<Host> = async (resource, { functions, gateways, isPatient }) => {
  const { ApiId, IntegrationType, IntegrationUri, PayloadFormatVersion, TimeoutInMillis } = propertiesOf<IntegrationProperties>(resource, {
    uses: ['ApiId', 'IntegrationType', 'IntegrationUri', 'PayloadFormatVersion', 'TimeoutInMillis'],
    ignores: ['Description', 'IntegrationMethod'],
  });
  demand(
    IntegrationType === 'AWS_PROXY' && PayloadFormatVersion === '2.0',
    resource,
    'the local system knows AWS_PROXY in payload format 2.0 only',
  );
  found(gateways, ApiId, 'API').integrations.set(resource.logicalId, {
    invoke: found(functions, functionName(IntegrationUri), 'function'),
    timeoutMilliseconds: isPatient ? longestTimerMilliseconds : (TimeoutInMillis ?? integrationTimeoutMilliseconds),
  });
  return { ref: resource.logicalId };
};

interface AuthorizerProperties {
  readonly ApiId: string;
  readonly AuthorizerType: string;
  readonly IdentitySource: readonly string[];
  readonly JwtConfiguration: { readonly Issuer: string; readonly Audience: readonly string[] };
}

export const authorizer: Handler<Host> = async (resource, { gateways, issuer }) => {
  const { ApiId, AuthorizerType, IdentitySource, JwtConfiguration } = propertiesOf<AuthorizerProperties>(resource, {
    uses: ['ApiId', 'AuthorizerType', 'IdentitySource', 'JwtConfiguration'],
    ignores: ['Name'],
  });
  const { Issuer, Audience } = JwtConfiguration;
  const isKnown = AuthorizerType === 'JWT' && IdentitySource.join() === '$request.header.Authorization';
  demand(isKnown, resource, 'the local system knows tokens in the header Authorization only');
  demand(issuer !== undefined && Issuer === localIssuer, resource, `the local system knows the issuer ${localIssuer} only`);
  const trust = { issuer: Issuer, audience: Audience, key: (issuer as Tokens).publicKey };
  found(gateways, ApiId, 'API').authorizers.set(resource.logicalId, verifier(trust));
  return { ref: resource.logicalId };
};

interface RouteProperties {
  readonly ApiId: string;
  readonly AuthorizerId?: string;
  readonly AuthorizationType?: string;
  readonly RouteKey: string;
  readonly Target: string;
}

export const route: Handler<Host> = async (resource, { gateways }) => {
  const {
    ApiId,
    AuthorizationType = 'NONE',
    AuthorizerId = '',
    RouteKey,
    Target,
  } = propertiesOf<RouteProperties>(resource, {
    uses: ['ApiId', 'AuthorizationType', 'AuthorizerId', 'RouteKey', 'Target'],
    ignores: ['OperationName'],
  });
  // An authorizer that is left out here would let everybody in.
  demand(
    ['NONE', 'JWT'].includes(AuthorizationType),
    resource,
    `the local system does not know the authorization type ${AuthorizationType}`,
  );
  const gateway = found(gateways, ApiId, 'API');
  const integration = found(gateway.integrations, Target.replace('integrations/', ''), 'integration');
  const verify = AuthorizationType === 'NONE' ? undefined : found(gateway.authorizers, AuthorizerId, 'authorizer');
  gateway.addRoute({ key: RouteKey, target: { ...integration, verify } });
  return { ref: resource.logicalId };
};

/** An API serves once it has a stage. */
export const stage: Handler<Host> = async (resource, { gateways }) => {
  const { ApiId, StageName } = propertiesOf<{ readonly ApiId: string; readonly StageName: string }>(resource, {
    uses: ['ApiId', 'StageName'],
    ignores: ['AutoDeploy', 'AccessLogSettings', 'DefaultRouteSettings', 'Description', 'RouteSettings', 'Tags'],
  });
  demand(StageName === onlyStage, resource, `the local system knows the stage ${onlyStage} only`);
  const gateway = found(gateways, ApiId, 'API');
  return { ref: StageName, start: () => gateway.open() };
};

/** `arn:aws:lambda:…:function:name` → `name`. */
const functionName = (uri: string): string => uri.split(':function:').at(-1) ?? uri;
