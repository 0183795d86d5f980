import { RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { Grant } from 'aws-cdk-lib/aws-iam';
import type { Function as Lambda } from 'aws-cdk-lib/aws-lambda';
import { type CfnSecret, type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { AnyCalls } from '../core/calls/calls.ts';
import { underOwnKey } from './own-key.ts';
import { stageOf } from './stage.ts';

export interface CallSecretsProps {
  readonly of: readonly AnyCalls[];
}

/**
 * The secrets with which third parties know the service. A secret that the setting `credentials` does not name is made here without a
 * value. An operator writes its value, and the template never has it. A deployment does not touch it.
 */
export class CallSecrets extends Construct {
  private readonly secrets: ReadonlyMap<string, ISecret>;

  constructor(scope: Construct, { of: calls }: CallSecretsProps) {
    super(scope, 'Secrets');
    const { credentials } = stageOf(this);
    const asking = calls.filter((one) => one.credentials !== undefined);
    this.secrets = new Map(asking.map(({ name }) => [name, this.secretOf(name, credentials[name])]));
  }

  get isEmpty(): boolean {
    return this.secrets.size === 0;
  }

  get arns(): Readonly<Record<string, string>> {
    return Object.fromEntries([...this.secrets].map(([name, { secretArn }]) => [name, secretArn]));
  }

  /** `CALL_SECRETS`: the ARN of each secret that the function may read. */
  introduceTo(caller: Lambda, calls: readonly AnyCalls[]): void {
    const own = [...this.secrets].filter(([name]) => calls.some((one) => one.name === name));
    if (own.length === 0) return;
    const resourceArns = own.map(([, { secretArn }]) => secretArn);
    Grant.addToPrincipal({ grantee: caller, actions: ['secretsmanager:GetSecretValue'], resourceArns });
    const arns = Object.fromEntries(own.map(([name, { secretArn }]) => [name, secretArn]));
    caller.addEnvironment('CALL_SECRETS', Stack.of(this).toJsonString(arns));
  }

  private secretOf(name: string, arn: string | undefined): ISecret {
    if (arn !== undefined) return Secret.fromSecretCompleteArn(this, name, arn);
    const secret = new Secret(this, name, {
      description: `The credentials of the calls to ${name}`,
      // Nobody could write it again: a release that is rolled back would delete it.
      removalPolicy: stageOf(this).keepsData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    // The CDK would have a password made. Without a value, the first call says what is missing.
    (secret.node.defaultChild as CfnSecret).generateSecretString = undefined;
    const reason = 'The third party makes the value. The functions use a new one within five minutes, or after the first 401.';
    Validations.of(secret).acknowledge({ id: 'AwsSolutions-SMG4', reason });
    return underOwnKey(secret);
  }
}
