import { Validations } from 'aws-cdk-lib';
import type { Function as Lambda } from 'aws-cdk-lib/aws-lambda';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { underOwnKey } from './own-key.ts';
import { stageOf } from './stage.ts';

/**
 * The keys that seal cursors: the one that `cursorKey` numbers, and the one before it. Secrets Manager makes each key at random, and
 * CloudFormation writes it into the function's environment. So the function asks no service for it, and the template does not show it.
 */
export class CursorKeys extends Construct {
  private readonly keys: readonly Secret[];

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const { cursorKey } = stageOf(this);
    const numbers = cursorKey === 1 ? [1] : [cursorKey, cursorKey - 1];
    this.keys = numbers.map((number) => this.keyOf(number));
  }

  /** `CURSOR_KEYS`: the keys, the current one first. */
  introduceTo(handler: Lambda): void {
    handler.addEnvironment('CURSOR_KEYS', this.keys.map(({ secretValue }) => secretValue.unsafeUnwrap()).join(' '));
  }

  /** Letters and digits only, because spaces part the keys: 43 of them have 256 bits. */
  private keyOf(number: number): Secret {
    const key = new Secret(this, `Key${number}`, {
      description: 'Seals the cursors of the API',
      generateSecretString: { passwordLength: 43, excludePunctuation: true },
    });
    const reason = 'The setting cursorKey replaces the key. A rotation by time would reach the function only with a deployment.';
    Validations.of(key).acknowledge({ id: 'AwsSolutions-SMG4', reason });
    return underOwnKey(key);
  }
}
