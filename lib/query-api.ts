import { HttpRouteKey } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Construct } from 'constructs';
import { CursorKeys } from './cursor-keys.ts';
import type { EventStore } from './event-store.ts';
import type { Pointers } from './pointers.ts';
import type { ReadModels } from './read-models.ts';
import type { Relay } from './relay.ts';
import type { ServiceApi } from './service-api.ts';
import { ServiceFunction } from './service-function.ts';

export interface QueryApiProps {
  readonly api: ServiceApi;
  readonly readsFrom: readonly (ReadModels | EventStore | Pointers | Relay)[];
}

/** Serves all queries but those about sagas: documents, recorded events, and the description of the API. */
export class QueryApi extends Construct {
  constructor(scope: Construct, id: string, { api, readsFrom }: QueryApiProps) {
    super(scope, id);
    const handler = new ServiceFunction(this, 'Function', { runs: 'query', timeoutSeconds: 10 });
    for (const source of readsFrom) source.grantRead(handler);
    api.introduceTo(handler);
    new CursorKeys(this, 'CursorKeys').introduceTo(handler);

    // One permission for the whole API: the last route takes any path, so one permission for each route would not be narrower.
    const integration = new HttpLambdaIntegration('Integration', handler, { scopePermissionToRoute: false });
    api.serve(this, 'query', integration);
    // A request without a route gets a problem document, like any other error, and not the gateway's own answer.
    api.addOpenRoute(this, 'Otherwise', { routeKey: HttpRouteKey.DEFAULT, integration });
  }
}
