import { Stack, Validations } from 'aws-cdk-lib';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { IEventBus } from 'aws-cdk-lib/aws-events';
import { Grant } from 'aws-cdk-lib/aws-iam';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { noticeSourceOf, sendAgainNotice } from '../core/processes/kinds.ts';
import type { AnyWebhook } from '../core/webhooks/webhook.ts';
import type { EventStore } from './event-store.ts';
import { noticePattern } from './notice-pattern.ts';
import { underOwnKey } from './own-key.ts';
import type { ParkedCommands } from './parked-commands.ts';
import type { ServiceApi } from './service-api.ts';
import { ServiceFunction } from './service-function.ts';
import { Subscription } from './subscription.ts';

export interface WebhooksProps {
  readonly of: readonly AnyWebhook[];
  readonly api: ServiceApi;
  readonly listensTo: IEventBus;
  readonly appendsTo: EventStore;
  readonly parksIn: ParkedCommands;
}

/**
 * Takes what providers post, with one function for all webhooks. Each has a secret in Secrets Manager, which is random at first: replace its
 * text by that of the provider. The function reads it at run time, so a new one needs no deployment.
 */
export class Webhooks extends Construct {
  private readonly secrets: Readonly<Record<string, Secret>>;

  constructor(scope: Construct, id: string, { of: webhooks, api, listensTo: bus, appendsTo, parksIn }: WebhooksProps) {
    super(scope, id);
    const receiver = new ServiceFunction(this, 'Function', { runs: 'webhooks', timeoutSeconds: 10 });
    appendsTo.grantAppend(receiver);
    parksIn.grantPark(receiver);
    this.secrets = Object.fromEntries(webhooks.map(({ name }) => [name, this.secretOf(name)]));
    const resourceArns = Object.values(this.secrets).map(({ secretArn }) => secretArn);
    Grant.addToPrincipal({ grantee: receiver, actions: ['secretsmanager:GetSecretValue'], resourceArns });
    receiver.addEnvironment('WEBHOOK_SECRETS', this.arns);
    api.introduceTo(receiver);
    api.serve(this, 'webhooks', new HttpLambdaIntegration('Integration', receiver));
    const source = noticeSourceOf('webhook:');
    new Subscription(this, 'SentAgain', { to: bus, pattern: noticePattern(source, [sendAgainNotice]), invokes: receiver });
  }

  /** For the people who replace the secrets: the ARN of each, by webhook. */
  get outputs(): { readonly WebhookSecrets: string } {
    return { WebhookSecrets: this.arns };
  }

  private get arns(): string {
    const arns = Object.entries(this.secrets).map(([name, { secretArn }]) => [name, secretArn]);
    return Stack.of(this).toJsonString(Object.fromEntries(arns));
  }

  private secretOf(name: string): Secret {
    const secret = new Secret(this, `Secret-${name}`, {
      description: `Verifies what ${name} posts`,
      generateSecretString: { passwordLength: 43, excludePunctuation: true },
    });
    Validations.of(secret).acknowledge({ id: 'AwsSolutions-SMG4', reason: 'The provider has the same secret, and is told of a new one.' });
    return underOwnKey(secret);
  }
}
