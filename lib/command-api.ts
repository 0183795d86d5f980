import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Construct } from 'constructs';
import type { EventStore } from './event-store.ts';
import type { ServiceApi } from './service-api.ts';
import { ServiceFunction } from './service-function.ts';

export interface CommandApiProps {
  readonly api: ServiceApi;
  readonly appendsTo: EventStore;
}

/** Serves the commands of every aggregate. */
export class CommandApi extends Construct {
  constructor(scope: Construct, id: string, { api, appendsTo }: CommandApiProps) {
    super(scope, id);
    const handler = new ServiceFunction(this, 'Function', { runs: 'command', timeoutSeconds: 10 });
    appendsTo.grantAppend(handler);
    api.introduceTo(handler);
    api.serve(this, 'command', new HttpLambdaIntegration('Integration', handler));
  }
}
