import { createGateway } from '../http/gateway.ts';
import type { Handler } from '../template/deploy.ts';
import { demand, propertiesOf } from '../template/template.ts';
import { found, type Host } from './host.ts';

const onlyStage = '$default';
/** As API Gateway has it where the template says nothing. */
const integrationTimeoutMilliseconds = 30_000;

export const api: Handler<Host> = async (resource, { port, account, gateways }) => {
  const { ProtocolType } = propertiesOf<{ readonly ProtocolType?: string }>(resource, {
    uses: ['ProtocolType'],
    ignores: ['Name', 'Description', 'Tags'],
  });
  demand(ProtocolType === 'HTTP', resource, `the local system runs HTTP APIs, not ${ProtocolType}`);
  demand(gateways.size === 0, resource, 'the local system runs one API, and this is the second');
  const apiId = resource.logicalId.toLowerCase();
  const gateway = await createGateway(port, { apiId, accountId: account, stage: onlyStage });
  gateways.set(apiId, gateway);
  return { ref: apiId, attributes: { ApiId: apiId, ApiEndpoint: gateway.url }, stop: gateway.close };
};

interface IntegrationProperties {
  readonly ApiId: string;
  readonly IntegrationType: string;
  readonly IntegrationUri: string;
  readonly PayloadFormatVersion?: string;
  readonly TimeoutInMillis?: number;
}

export const integration: Handler<Host> = async (resource, { functions, gateways }) => {
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
    timeoutMilliseconds: TimeoutInMillis ?? integrationTimeoutMilliseconds,
  });
  return { ref: resource.logicalId };
};

interface RouteProperties {
  readonly ApiId: string;
  readonly AuthorizationType?: string;
  readonly RouteKey: string;
  readonly Target: string;
}

export const route: Handler<Host> = async (resource, { gateways }) => {
  const { ApiId, AuthorizationType, RouteKey, Target } = propertiesOf<RouteProperties>(resource, {
    uses: ['ApiId', 'AuthorizationType', 'RouteKey', 'Target'],
    ignores: ['OperationName'],
  });
  // An authorizer that is left out here would let everybody in.
  demand((AuthorizationType ?? 'NONE') === 'NONE', resource, `the local system does not know the authorization type ${AuthorizationType}`);
  const gateway = found(gateways, ApiId, 'API');
  gateway.addRoute({ key: RouteKey, target: found(gateway.integrations, Target.replace('integrations/', ''), 'integration') });
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
