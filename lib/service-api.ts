import { Duration, Lazy, Stack, Validations } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  ApiMapping,
  type CfnRoute,
  type CfnStage,
  CorsHttpMethod,
  HttpApi,
  HttpMethod,
  HttpNoneAuthorizer,
  HttpRoute,
  HttpRouteKey,
  HttpStage,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import type { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { Function as Lambda } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { alwaysGiven, alwaysTaken, methodsOf, open, type RouteName, type RouteRow, routeNames, rowOf } from '../adapters/http/routes.ts';
import { OriginName, ownDomainOf } from './own-domain.ts';
import { fiveMinutes, serviceAlarm } from './service-alarm.ts';
import { type Stage, stageOf } from './stage.ts';
import { vendedLog } from './vended-log.ts';

/** The HTTP API. Every route requires a token, unless the route is open or the stage has `auth=none`. The number of requests is limited. */
export class ServiceApi extends HttpApi {
  private readonly onlyStage: CfnStage;
  /** The keys of the routes that require no token. */
  private readonly openRoutes: string[] = [];

  constructor(scope: Construct, id: string) {
    const stage = stageOf(scope);
    const own = ownDomainOf(scope);
    super(scope, id, {
      apiName: Stack.of(scope).stackName,
      createDefaultStage: false,
      ...(own === undefined ? {} : { disableExecuteApiEndpoint: true }),
      defaultAuthorizer: authorizer(stage),
      ...cors(stage),
    });
    const requests = vendedLog(this, 'Requests', 'apis');
    const onlyStage = new HttpStage(this, 'DefaultStage', {
      httpApi: this,
      autoDeploy: true,
      throttle: { rateLimit: stage.requestsPerSecond, burstLimit: stage.requestBurst },
      accessLogSettings: { destination: new LogGroupLogDestination(requests), format: requestLine(stage) },
    });
    if (own !== undefined)
      new ApiMapping(this, 'OriginMapping', { api: this, domainName: new OriginName(this, 'Origin', own).domainName, stage: onlyStage });
    this.onlyStage = onlyStage.node.defaultChild as CfnStage;
    this.onlyStage.routeSettings = Lazy.any({
      produce: () => Object.fromEntries(this.openRoutes.map((key) => [key, throttleOfOpen(stage)])),
    });
    serviceAlarm(this, 'The API fails', {
      says: 'The API answers requests with 5xx: there is a bug, or a service of AWS does not answer.',
      metric: this.metricServerError({ statistic: Stats.SUM, period: fiveMinutes }),
      above: 5,
    });
    if (stage.auth === 'none') {
      const reason = 'The stage is explicitly open: -c auth=none lets every caller do everything.';
      Validations.of(scope).acknowledge({ id: 'AwsSolutions-APIG4', reason });
    }
  }

  /** What clients call. */
  get publicUrl(): string {
    const own = ownDomainOf(this);
    return own === undefined ? this.apiEndpoint : `https://${own.name}`;
  }

  /** Sets `AUTH`: whether requests have a token; and what the stage says about its tokens: tenants and their quota, scopes, grants and actors. */
  introduceTo(handler: Lambda): void {
    const { auth = 'token', tenantClaim, scopePrefix, grants, actorClaim, emailActors } = stageOf(this);
    const quota = tenantQuotaOf(stageOf(this));
    handler.addEnvironment('AUTH', auth);
    if (quota !== undefined) handler.addEnvironment('TENANT_QUOTA', JSON.stringify(quota));
    if (tenantClaim !== undefined) handler.addEnvironment('TENANT_CLAIM', tenantClaim);
    if (scopePrefix !== undefined) handler.addEnvironment('SCOPE_PREFIX', scopePrefix);
    if (grants !== undefined) handler.addEnvironment('GRANTS', JSON.stringify(grants));
    if (actorClaim !== undefined) handler.addEnvironment('ACTOR_CLAIM', actorClaim);
    if (emailActors) handler.addEnvironment('EMAIL_ACTORS', 'true');
  }

  /** Adds the routes that a function serves, according to the table of routes, to `scope`. Each GET also has a route for HEAD. */
  serve(scope: Construct, servedBy: RouteRow['servedBy'], integration: HttpLambdaIntegration): void {
    for (const name of routeNames.filter((route) => rowOf(route).servedBy === servedBy)) {
      for (const method of methodsOf(rowOf(name))) {
        const routeKey = HttpRouteKey.with(rowOf(name).path, HttpMethod[method]);
        const id = `${constructId(name)}${method === 'HEAD' ? 'Head' : ''}`;
        if (rowOf(name).scope === open) this.addOpenRoute(scope, id, { routeKey, integration, ...(servedBy === 'webhooks' ? signed : {}) });
        else new HttpRoute(scope, id, { httpApi: this, routeKey, integration });
      }
    }
  }

  /** Adds a route that requires no token. It has a limit of its own, so that nobody without a token uses up the requests of the others. */
  addOpenRoute(
    scope: Construct,
    id: string,
    route: { readonly routeKey: HttpRouteKey; readonly integration: HttpLambdaIntegration; readonly reason?: string },
  ): void {
    const { routeKey, integration } = route;
    const added = new HttpRoute(scope, id, { httpApi: this, routeKey, integration, authorizer: new HttpNoneAuthorizer() });
    this.openRoutes.push(route.routeKey.key);
    this.onlyStage.addResourceDependency(added.node.defaultChild as CfnRoute); // API Gateway refuses settings of a route that does not exist yet.
    Validations.of(added).acknowledge({
      id: 'AwsSolutions-APIG4',
      reason: route.reason ?? 'The route describes the API, and shows no data.',
    });
  }
}

const signed = { reason: 'The provider signs what it sends, and the function verifies it before anything else.' };

/** A tenth of what the whole API accepts. */
const throttleOfOpen = ({ requestsPerSecond, requestBurst }: Stage) => ({
  ThrottlingRateLimit: Math.ceil(requestsPerSecond / 10),
  ThrottlingBurstLimit: Math.ceil(requestBurst / 10),
});

/** A burst is two seconds of requests, if the stage does not say otherwise. */
const tenantQuotaOf = ({ tenantRequestsPerSecond: perSecond, tenantRequestBurst }: Stage) =>
  perSecond === undefined ? undefined : { perSecond, burst: tenantRequestBurst ?? 2 * perSecond };

/** `openApi` → `OpenApi`. */
const constructId = (route: RouteName): string => `${route.charAt(0).toUpperCase()}${route.slice(1)}`;

const authorizer = ({ issuer, audience }: Stage) =>
  issuer === undefined || audience === undefined
    ? new HttpNoneAuthorizer()
    : new HttpJwtAuthorizer('Tokens', issuer, { jwtAudience: audience });

/** Browsers let pages of these origins call the API, and read the headers of its answers. */
const cors = ({ allowedOrigins }: Stage) => {
  if (allowedOrigins.length === 0) return {};
  const rows = routeNames.map(rowOf);
  return {
    corsPreflight: {
      allowOrigins: allowedOrigins,
      allowMethods: [...new Set(rows.flatMap(methodsOf))].map((method) => CorsHttpMethod[method]),
      allowHeaders: inOrder([...alwaysTaken, ...rows.flatMap(({ takes }) => takes)]),
      exposeHeaders: inOrder([...alwaysGiven, ...rows.flatMap(({ gives }) => gives)]),
      maxAge: Duration.hours(1),
    },
  };
};

const inOrder = (names: readonly string[]): string[] => [...new Set(names)].sort();

/** One line of JSON for each request. The functions' logs have the same `requestId`; it is the correlation id if the caller sends none. */
const requestLine = ({ actorClaim = '' }: Stage): AccessLogFormat =>
  AccessLogFormat.custom(
    JSON.stringify({
      time: '$context.requestTimeEpoch',
      requestId: '$context.requestId',
      route: '$context.routeKey',
      path: '$context.path',
      status: '$context.status',
      milliseconds: '$context.responseLatency',
      sourceIp: '$context.identity.sourceIp',
      actor: `$context.authorizer.claims.${/^\w+$/.test(actorClaim) ? actorClaim : 'sub'}`,
      error: '$context.error.message',
    }),
  );
