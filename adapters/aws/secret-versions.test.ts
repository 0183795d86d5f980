import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { expect, test } from '@jest/globals';
import { secretVersions } from './secret-versions.ts';

interface Asked {
  readonly SecretId: string;
  readonly VersionStage: string;
}

/** Secrets Manager as it answers, by the stage of a version. */
const reading = (answers: Readonly<Record<string, { readonly status?: number; readonly body: object }>>) => {
  const asked: Asked[] = [];
  const handle = async ({ body }: { readonly body: string }) => {
    const one: Asked = JSON.parse(body);
    asked.push(one);
    const { status = 200, body: answer } = answers[one.VersionStage] ?? { status: 400, body: { __type: 'ResourceNotFoundException' } };
    const headers = { 'content-type': 'application/x-amz-json-1.1' };
    return { response: { statusCode: status, headers, body: new TextEncoder().encode(JSON.stringify(answer)) } };
  };
  const client = new SecretsManagerClient({
    ...{ region: 'eu-central-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' }, maxAttempts: 1 },
    requestHandler: { handle, destroy: () => {} } as never,
  });
  return { asked, read: secretVersions({ client, arns: { bank: 'arn:bank' } }) };
};

test('the current version is read, and the one that it replaced', async () => {
  const { asked, read } = reading({
    AWSCURRENT: { body: { SecretString: 'new', CreatedDate: 1_780_000_000 } },
    AWSPREVIOUS: { body: { SecretString: 'old', CreatedDate: 1_770_000_000 } },
  });
  expect(await read('bank')).toEqual({ current: 'new', since: new Date(1_780_000_000_000), previous: 'old' });
  expect(asked).toEqual([
    { SecretId: 'arn:bank', VersionStage: 'AWSCURRENT' },
    { SecretId: 'arn:bank', VersionStage: 'AWSPREVIOUS' },
  ]);
});

test('a version that is not there is undefined', async () => {
  const { read } = reading({ AWSCURRENT: { body: { SecretString: 'new' } } });
  expect(await read('bank')).toEqual({ current: 'new', since: undefined, previous: undefined });
  expect(await reading({}).read('bank')).toEqual({ current: undefined, since: undefined, previous: undefined });
});

test.each(['ThrottlingException', 'AccessDeniedException', 'InternalServiceError'])(
  'after %s it says so, and not what it read',
  async (name) => {
    const body = { __type: name, message: 'arn:aws:iam::111122223333:role/secret-role' };
    const { read } = reading({ AWSCURRENT: { body: { SecretString: 'new' } }, AWSPREVIOUS: { status: 400, body } });
    await expect(read('bank')).rejects.toMatchObject({ code: 'Unavailable', message: `the secret of 'bank' cannot be read: ${name}` });
  },
);

test('a webhook that the stage does not know is an error', () =>
  expect(reading({}).read('post')).rejects.toThrow("this stage has no secret for 'post'"));
