import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { Unavailable } from '../../core/basics/errors.ts';

export interface SecretVersionsProps {
  readonly client: SecretsManagerClient;
  /** The ARN of each secret, by name. */
  readonly arns: Readonly<Record<string, string>>;
}

/**
 * Reads a secret and the one that it replaced, in Secrets Manager. @throws Unavailable that names the secret and no value of it: the right to
 * read it can be given while the function runs.
 */
export const secretVersions = ({ client, arns }: SecretVersionsProps) => {
  const version = async (name: string, VersionStage: 'AWSCURRENT' | 'AWSPREVIOUS') => {
    const SecretId = arns[name];
    if (SecretId === undefined) throw new Error(`this stage has no secret for '${name}'`);
    try {
      const { SecretString, CreatedDate } = await client.send(new GetSecretValueCommand({ SecretId, VersionStage }));
      return { text: SecretString, since: CreatedDate };
    } catch (error) {
      // A message of AWS names the secret and the role. Its name alone says what to do.
      const { name: what } = error as Error;
      if (what === 'ResourceNotFoundException') return { text: undefined, since: undefined };
      throw new Unavailable(`the secret of '${name}' cannot be read: ${what}`);
    }
  };
  return async (name: string) => {
    const [current, previous] = await Promise.all([version(name, 'AWSCURRENT'), version(name, 'AWSPREVIOUS')]);
    return { current: current.text, since: current.since, previous: previous.text };
  };
};
