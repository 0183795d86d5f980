import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';

export interface SecretsOfCalls {
  /** Absent in a function whose third parties ask for no credentials. */
  readonly client: SecretsManagerClient | undefined;
  /** The ARN of each third party's secret, by name. */
  readonly secrets: Readonly<Record<string, string>>;
}

/** The newest text of a third party's secret, in Secrets Manager. @throws Error that names what to do, and holds no secret. */
export const secretsOfCalls =
  ({ client, secrets }: SecretsOfCalls) =>
  async (name: string): Promise<string> => {
    const SecretId = secrets[name];
    if (client === undefined || SecretId === undefined) throw new Error('this stage has no secret for its credentials');
    try {
      const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId }));
      if (SecretString !== undefined) return SecretString;
    } catch (error) {
      // A message of AWS names the secret and the role. Its name alone says what to do.
      const { name: what } = error as Error;
      if (what !== 'ResourceNotFoundException') throw new Error(`the secret of its credentials cannot be read: ${what}`);
    }
    throw new Error(
      `the secret of its credentials has no value yet: write it with \`aws secretsmanager put-secret-value\` into ${SecretId}`,
    );
  };
