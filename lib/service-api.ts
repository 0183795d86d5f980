import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import { HttpApi, HttpStage, LogGroupLogDestination } from 'aws-cdk-lib/aws-apigatewayv2';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { stageOf } from './stage.ts';

/** The HTTP API, with a bound on what it lets in and a record of what came. */
export class ServiceApi extends HttpApi {
  constructor(scope: Construct, id: string) {
    super(scope, id, { apiName: Stack.of(scope).stackName, createDefaultStage: false });
    const { requestsPerSecond, requestBurst, logRetentionDays, keepsData } = stageOf(this);
    const requests = new LogGroup(this, 'Requests', {
      retention: logRetentionDays,
      removalPolicy: keepsData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    new HttpStage(this, 'DefaultStage', {
      httpApi: this,
      autoDeploy: true,
      throttle: { rateLimit: requestsPerSecond, burstLimit: requestBurst },
      accessLogSettings: { destination: new LogGroupLogDestination(requests), format: requestLine },
    });
  }
}

/** One line of JSON for a request. `requestId` is what our own log calls it, and the correlation id where the caller gives none. */
const requestLine = AccessLogFormat.custom(
  JSON.stringify({
    time: '$context.requestTimeEpoch',
    requestId: '$context.requestId',
    route: '$context.routeKey',
    path: '$context.path',
    status: '$context.status',
    milliseconds: '$context.responseLatency',
    sourceIp: '$context.identity.sourceIp',
    actor: '$context.authorizer.claims.sub',
    error: '$context.error.message',
  }),
);
