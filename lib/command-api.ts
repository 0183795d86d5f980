import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { CfnAlias } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { operatorsAlias } from '../adapters/aws/operators-alias.ts';
import type { EventStore } from './event-store.ts';
import type { ServiceApi } from './service-api.ts';
import { ServiceFunction } from './service-function.ts';

export interface CommandApiProps {
  readonly api: ServiceApi;
  readonly appendsTo: EventStore;
}

/** Serves the commands of every aggregate, and records the acts of operators. */
export class CommandApi extends Construct {
  /** The ARN of the alias that records acts. */
  readonly operatorFunction: string;

  constructor(scope: Construct, id: string, { api, appendsTo }: CommandApiProps) {
    super(scope, id);
    const handler = new ServiceFunction(this, 'Function', { runs: 'command', timeoutSeconds: 10 });
    appendsTo.grantAppend(handler);
    api.introduceTo(handler);
    api.serve(this, 'command', new HttpLambdaIntegration('Integration', handler));
    const { functionName } = handler;
    this.operatorFunction = new CfnAlias(this, 'Operators', { functionName, functionVersion: '$LATEST', name: operatorsAlias }).ref;
  }

  /** Recording acts, and no command: API Gateway invokes the function without the alias. */
  grantRecordActs(grantee: IGrantable): void {
    Grant.addToPrincipal({ grantee, actions: ['lambda:InvokeFunction'], resourceArns: [this.operatorFunction] });
  }
}
