import { Validations } from 'aws-cdk-lib';
import { HttpMethod, HttpRoute, HttpRouteKey } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Construct } from 'constructs';
import type { EventStore } from './event-store.ts';
import type { Pointers } from './pointers.ts';
import type { ReadModels } from './read-models.ts';
import type { Relay } from './relay.ts';
import { openToAll, type ServiceApi } from './service-api.ts';
import { ServiceFunction } from './service-function.ts';

export interface QueryApiProps {
  readonly api: ServiceApi;
  readonly readsFrom: readonly (ReadModels | EventStore | Pointers | Relay)[];
}

/** Where everything is asked: documents, recorded events, and what the API itself is. */
export class QueryApi extends Construct {
  constructor(scope: Construct, id: string, { api, readsFrom }: QueryApiProps) {
    super(scope, id);
    const handler = new ServiceFunction(this, 'Function', { runs: 'query', timeoutSeconds: 10 });
    for (const source of readsFrom) source.grantRead(handler);
    api.introduceTo(handler);

    // One permission for the whole API: the last route takes any path, so one for each route would not be narrower.
    const integration = new HttpLambdaIntegration('Integration', handler, { scopePermissionToRoute: false });
    const route = (routeId: string, routeKey: HttpRouteKey, authorizer?: typeof openToAll) =>
      new HttpRoute(this, routeId, { httpApi: api, routeKey, integration, ...(authorizer === undefined ? {} : { authorizer }) });
    route('Document', HttpRouteKey.with('/{projection}/{key}', HttpMethod.GET));
    route('Documents', HttpRouteKey.with('/{projection}', HttpMethod.GET));
    route('Stream', HttpRouteKey.with('/streams/{aggregate}/{id}', HttpMethod.GET));
    route('Published', HttpRouteKey.with('/streams/{aggregate}/{id}/published', HttpMethod.GET));
    route('State', HttpRouteKey.with('/streams/{aggregate}/{id}/state', HttpMethod.GET));
    route('Parked', HttpRouteKey.with('/parked/{projection}', HttpMethod.GET));
    const open = [
      route('OpenApi', HttpRouteKey.with('/openapi.json', HttpMethod.GET), openToAll),
      route('AsyncApi', HttpRouteKey.with('/asyncapi.json', HttpMethod.GET), openToAll),
      route('Health', HttpRouteKey.with('/health', HttpMethod.GET), openToAll),
      // What no route takes is answered like any other error, with a problem document, and not by the gateway.
      route('Otherwise', HttpRouteKey.DEFAULT, openToAll),
    ];
    const reason = 'It tells what the API is, and nothing that is in it.';
    for (const one of open) Validations.of(one).acknowledge({ id: 'AwsSolutions-APIG4', reason });
  }
}
